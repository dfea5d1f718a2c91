"""How each kind of file gives its rows, as dicts of whatever the cells hold."""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from prodcat.corpus import Corpus
from prodcat.errors import InputError, TableError, require

PARQUET_BATCH_ROWS = 128
SAMPLED_ROWS = 1000
"""Rows of JSON lines that are read to learn the columns."""
MAX_CELL_CHARS = 50_000_000
MAX_ROW_LINES = 1000
"""A row of CSV with more lines than this has a quote that nobody closed."""


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row before its columns are understood."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    error: str | None = None
    """Why there are no values."""


class TableFormat(Protocol):
    """A file or folder with rows."""

    path: Path
    columns: tuple[str, ...]
    folder: Path
    """Where relative image paths start."""

    def count(self) -> int | None:
        """Number of rows; None where only reading to the end would tell."""

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows from the one numbered *start*, the first being 0."""


class ParquetTable:
    """A Parquet file; pictures are bytes in a column.

    Args:
        path: Where it is.
        store: The filesystem of pyarrow that it is in; None for this machine's.
    """

    def __init__(self, path: Path, store: Any = None) -> None:
        self.path, self.folder, self.store = path, path.parent, store
        with self._open() as file:
            self.columns = tuple(file.schema_arrow.names)
            groups = range(file.num_row_groups)
            self.group_rows = [int(file.metadata.row_group(group).num_rows) for group in groups]

    def _open(self) -> Any:
        parquet = require("pyarrow.parquet", extra="bulk")
        # The small buffer reads a column piece by piece, not a row group of pictures at once.
        return parquet.ParquetFile(
            self.path.as_posix(), buffer_size=1 << 20, pre_buffer=False, filesystem=self.store
        )

    def count(self) -> int | None:
        """Number of rows."""
        return sum(self.group_rows)

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, passing over whole row groups before *start*."""
        first = 0
        while first < len(self.group_rows) and start >= self.group_rows[first]:
            start -= self.group_rows[first]
            first += 1
        groups = list(range(first, len(self.group_rows)))
        with self._open() as file:
            batches = file.iter_batches(PARQUET_BATCH_ROWS, groups, list(columns))
            rows = (RawRow(values) for batch in batches for values in batch.to_pylist())
            yield from islice(rows, start, None)


class CsvTable:
    """A CSV file with a header line."""

    def __init__(self, path: Path, *, delimiter: str = ",", surplus_to_last: bool = False) -> None:
        self.path, self.folder = path, path.parent
        self.delimiter = delimiter
        self.surplus_to_last = surplus_to_last
        """Give the cells beyond the last column to it, as unquoted delimiters of its text."""
        header = next(self._cells(), None)
        if not isinstance(header, list) or not any(cell.strip() for cell in header):
            raise TableError(f"{path} does not begin with a line of column names.")
        self.columns = tuple(cell.strip() for cell in header)

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def _cells(self) -> Iterator[list[str] | str]:
        # The module has one limit for the whole process, too low for a long description.
        csv.field_size_limit(max(MAX_CELL_CHARS, csv.field_size_limit()))
        # Bytes that are not UTF-8 show as U+FFFD and are reported with their row.
        with self.path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            reader = csv.reader(file, delimiter=self.delimiter)
            while True:
                line = reader.line_num
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    yield f"no readable line of CSV: {error}"
                    continue
                if cells is None:
                    return
                if reader.line_num - line > MAX_ROW_LINES:
                    yield f"{reader.line_num - line} lines in one row: a quote is not closed"
                elif cells:
                    yield cells

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows; blank lines are none."""
        for cells in islice(self._cells(), start + 1, None):
            yield self._row(cells, set(columns))

    def _row(self, cells: list[str] | str, wanted: set[str]) -> RawRow:
        if isinstance(cells, str):
            return RawRow(error=cells)
        width = len(self.columns)
        if len(cells) > width and self.surplus_to_last:
            cells = [*cells[: width - 1], self.delimiter.join(cells[width - 1 :])]
        if len(cells) > width:
            return RawRow(error=f"{len(cells)} cells under {width} column names")
        problems = ["fewer cells than columns"] if len(cells) < width else []
        if any("\ufffd" in cell for cell in cells):
            problems.append("text that is not UTF-8")
        values = {c: v for c, v in zip(self.columns, cells, strict=False) if c in wanted}
        return RawRow(values, tuple(problems))


class KaggleFolder:
    """A folder with ``styles.csv`` and ``images/ID.jpg``, as the Kaggle fashion set."""

    def __init__(self, folder: Path) -> None:
        self.path, self.folder = folder / "styles.csv", folder
        with reading(self.path):
            self.csv = CsvTable(self.path, surplus_to_last=True)
        self.columns = (*self.csv.columns, "image")

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, each with the path that its picture should have."""
        for row in self.csv.rows([*columns, "id"], start):
            if product_id := str(row.values.get("id", "")).strip():
                row.values["image"] = f"images/{product_id}.jpg"
            yield row


class JsonLinesTable:
    """A file with one JSON object per line."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent
        columns: dict[str, None] = {}
        for row in islice(self._objects(), SAMPLED_ROWS):
            columns |= dict.fromkeys(row.values)
        if not columns:
            raise TableError(
                f"{path} has no JSON object in its first lines; JSON lines has one on each."
            )
        self.columns = tuple(columns)

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def _objects(self) -> Iterator[RawRow]:
        with self.path.open(encoding="utf-8-sig", errors="replace") as file:
            for line in file:
                if not line.strip():
                    continue
                try:
                    values = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield RawRow(error=f"no readable JSON: {error}")
                    continue
                if not isinstance(values, dict):
                    yield RawRow(error=f"no JSON object but {type(values).__name__}")
                    continue
                yield RawRow(values, ("text that is not UTF-8",) if "\ufffd" in line else ())

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows; blank lines are none."""
        wanted = set(columns)
        for row in islice(self._objects(), start, None):
            values = {c: v for c, v in row.values.items() if c in wanted}
            yield RawRow(values, row.problems, row.error)


class CorpusTable:
    """The products of a corpus."""

    columns: tuple[str, ...] = (
        "id",
        "name",
        "description",
        "category",
        "image",
        "split",
        "group",
    )

    def __init__(self, path: Path) -> None:
        self.path = path
        with Corpus.open(path, read_only=True) as corpus:
            self.folder = corpus.images.root
            self.products = corpus.count()

    def count(self) -> int | None:
        """Number of products."""
        return self.products

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the products ordered by id."""
        with Corpus.open(self.path, read_only=True) as corpus:
            tree = corpus.taxonomy() if "category" in columns else None
            for row in islice(corpus.rows(), start, None):
                values: dict[str, Any] = {
                    "id": row.id,
                    "name": row.name,
                    "description": row.description,
                }
                values |= {"split": row.split, "group": row.group_id}
                if row.image_sha256 is not None:
                    values["image"] = str(corpus.images.path(row.image_sha256))
                if tree is not None and row.category_id is not None:
                    known = row.category_id in tree
                    values["category"] = (
                        list(tree.path(row.category_id)) if known else [row.category_id]
                    )
                yield RawRow(values)


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Say in one line why a file cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise TableError(f"No file or folder at {path}.") from error
    except (OSError, ValueError) as error:  # pyarrow's errors are of these two
        if isinstance(error, InputError):
            raise
        reason = " ".join(str(error).split())[:300]
        raise TableError(f"{path} cannot be read: {reason}") from error
