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
from prodcat.errors import TableError, require

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

    columns: tuple[str, ...]
    folder: Path
    """Where relative image paths start."""

    def count(self) -> int | None:
        """Number of rows; None where only reading to the end would tell."""

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows from the one numbered *start*, the first being 0."""


def open_format(path: Path) -> TableFormat:
    """Find out what kind of table this is, by its content first and then by its suffix.

    Raises:
        TableError: If it is none that we know, or cannot be read.
    """
    if path.is_dir():
        if not (path / "styles.csv").is_file():
            raise TableError(
                f"{path} is a folder without styles.csv. Give a file, or a folder in the layout"
                " of the Kaggle fashion set: styles.csv and images/ID.jpg."
            )
        return KaggleFolder(path)
    with reading(path):
        with path.open("rb") as file:
            start = file.read(16)
        if start.startswith(b"PAR1"):
            return ParquetTable(path)
        if start == b"SQLite format 3\x00":
            return CorpusTable(path)
        if not start:
            raise TableError(f"{path} is empty.")
        suffix = path.suffix.lower()
        if suffix in (".jsonl", ".ndjson", ".json"):
            return JsonLinesTable(path)
        if suffix in (".csv", ".tsv"):
            if path.name == "styles.csv" and (path.parent / "images").is_dir():
                return KaggleFolder(path.parent)
            return CsvTable(path, delimiter="\t" if suffix == ".tsv" else ",")
    raise TableError(
        f"{path} is no table of products that we know: Parquet, .csv, .tsv, .jsonl,"
        " a corpus, or a folder with styles.csv."
    )


class ParquetTable:
    """A Parquet file; pictures are bytes in a column."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent
        parquet = require("pyarrow.parquet", extra="bulk")
        # The small buffer reads a column piece by piece, not a row group of pictures at once.
        self.file = parquet.ParquetFile(path, buffer_size=1 << 20, pre_buffer=False)
        self.columns = tuple(self.file.schema_arrow.names)

    def count(self) -> int | None:
        """Number of rows."""
        return int(self.file.metadata.num_rows)

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, passing over whole row groups before *start*."""
        groups = list(range(self.file.num_row_groups))
        while groups and start >= (n := self.file.metadata.row_group(groups[0]).num_rows):
            start -= n
            del groups[0]
        batches = self.file.iter_batches(PARQUET_BATCH_ROWS, groups, list(columns))
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
        self.folder = folder
        with reading(folder / "styles.csv"):
            self.csv = CsvTable(folder / "styles.csv", surplus_to_last=True)
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
def reading(path: Path) -> Iterator[None]:
    """Say in one line why a file cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise TableError(f"No file or folder at {path}.") from error
    except (OSError, ValueError) as error:  # pyarrow's errors are of these two
        if isinstance(error, TableError):
            raise
        reason = " ".join(str(error).split())[:300]
        raise TableError(f"{path} cannot be read: {reason}") from error
