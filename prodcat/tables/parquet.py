"""Parquet, here or in an object store."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from prodcat.errors import require
from prodcat.tables.arrow_rows import ROWS_AT_ONCE, arrow_names, arrow_rows, class_names
from prodcat.tables.byte_source import MAX_RATIO, UNSUSPICIOUS_BYTES
from prodcat.tables.parquet_footer import ColumnChunk, read_row_groups
from prodcat.tables.table_format import RawRow

SHARED_BYTES = 4 << 20
"""Of a column's dictionary, from which on its values are not copied for each row."""
SHARED_RATIO = 20


class ParquetTable:
    """A Parquet file; pictures are bytes in a column.

    Args:
        path: Where it is.
        store: The filesystem of pyarrow that it is in; None for this machine's.
    """

    notes: tuple[str, ...] = ("Parquet",)
    has_own_fields = False

    def __init__(self, path: Path, store: Any = None) -> None:
        self.path, self.folder, self.store = path, path.parent, store
        self.shared: tuple[str, ...] = ()
        with self._open() as file:
            self.columns, self.inner_columns = arrow_names(file.schema_arrow)
            self.class_names = class_names(file.schema_arrow)
        with self._bytes() as footer:
            self.row_groups = read_row_groups(footer)
        chunks = (chunk for group in self.row_groups for chunk in group.chunks)
        self.shared = tuple(sorted({chunk.path for chunk in chunks if _shares_much(chunk)}))

    def _open(self) -> Any:
        parquet = require("pyarrow.parquet", extra="bulk")
        # The small buffer reads a column piece by piece, not a row group of pictures at once.
        return parquet.ParquetFile(
            self.path.as_posix(),
            buffer_size=1 << 20,
            pre_buffer=False,
            filesystem=self.store,
            read_dictionary=list(self.shared) or None,
        )

    def _bytes(self) -> Any:
        if self.store is None:
            return self.path.open("rb")
        return self.store.open_input_file(self.path.as_posix())

    def count(self) -> int | None:
        """Number of rows."""
        return sum(group.rows for group in self.row_groups)

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, passing over whole row groups before *start*."""
        first = 0
        while first < len(self.row_groups) and start >= self.row_groups[first].rows:
            start -= self.row_groups[first].rows
            first += 1
        with self._open() as file:
            rows = (
                row
                for group in range(first, len(self.row_groups))
                for row in self._group_rows(file, group, columns)
            )
            yield from islice(rows, start, None)

    def schema(self) -> Any:
        """Return the Arrow types of the columns."""
        with self._open() as file:
            return file.metadata.schema.to_arrow_schema()

    def batches(self, columns: Sequence[str]) -> Iterator[Any]:
        """Yield these columns as they are, in Arrow batches of few rows."""
        with self._open() as file:
            yield from file.iter_batches(ROWS_AT_ONCE, columns=list(columns))

    def _group_rows(self, file: Any, group: int, columns: Sequence[str]) -> Iterator[RawRow]:
        bombs = {chunk.path for chunk in self.row_groups[group].chunks if _is_bomb(chunk)}
        unread = [n for n in columns if any(f"{path}.".startswith(f"{n}.") for path in bombs)]
        read = [name for name in columns if name not in unread]
        problems = tuple(f"{name}: unpacks to over {MAX_RATIO} times its size" for name in unread)
        if not read:
            yield from (RawRow(problems=problems) for _ in range(self.row_groups[group].rows))
            return
        for batch in file.iter_batches(ROWS_AT_ONCE, [group], read):
            for row in arrow_rows(batch, read):
                yield RawRow(row.values, (*row.problems, *problems)) if problems else row


def _ratio(chunk: ColumnChunk) -> float:
    return chunk.unpacked / max(1, chunk.packed)


def _shares_much(chunk: ColumnChunk) -> bool:
    """Tell a column in which rows may share values so large that copies would fill the memory."""
    if chunk.dictionary_offset is None or not chunk.is_bytes:
        return False
    packed_bytes = chunk.data_offset - chunk.dictionary_offset
    is_dense = chunk.unpacked > SHARED_BYTES and _ratio(chunk) > SHARED_RATIO
    return packed_bytes > SHARED_BYTES or is_dense


def _is_bomb(chunk: ColumnChunk) -> bool:
    """Tell a column that unpacks to far more than one of products does; it is not read."""
    return chunk.unpacked > UNSUSPICIOUS_BYTES and _ratio(chunk) > MAX_RATIO
