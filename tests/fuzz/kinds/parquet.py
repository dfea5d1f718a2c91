"""Parquet: of every type of column, with dictionaries that share much, mutated."""

import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.fuzz.mutating import mutated
from tests.fuzz.tables import read_everywhere, rows, with_pictures

WORDS = (b"PAR1", b"\xff\xff\xff\xff\x0f", b"\x7f\xff\xff\xff", b"\x15\x00", b"\x00" * 8, b"\x80")
TYPES: tuple[Any, ...] = (
    *(pa.timestamp("us"), pa.timestamp("ns"), pa.date64(), pa.time64("us"), pa.duration("s")),
    *(pa.float64(), pa.float16(), pa.uint64(), pa.decimal128(20, 2), pa.bool_(), pa.null()),
    *(pa.large_string(), pa.binary(), pa.list_(pa.string()), pa.map_(pa.string(), pa.int8())),
    *(pa.struct([("title", pa.string()), ("deep", pa.struct([("x", pa.int64())]))]),),
    *(pa.dictionary(pa.int8(), pa.string()), pa.binary(4)),
)


def make(draw: random.Random, folder: Path) -> None:
    """Write one file."""
    table = rows(draw) or [{"name": "boots"}]
    table = [{name: valid(value) for name, value in row.items()} for row in table]
    if draw.random() < 0.4:
        table = with_pictures(draw, table)
    columns = pa.Table.from_pylist(table)
    for _ in range(draw.choice((0, 1, 2))):
        column = odd_column(draw, draw.choice(TYPES), len(columns))
        name = draw.choice((*columns.column_names, "more"))
        if columns.column_names.count(name) == 1 and draw.random() < 0.9:
            columns = columns.drop_columns([name])
        columns = columns.append_column(name, column)
    if draw.random() < 0.2:
        shared = pa.array([draw.choice(("a", "\u0000", "boots ")) * draw.choice((10, 300_000))])
        indices = pa.array([0] * len(columns), pa.int32())
        many = pa.DictionaryArray.from_arrays(indices, shared)
        columns = columns.append_column("shared", many)
    pq.write_table(
        columns,
        folder / "table.parquet",
        compression=draw.choice(("none", "zstd", "snappy", "gzip")),
        row_group_size=draw.choice((1, 5, 1000)),
        use_dictionary=draw.random() < 0.8,
    )
    if draw.random() < 0.6:
        content = (folder / "table.parquet").read_bytes()
        changed = mutated(draw, content, words=WORDS, most=3)
        (folder / "table.parquet").write_bytes(changed)


def valid(value: Any) -> Any:
    """Return a cell as Parquet can hold it."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def odd_column(draw: random.Random, kind: Any, length: int) -> Any:
    """Return a column of a type, filled with whatever bytes."""
    if pa.types.is_primitive(kind) and not pa.types.is_boolean(kind):
        width = kind.bit_width // 8
        buffer = pa.py_buffer(draw.randbytes(width * length))
        return pa.Array.from_buffers(kind, length, [None, buffer])
    return pa.nulls(length, kind)


def run(folder: Path) -> None:
    """Import it, and answer it."""
    read_everywhere(folder / "table.parquet", folder)
