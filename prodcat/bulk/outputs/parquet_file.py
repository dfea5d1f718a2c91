"""Answers as Parquet: the input's columns in their own types, then ours."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prodcat.bulk.answers import OURS
from prodcat.bulk.joining import JoinedRows
from prodcat.bulk.outputs.about import About
from prodcat.errors import require

# In larger groups, joining the parts takes more memory than answering did.
GROUP_ROWS = 16_384
"""Least rows of a row group of OUT, but for the last; parts are joined up to it, in memory."""
GROUP_BYTES = 64 << 20
"""Of the rows that are joined, after which a group ends sooner."""


def write_parquet(file: Path, names: Sequence[str], rows: Iterator[JoinedRows], _: About) -> None:
    """Write the rows of OUT.

    Args:
        file: To write.
        names: Of the input's columns in OUT.
        rows: Their cells are Arrow tables.
    """
    parquet = require("pyarrow.parquet", extra="bulk")
    arrow = require("pyarrow", extra="bulk")
    writer = None
    try:
        for table in groups(beside(names, row) for row in rows):
            if writer is None:
                writer = parquet.ParquetWriter(file, table.schema, compression="zstd")
            writer.write_table(table)
            arrow.default_memory_pool().release_unused()
    finally:
        if writer is not None:
            writer.close()


def beside(names: Sequence[str], rows: JoinedRows) -> Any:
    """Return the input's columns and ours as one table."""
    arrow = require("pyarrow", extra="bulk")
    ours = [rows.answers[name] for name in OURS]
    return arrow.Table.from_arrays([*rows.cells.columns, *ours], [*names, *OURS])


def groups(tables: Iterator[Any]) -> Iterator[Any]:
    """Join tables until they are large enough to be a row group."""
    arrow = require("pyarrow", extra="bulk")
    waiting: list[Any] = []
    for table in tables:
        waiting.append(table)
        count = sum(each.num_rows for each in waiting)
        if count >= GROUP_ROWS or sum(each.nbytes for each in waiting) >= GROUP_BYTES:
            yield arrow.concat_tables(waiting)
            waiting = []
    if waiting:
        yield arrow.concat_tables(waiting)
