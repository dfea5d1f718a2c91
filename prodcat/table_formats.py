"""How each kind of file gives its rows, as dicts of whatever the cells hold."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from prodcat.corpus import Corpus
from prodcat.errors import InputError, TableError, one_line, require

PARQUET_BATCH_ROWS = 128
SAMPLED_ROWS = 1000
"""Rows of JSON lines that are read to learn the columns."""
MAX_LINE_CHARS = 50_000_000
"""Of JSON lines; longer ones are not held."""
NOT_UTF8 = "text that is not UTF-8"


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
            yield from islice((row for batch in batches for row in arrow_rows(batch)), start, None)


def arrow_rows(batch: Any) -> list[RawRow]:
    """Return the rows of an Arrow batch or table; Arrow does not look whether text is UTF-8."""
    try:
        return [RawRow(values) for values in batch.to_pylist()]
    except UnicodeDecodeError:
        columns = [[arrow_cell(cell) for cell in column] for column in batch.columns]
        return [
            RawRow(
                dict(zip(batch.schema.names, (value for value, _ in row), strict=True)),
                () if all(fine for _, fine in row) else (NOT_UTF8,),
            )
            for row in zip(*columns, strict=True)
        ]


def arrow_cell(cell: Any) -> tuple[Any, bool]:
    """Return what a cell holds, and whether all of it could be read."""
    try:
        return cell.as_py(), True
    except UnicodeDecodeError:
        # Deeper within, such as in a list, it is left out.
        plain = hasattr(cell, "as_buffer")
        return cell.as_buffer().to_pybytes().decode("utf-8", "replace") if plain else None, False


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
            while line := file.readline(MAX_LINE_CHARS + 1):
                if not line.strip():
                    continue
                if len(line) > MAX_LINE_CHARS:
                    while line and not line.endswith("\n"):
                        line = file.readline(MAX_LINE_CHARS)
                    yield RawRow(error=f"a line of more than {MAX_LINE_CHARS:,} characters")
                    continue
                try:
                    values = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield RawRow(error=f"no readable JSON: {error}")
                    continue
                if not isinstance(values, dict):
                    yield RawRow(error=f"no JSON object but {type(values).__name__}")
                    continue
                yield RawRow(values, (NOT_UTF8,) if "\ufffd" in line else ())

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
                    picture = corpus.images.path(row.image_sha256)
                    values["image"] = str(picture.relative_to(corpus.images.root))
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
        reason = one_line(error)
        raise TableError(f"{path} cannot be read: {reason}") from error
