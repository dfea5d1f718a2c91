"""The footer of a Parquet file, read as data.

pyarrow checks what a file says of a column's chunk where an error cannot be caught, and a made-up
number of sizes ends the whole process. So what has to be known before anything is read is read
here: Thrift's compact protocol, and of it only what is asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

MAGIC = b"PAR1"
TAIL_BYTES = 8
"""The footer's length in four bytes, and the magic."""
MAX_NESTING = 32
"""Structs and lists in each other; Parquet's own have eight."""
BYTE_ARRAY = 6
"""Of Parquet's physical types the one of texts and bytes."""

Field = Callable[["Footer"], Any]
STOP, TRUE, FALSE, BYTE, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 11, 12
NUMBERS = (4, 5, 6)


@dataclass(frozen=True)
class ColumnChunk:
    """What a file says of one column in one row group."""

    path: str
    """Names from the column down to the value, with dots between."""
    is_bytes: bool
    unpacked: int
    """Bytes."""
    packed: int
    """Bytes."""
    data_offset: int
    dictionary_offset: int | None
    """None where there is none."""


@dataclass(frozen=True)
class RowGroup:
    """Some of the rows, with all of their columns."""

    rows: int
    chunks: tuple[ColumnChunk, ...]


def read_row_groups(file: BinaryIO) -> list[RowGroup]:
    """Read what a file says of its row groups.

    Args:
        file: A Parquet file, open and seekable.

    Raises:
        ValueError: If it has no footer that can be read.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - TAIL_BYTES))
    tail = file.read(TAIL_BYTES)
    length = int.from_bytes(tail[:4], "little")
    if tail[4:] != MAGIC or length > size - TAIL_BYTES:
        raise ValueError("it has no footer, as a Parquet file has that is whole")
    file.seek(size - TAIL_BYTES - length)
    try:
        groups = Footer(file.read(length)).struct({4: _list_of(_row_group)}).get(4) or []
    except (IndexError, ValueError) as error:
        raise ValueError("its footer breaks off, or is none of Parquet") from error
    return list(groups)


class Footer:
    """A struct of Thrift's compact protocol that is gone through from its beginning.

    Args:
        data: Its bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self._depth = data, 0, 0

    def struct(self, wanted: dict[int, Field]) -> dict[int, Any]:
        """Read a struct: of the fields that are wanted the values, by their numbers."""
        self._enter()
        found: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) & 0x0F != STOP:
            number = number + (head >> 4) if head >> 4 else self.number()
            read, kind = wanted.get(number), head & 0x0F
            if read is None or kind in {TRUE, FALSE}:
                self._skip(kind)
            else:
                found[number] = read(self)
        self._depth -= 1
        return found

    def number(self) -> int:
        """Read a whole number, which lies there in zigzag."""
        value = self._length()
        return (value >> 1) ^ -(value & 1)

    def text(self) -> str:
        """Read a text."""
        return self._bytes(self._length()).decode("utf-8", "replace")

    def items(self, read: Field) -> list[Any]:
        """Read a list."""
        self._enter()
        head = self._byte()
        size = head >> 4 if head >> 4 < 15 else self._length()
        # An item takes a byte at least, so that no list is longer than what is left.
        if size > len(self._data) - self._at:
            raise ValueError("a list is longer than the footer")
        found = [read(self) for _ in range(size)]
        self._depth -= 1
        return found

    def _skip(self, kind: int, *, in_list: bool = False) -> None:
        if kind in NUMBERS:
            self._length()
        elif kind == BINARY:
            self._bytes(self._length())
        elif kind == STRUCT:
            self.struct({})
        elif kind in {LIST, SET}:
            item = self._data[self._at] & 0x0F
            self.items(lambda footer: footer._skip(item, in_list=True))
        elif kind == BYTE or (kind in {TRUE, FALSE} and in_list):
            self._byte()
        elif kind == DOUBLE:
            self._bytes(8)
        elif kind not in {TRUE, FALSE}:
            # A map, which Parquet has none of, or nothing of Thrift's.
            raise ValueError(f"a field of kind {kind}")

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise ValueError("structs lie too deep in each other")

    def _byte(self) -> int:
        value = self._data[self._at]
        self._at += 1
        return value

    def _bytes(self, size: int) -> bytes:
        start, self._at = self._at, self._at + size
        if self._at > len(self._data):
            raise IndexError
        return self._data[start : self._at]

    def _length(self) -> int:
        value = shift = 0
        while shift < 70:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
        raise ValueError("a number has more than ten bytes")


def _list_of(read: Field) -> Field:
    return lambda footer: footer.items(read)


def _row_group(footer: Footer) -> RowGroup:
    fields = footer.struct({1: _list_of(_column_chunk), 3: Footer.number})
    return RowGroup(fields.get(3, 0), tuple(filter(None, fields.get(1, ()))))


def _column_chunk(footer: Footer) -> ColumnChunk | None:
    fields = footer.struct({3: _column_metadata})
    return fields.get(3)


def _column_metadata(footer: Footer) -> ColumnChunk:
    numbers = dict.fromkeys((1, 6, 7, 9, 11), Footer.number)
    fields = footer.struct({**numbers, 3: _list_of(Footer.text)})
    return ColumnChunk(
        path=".".join(fields.get(3, ())),
        is_bytes=fields.get(1) == BYTE_ARRAY,
        unpacked=fields.get(6, 0),
        packed=fields.get(7, 0),
        data_offset=fields.get(9, 0),
        dictionary_offset=fields.get(11),
    )
