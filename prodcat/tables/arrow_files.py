"""Arrow's own files: Feather, and the streams that Hugging Face keeps its data sets in."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prodcat.errors import require
from prodcat.tables.arrow_rows import ROWS_AT_ONCE, arrow_names, arrow_rows, class_names
from prodcat.tables.table_format import RawRow

FILE_MAGIC = b"ARROW1\0\0"
STREAM_MAGIC = b"\xff\xff\xff\xff"


class ArrowTable:
    """An Arrow file or stream."""

    has_own_fields = False

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent
        with path.open("rb") as file:
            self.is_stream = not file.read(len(FILE_MAGIC)).startswith(FILE_MAGIC)
        self.notes: tuple[str, ...] = ("Arrow stream" if self.is_stream else "Arrow file",)
        self.row_count = 0
        for batch in self._batches():
            self.row_count += batch.num_rows
        with self._map() as mapped:
            schema = self._open(mapped).schema
        self.columns, self.inner_columns = arrow_names(schema)
        self.class_names = class_names(schema)

    def count(self) -> int | None:
        """Number of rows."""
        return self.row_count

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows."""
        for batch in self._batches():
            if start >= batch.num_rows:
                start -= batch.num_rows
                continue
            names = batch.schema.names
            wanted = {_outer(name, names) for name in columns}
            part = batch.select([i for i, name in enumerate(names) if name in wanted])
            for first in range(start, batch.num_rows, ROWS_AT_ONCE):
                yield from arrow_rows(part.slice(first, ROWS_AT_ONCE), columns)
            start = 0

    def _map(self) -> Any:
        # Pages are read as they are needed, and given back.
        return require("pyarrow", extra="bulk").memory_map(str(self.path))

    def _open(self, mapped: Any) -> Any:
        ipc = require("pyarrow.ipc", extra="bulk")
        return ipc.open_stream(mapped) if self.is_stream else ipc.open_file(mapped)

    def _batches(self) -> Iterator[Any]:
        with self._map() as mapped:
            reader = self._open(mapped)
            if self.is_stream:
                yield from reader
            else:
                yield from map(reader.get_batch, range(reader.num_record_batches))


def _outer(name: str, columns: Sequence[str]) -> str:
    """Return the column that a field with dots is in."""
    if name in columns:
        return name
    return next((column for column in columns if name.startswith(f"{column}.")), name)
