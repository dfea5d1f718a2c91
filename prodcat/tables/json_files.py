"""JSON: an object on each line, an array of objects, or an object with such an array inside."""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import TextIO

from prodcat.errors import TableError
from prodcat.tables.byte_source import ByteSource
from prodcat.tables.damage import mend, without_broken
from prodcat.tables.encodings import TextEncoding, find_encoding
from prodcat.tables.json_values import JsonValue, JsonValues
from prodcat.tables.nested import MAX_NAMES, FieldNames, pick
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import RawRow

BEGINNING_CHARS = 1 << 18
MAX_LINE_CHARS = 50_000_000
"""Of JSON lines; longer ones are not held."""
LISTS = {"products", "items", "data", "results", "records", "rows", "entries", "catalog"}
"""What lists of products are called."""
OF_PRODUCTS = {"id", "sku", "name", "title", "description"}
"""Fields of an object that is a product itself."""
SPACE = re.compile(r"\s*")


@dataclass(frozen=True)
class JsonLayout:
    """Where in a file the objects are."""

    kind: str
    """``lines``, ``array`` or ``objects`` one after the other."""
    start: int = 0
    """The character behind the bracket of the array."""
    key: str = ""
    """Under which the array stands."""

    @property
    def note(self) -> str:
        """What to tell of it."""
        if self.key:
            return f"JSON, the list {self.key}"
        return {"lines": "JSON lines", "array": "JSON array"}.get(self.kind, "JSON objects")


class JsonTable:
    """A file of JSON objects, each a row.

    It is read once to learn all its fields, which may come late.

    Args:
        source: Where it is.
        read_as: What is known of it.
        encoding: How its text is written, if that was found out already.

    Raises:
        TableError: If there is no object in it.
    """

    has_own_fields = True

    def __init__(
        self, source: ByteSource, read_as: ReadAs, encoding: TextEncoding | None = None
    ) -> None:
        self.source, self.path, self.folder = source, source.path, source.path.parent
        self.encoding = encoding or find_encoding(source, read_as)
        with self.encoding.open(source) as file:
            self.layout = find_json_layout(file.read(BEGINNING_CHARS))
        names = FieldNames()
        self.row_count = 0
        for row in self._objects():
            self.row_count += 1
            names.add(row.values)
        if not names.names:
            raise TableError(f"{self.path} has no JSON object; each product is one.")
        self.columns, self.inner_columns = names.names, frozenset(names.inner)
        self.has_more_names = names.are_too_many

    @property
    def notes(self) -> tuple[str, ...]:
        """How it is read."""
        more = f"only the first {MAX_NAMES:,} fields are known"
        return (
            *self.source.notes,
            self.layout.note,
            f"encoding {self.encoding.label}",
            *self.encoding.notes,
            *([more] if self.has_more_names else []),
        )

    def count(self) -> int | None:
        """Number of rows."""
        return self.row_count

    def _objects(self) -> Generator[RawRow]:
        with self.encoding.open(self.source) as file:
            if self.layout.kind == "lines":
                values = read_lines(file)
            else:
                in_array = self.layout.kind == "array"
                values = iter(JsonValues(file, self.layout.start, in_array=in_array))
            for value in values:
                yield self._row(value)

    def _row(self, read: JsonValue) -> RawRow:
        if read.error:
            return RawRow(error=read.error)
        value = read.value
        problems: list[str] = []
        if not self.encoding.is_clean:
            (text,), problems = mend([read.text], self.encoding.label)
            if text and text != read.text:
                value = json.loads(text)
            elif not text:
                value = without_broken(value)
        if not isinstance(value, dict):
            return RawRow(error=f"no JSON object but {type(value).__name__}")
        return RawRow(value, tuple(problems))

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows; blank lines are none."""
        with closing(self._objects()) as objects:
            for row in islice(objects, start, None):
                values = {name: pick(row.values, name) for name in columns}
                yield RawRow(values, row.problems, row.error)


def read_lines(file: TextIO) -> Iterator[JsonValue]:
    """Read one value from each line; a comma behind it does no harm."""
    while line := file.readline(MAX_LINE_CHARS + 1):
        text = line.strip().strip("\ufeff\0\x1a")
        if len(line) > MAX_LINE_CHARS:
            # Read on to the end of the line, piece by piece, so that the next row is one.
            while line and not line.endswith(("\n", "\r")):
                line = file.readline(MAX_LINE_CHARS)
            yield JsonValue("", error=f"a line of more than {MAX_LINE_CHARS:,} characters")
            continue
        if not text or text in ("[", "]"):
            continue
        text = text.rstrip(",")
        try:
            yield JsonValue(text, json.loads(text))
        # Brackets within brackets by the thousand are cheap to write, and end Python's parser.
        except (ValueError, RecursionError) as error:
            yield JsonValue(text, error=f"no readable JSON: {error}")


def find_json_layout(beginning: str) -> JsonLayout:
    r"""Find out where the objects of a file are.

    >>> find_json_layout('{"products": [{"id": 1}]}').note
    'JSON, the list products'
    >>> find_json_layout('{"id": 1}\n{"id": 2}\n').note
    'JSON lines'
    """
    start = len(beginning) - len(beginning.lstrip("\ufeff \t\r\n"))
    if beginning.startswith("[", start):
        return JsonLayout("array", start + 1)
    first, _, rest = beginning[start:].partition("\n")
    is_whole_line = _is_object(first)
    if is_whole_line and rest.strip():
        return JsonLayout("lines")
    if (found := _find_list(beginning, start)) is not None:
        return found
    if is_whole_line or any(map(_is_object, rest.splitlines()[:20])):
        return JsonLayout("lines")
    return JsonLayout("objects", start)


def _is_object(line: str) -> bool:
    try:
        return isinstance(json.loads(line.strip().rstrip(",")), dict)
    except (ValueError, RecursionError):
        return False


def _find_list(text: str, start: int) -> JsonLayout | None:
    """Go through the fields of an object to the first list of objects."""
    decoder = json.JSONDecoder()
    keys: set[str] = set()
    at = start
    try:
        while True:
            at = _skip(text, at + 1)  # behind the brace or the comma
            key, at = decoder.raw_decode(text, at)
            at = _skip(text, at)
            if not isinstance(key, str) or text[at] != ":":
                return None
            at = _skip(text, at + 1)
            if text[at] == "[" and text[_skip(text, at + 1)] == "{":
                is_product = keys & OF_PRODUCTS and key.casefold() not in LISTS
                return None if is_product else JsonLayout("array", at + 1, key)
            keys.add(key.casefold())
            _, at = decoder.raw_decode(text, at)
            at = _skip(text, at)
            if text[at] != ",":
                return None
    except (ValueError, RecursionError, IndexError):
        return None


def _skip(text: str, at: int) -> int:
    found = SPACE.match(text, at)
    assert found is not None
    return found.end()
