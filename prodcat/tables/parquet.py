"""Parquet, here or in an object store."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from prodcat.errors import require
from prodcat.tables.table_format import NOT_UTF8, RawRow

# Few, as each row may hold a picture.
PARQUET_BATCH_ROWS = 128


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

    def metadata(self) -> Any:
        """Return what the file says of its columns and row groups."""
        with self._open() as file:
            return file.metadata

    def batches(self, columns: Sequence[str], rows: int) -> Iterator[Any]:
        """Yield these columns as they are, in Arrow batches of so many rows."""
        with self._open() as file:
            yield from file.iter_batches(rows, columns=list(columns))

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
