"""The entries of a Google Merchant feed, one at a time: RSS, Atom or text with columns."""

import codecs
import csv
import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from crawler.sources.reading.xml_records import XmlError, read_records
from prodcat.files import whole
from prodcat.inputs.plain_files import open_plain

# The first of several that are equally frequent in a header: Google's own is the tab.
DELIMITERS = "\t,;|"
MAX_LINE_BYTES = 1024 * 1024
MAX_ROW_LINES = 100
"""A row with more lines than this has a quote that nobody closed."""
CHUNK_BYTES = 1024 * 1024
FOREIGN_PREFIXES = frozenset({"c", "atom", "content", "dc", "media", "itunes", "rss"})
"""Of elements that are not the feed's own."""
SHARE_OF_FREE_DISK = 0.5
"""The corpus and its pictures need the rest."""
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class FeedError(ValueError):
    """A file that is no feed, or one that cannot be read to its end."""


@dataclass(frozen=True)
class FeedEntry:
    """One product as the feed writes it."""

    start: int
    """Where in the file it begins."""
    fields: dict[str, list[str]] = field(default_factory=dict)
    """Texts by attribute, such as ``google_product_category``."""
    error: str = ""
    """Why there are none."""


def room_for(folder: Path, most: int) -> int:
    """Return how large a file may become in a folder: a share of what is free on its disk.

    Args:
        folder: Where it is to be.
        most: What it may have on any disk.
    """
    return min(most, int(SHARE_OF_FREE_DISK * shutil.disk_usage(folder).free))


def plain_file(path: Path, unpacked: Path, *, max_bytes: int) -> None:
    """Make a plain UTF-8 copy of a file that is gzipped or UTF-16, and of no other.

    Places in such files cannot be gone to directly, so that slices could not begin there.

    Args:
        path: The feed.
        unpacked: The copy; an old one is removed where none is needed.
        max_bytes: The most that it may have, where the disk has room for twice as much.

    Raises:
        FeedError: If it is larger, or broken.
    """
    with open_plain(path) as file:
        start = file.read(4)
    if not start.startswith((b"\x1f\x8b", *UTF16)):
        unpacked.unlink(missing_ok=True)
        return
    unpacked.parent.mkdir(parents=True, exist_ok=True)
    max_bytes = room_for(unpacked.parent, max_bytes)
    try:
        # Unpacked again from the feed itself should the power fail, so the disk is not waited for.
        with (
            whole(unpacked, sync=False) as part,
            open_plain(path) as source,
            part.open("wb") as copy,
        ):
            if start.startswith(b"\x1f\x8b"):
                with gzip.open(source) as unzipped:
                    _copy_as_utf8(unzipped, copy, max_bytes)
            else:
                _copy_as_utf8(source, copy, max_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FeedError(f"its gzip is broken: {error}") from error


def _copy_as_utf8(source: BinaryIO | gzip.GzipFile, copy: BinaryIO, max_bytes: int) -> None:
    chunk = source.read(CHUNK_BYTES)
    is_utf16 = chunk.startswith(UTF16)
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    size = 0
    while chunk:
        # Counted as it is unpacked, or a few kilobytes of gzip could fill the disk.
        size += len(chunk)
        if size > max_bytes:
            raise FeedError(f"it has more than {max_bytes} bytes")
        copy.write(decoder.decode(chunk).encode("utf-8", "replace") if is_utf16 else chunk)
        chunk = source.read(CHUNK_BYTES)


def read_entries(path: Path, *, start: int = 0) -> Iterator[FeedEntry]:
    """Yield the entries in little memory, those that cannot be read with their error.

    Args:
        path: A plain file, see `plain_file`.
        start: Where the entry begins that is to be the first one; 0 for the first of all.

    Raises:
        FeedError: If it is no feed.
    """
    with open_plain(path) as file:
        beginning = file.read(1024).removeprefix(codecs.BOM_UTF8).lstrip()
        if beginning.startswith(b"<"):
            yield from _read_xml(file, start)
        elif beginning:
            yield from _read_columns(file, start)


def _read_xml(file: BinaryIO, start: int) -> Iterator[FeedEntry]:
    try:
        for record in read_records(file, {"item", "entry"}, start=start):
            yield FeedEntry(record.start, own_fields(record.fields), record.error)
    except XmlError as error:
        raise FeedError(str(error)) from error


def own_fields(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Name the texts of an element by attribute alone; the feed's own words come first.

    >>> own_fields({"title": ["RSS"], "g:title": ["Google's"], "g:shipping/g:price": ["5 USD"]})
    {'title': ["Google's"]}
    """
    plain: dict[str, list[str]] = {}
    prefixed: dict[str, list[str]] = {}
    for name, texts in fields.items():
        prefix, _, local = name.rpartition(":")
        if "/" not in name and prefix not in FOREIGN_PREFIXES:
            (prefixed if prefix else plain)[local] = texts
    return plain | prefixed


def _read_columns(file: BinaryIO, start: int) -> Iterator[FeedEntry]:
    file.seek(0)
    header = _decode(file.readline(MAX_LINE_BYTES)).lstrip("\ufeff")
    # Told by the header, whose names hold none of them; texts of products hold all.
    delimiter = max(DELIMITERS, key=header.count)
    names = [column_name(cell) for cell in _header_cells(header, delimiter)]
    if "id" not in names or len(names) < 2:
        raise FeedError("it is neither XML nor text whose first line names the columns")
    file.seek(max(start, file.tell()))  # 0 is the first row, behind the header
    while True:
        place = file.tell()
        cells = _read_row(file, delimiter)
        if cells is None:
            return
        if isinstance(cells, str):
            yield FeedEntry(place, error=cells)
        elif any(cell.strip() for cell in cells):
            # Rows may be shorter than the header, or longer: what has no name is left out.
            named = zip(names, cells, strict=False)
            yield FeedEntry(place, {name: [cell] for name, cell in named if cell.strip()})


def column_name(cell: str) -> str:
    """Return the attribute that a column is called by.

    >>> column_name(" Image Link "), column_name("g:id")
    ('image_link', 'id')
    """
    name = cell.strip().lower().removeprefix("g:")
    return name.replace(" ", "_").replace("-", "_")


def _header_cells(header: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return header.rstrip("\r\n").split(delimiter)


def _read_row(file: BinaryIO, delimiter: str) -> list[str] | str | None:
    """Return a row's cells, or why there are none; None at the end."""
    line = file.readline(MAX_LINE_BYTES)
    if not line:
        return None
    # It is passed over piece by piece, never held whole.
    if len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
        while (piece := file.readline(MAX_LINE_BYTES)) and not piece.endswith(b"\n"):
            pass
        return "a line without end"
    after = file.tell()
    lines: list[str] = []
    try:
        # Strict: an open quote is then an error where the lines end, and costs no other row.
        return next(csv.reader(_row_lines(file, line, lines), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        if "unexpected end" in str(error):
            # Nobody closes that quote, so it is one, and the row ends with its first line.
            file.seek(after)
            del lines[1:]
        return "".join(lines).rstrip("\r\n").split(delimiter)


def _row_lines(file: BinaryIO, line: bytes, lines: list[str]) -> Iterator[str]:
    """Yield a row's first line, and those behind it while a quote is open; note them, too.

    Each is looked at once: however many lines a row has, its time grows with their length.
    """
    size = 0
    while line and len(lines) < MAX_ROW_LINES and size + len(line) <= MAX_LINE_BYTES:
        size += len(line)
        lines.append(_decode(line))
        yield lines[-1]
        line = file.readline(MAX_LINE_BYTES)


def _decode(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        # Under Windows' encoding any Western text that is no UTF-8 can be read.
        return line.decode("cp1252", "replace")
