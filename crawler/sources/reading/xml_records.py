"""The records of an XML file of any size, one at a time: a feed's items, a sitemap's addresses.

Expat reads the file. ElementTree's iterparse does not tell where in the file a record
begins, and so could neither go on in the middle of a file nor pass over a broken record.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import BinaryIO
from xml.parsers import expat

CHUNK_BYTES = 64 * 1024
# Without these a file could fill the memory with one record that never ends.
MAX_RECORD_BYTES = 8 * 1024 * 1024
MAX_HEAD_BYTES = 1024 * 1024
"""Before the first record, where a file is read from its middle."""
MAX_TEXT_CHARS = 100_000
MAX_DEPTH = 100
MAX_BROKEN = 10_000
MAX_REPEATED_BYTES = 16 * 1024 * 1024
"""Of what broken records have read again and again, beyond twice each byte of the file."""
MAX_NAME_CHARS = 1000
"""Of an element's name with those that it is in, which are told with each of its texts."""
MAX_FIELDS = 100_000


class XmlError(ValueError):
    """Not XML, or XML that must not be read."""


@dataclass(frozen=True)
class XmlRecord:
    """One record of a file."""

    name: str
    """Of its element, without a prefix."""
    start: int
    """Where in the file it begins."""
    fields: dict[str, list[str]] = field(default_factory=dict)
    """Texts by name; ``image:image/image:loc`` is an element within another, ``link@href``
    an attribute."""
    error: str = ""
    """Why there are no fields."""


def read_records(file: BinaryIO, names: Collection[str], *, start: int = 0) -> Iterator[XmlRecord]:
    """Yield every record, in little memory.

    One that is not well-formed is passed over, and its error given. Nothing is taken from
    outside the file, and entities that it declares are refused.

    Args:
        file: In UTF-8, whatever it says itself; open for reading at any place.
        names: Elements that are records, such as ``item``.
        start: Where the record begins that is to be the first one; 0 for the first of all.

    Raises:
        XmlError: If it is no XML, declares entities, or is broken in too many places.

    >>> from io import BytesIO
    >>> feed = BytesIO(b"<rss><item><id>1</id></item><item><id>2</id></item></rss>")
    >>> [record.fields for record in read_records(feed, {"item"})]
    [{'id': ['1']}, {'id': ['2']}]
    >>> [record.fields for record in read_records(feed, {"item"}, start=28)]
    [{'id': ['2']}]
    """
    head = _read_head(file, names) if start else None
    first, parsed, furthest = start, 0, start
    for broken in count(1):
        reader = _Reader(names, head or b"", start)
        yield from reader.read(file)
        if reader.error is None:
            return
        if reader.record_start is None or reader.is_refused or broken > MAX_BROKEN:
            raise XmlError(reader.error)
        yield XmlRecord("", reader.record_start, error=reader.error)
        # Records that are never closed, each in the one before, would each be read to the end.
        parsed += reader.parsed_bytes
        furthest = max(furthest, start + reader.parsed_bytes)
        if parsed > 2 * (furthest - first) + MAX_REPEATED_BYTES:
            raise XmlError("broken in too many places")
        # Behind an error expat reads nothing any more, so another one begins at the next record.
        following = _find_record(file, names, reader.record_start + 1)
        if following is None:
            return
        head = _read_head(file, names) if head is None else head
        start = following


class _Reader:
    """Reads from one place to the end, or to the first error."""

    def __init__(self, names: Collection[str], head: bytes = b"", start: int = 0) -> None:
        self.names, self.head, self.start = names, head, start
        self.error: str | None = None
        self.is_refused = False
        self.record_start: int | None = None
        """Of the last record that was begun."""
        self.parsed_bytes = 0
        """Up to the end or the error, the head included."""
        self._path: list[str] = []
        self._texts: list[list[str]] = []
        # Of each text so far: to count them anew for each piece would take the square of the time.
        self._chars: list[int] = []
        self._names: list[str] = []
        self._kept = 0
        self._fields: dict[str, list[str]] = {}
        self._ready: list[XmlRecord] = []
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start_element
        parser.EndElementHandler = self._end_element
        parser.CharacterDataHandler = self._text
        # Entities that refer to entities grow beyond all bounds, and those from outside would
        # have us read files of this machine. Feeds and sitemaps need neither.
        parser.EntityDeclHandler = self._refuse
        parser.ExternalEntityRefHandler = self._refuse

    def read(self, file: BinaryIO) -> Iterator[XmlRecord]:
        """Yield the records up to the end or the first error."""
        position = self.start
        try:
            # The elements around all records, without which those from the middle have no root.
            self._parser.Parse(self.head, False)
            file.seek(position)
            while chunk := file.read(CHUNK_BYTES):
                self._parser.Parse(chunk, False)
                position += len(chunk)
                yield from self._take_ready()
                begun = self.record_start if self._path else self._place()
                if position - (begun or 0) > MAX_RECORD_BYTES:
                    raise XmlError(f"a record of more than {MAX_RECORD_BYTES} bytes")
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            self.error = f"not well-formed XML: {expat.ErrorString(error.code)}"
        except XmlError as error:
            self.error = str(error)
        finally:
            self.parsed_bytes = max(0, int(self._parser.CurrentByteIndex))
            # The parser holds this reader, which would else wait for the garbage collector.
            del self._parser
        yield from self._take_ready()

    def _take_ready(self) -> list[XmlRecord]:
        ready, self._ready = self._ready, []
        return ready

    def _place(self) -> int:
        """Return where in the file the parser is."""
        return int(self._parser.CurrentByteIndex) - len(self.head) + self.start

    def _start_element(self, name: str, attributes: dict[str, str]) -> None:
        if self._path:
            if len(self._path) > MAX_DEPTH:
                raise XmlError(f"elements more than {MAX_DEPTH} deep")
            outer = self._names[-1]
            self._begin(name, f"{outer}/{name}" if outer else name)
            for attribute, value in attributes.items():
                self._keep(f"{self._names[-1]}@{attribute}", value)
        elif _local(name) in self.names:
            self._path, self._texts, self._chars, self._names = [], [], [], []
            self._fields, self._kept = {}, 0
            self._begin(name, "")
            self.record_start = self._place()

    def _begin(self, name: str, full_name: str) -> None:
        if len(full_name) > MAX_NAME_CHARS:
            raise XmlError(f"names of more than {MAX_NAME_CHARS} characters")
        self._path.append(name)
        self._names.append(full_name)
        self._texts.append([])
        self._chars.append(0)

    def _end_element(self, name: str) -> None:
        if not self._path:
            return
        text = "".join(self._texts.pop()).strip()
        self._chars.pop()
        if len(self._path) > 1:
            self._keep(self._names[-1], text)
        elif self.record_start is not None:
            self._ready.append(XmlRecord(_local(name), self.record_start, self._fields))
        self._path.pop()
        self._names.pop()

    def _text(self, text: str) -> None:
        # In which pieces a text comes depends on where the reading began.
        if self._path and (room := MAX_TEXT_CHARS - self._chars[-1]) > 0:
            self._texts[-1].append(text[:room])
            self._chars[-1] += len(text)

    def _keep(self, name: str, text: str) -> None:
        if text and self._kept < MAX_FIELDS:
            self._kept += 1
            self._fields.setdefault(name, []).append(text)

    def _refuse(self, *_: object) -> int:
        self.is_refused = True
        raise XmlError("it declares entities, which are refused")


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _read_head(file: BinaryIO, names: Collection[str]) -> bytes:
    """Return what stands before the first record: the elements that all records are in."""
    reader = _Reader(names)
    first = next(reader.read(file), None)
    end = reader.record_start if first is None else first.start
    if end is None or end > MAX_HEAD_BYTES:
        raise XmlError("no record near its beginning")
    file.seek(0)
    return file.read(end)


def _find_record(file: BinaryIO, names: Collection[str], start: int) -> int | None:
    """Find by its bytes alone where the next record begins."""
    pattern = re.compile(rb"<(?:[\w.-]+:)?(?:%b)[\s/>]" % "|".join(sorted(names)).encode())
    file.seek(start)
    tail = b""
    while chunk := file.read(CHUNK_BYTES):
        window = tail + chunk
        if match := pattern.search(window):
            return start - len(tail) + match.start()
        start += len(chunk)
        # A tag may stand across two chunks.
        tail = window[-100:]
    return None
