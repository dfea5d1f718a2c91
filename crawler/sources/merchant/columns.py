"""The rows of a feed that is text with columns, as Google, Facebook and Excel write them."""

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import BinaryIO

# The first of several that are equally frequent in a header: Google's own is the tab.
DELIMITERS = "\t,;|"
MAX_LINE_BYTES = 1024 * 1024
MAX_ROW_LINES = 100
"""A row with more lines than this has a quote that nobody closed."""
MAX_HEADER_LINES = 20
"""In which the columns are named: before them there may be explanations."""
SEP_LINE = re.compile(r"\"?sep=([\t,;|])\"?\s*", re.IGNORECASE)
EXPLAINING = ("# Required", "# Optional")
"""What cells of Facebook's template begin with that explain a column."""


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


def read_columns(file: BinaryIO, start: int) -> Iterator[FeedEntry]:
    """Yield the rows of a text with columns.

    Args:
        file: In UTF-8.
        start: Where the row begins that is to be the first one; 0 for the first of all.

    Raises:
        FeedError: If no line names the columns.
    """
    file.seek(0)
    header = _find_header(iter(lambda: file.readline(MAX_LINE_BYTES), b""))
    if header is None:
        raise FeedError("it is neither XML nor text whose first lines name the columns")
    names, delimiter = header
    file.seek(max(start, file.tell()))  # 0 is the first row, behind the header
    while True:
        place = file.tell()
        cells = _read_row(file, delimiter)
        if cells is None:
            return
        if isinstance(cells, str):
            yield FeedEntry(place, error=cells)
        elif any(cell.strip() for cell in cells) and not cells[0].startswith(EXPLAINING):
            # Rows may be shorter than the header, or longer: what has no name is left out.
            named = zip(names, cells, strict=False)
            yield FeedEntry(place, {name: [cell] for name, cell in named if cell.strip()})


def has_header(beginning: str) -> bool:
    r"""Tell whether one of a text's first lines names the columns of a feed.

    >>> has_header("sep=;\nid;title\n"), has_header("<rss><id>1</id></rss>")
    (True, False)
    """
    return _find_header(line.encode() for line in beginning.splitlines()) is not None


def _find_header(lines: Iterator[bytes]) -> tuple[list[str], str] | None:
    """Return the names of the columns, and what is between them."""
    delimiter = ""
    for line in islice(lines, MAX_HEADER_LINES):
        text = _decode(line).lstrip("\ufeff")
        # Excel is told so what stands between its cells.
        if told := SEP_LINE.fullmatch(text):
            delimiter = told[1]
            continue
        # Told by the header, whose names hold none of them; texts of products hold all.
        between = delimiter or max(DELIMITERS, key=text.count)
        names = [column_name(cell) for cell in _header_cells(text, between)]
        if "id" in names and len(names) > 1:
            return names, between
    return None


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
