"""Where in a table the line of column names stands, which is not always the first."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from prodcat.tables.known_headers import PLAIN_HEADERS, plain_header
from prodcat.wording import encodable

MAX_PREAMBLE = 20
"""Rows before the column names, at most."""
# What strip() leaves at the ends of a name: marks without width, of order, and of byte order.
INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
ALL_HEADERS = frozenset(header for headers in PLAIN_HEADERS.values() for header in headers)
NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*")
# Amazon's templates say in their first row where the others are, the older ones always the same.
AMAZON_ROWS = re.compile(r"(attributeRow|labelRow|dataRow)=(\d+)")
AMAZON_OLD = "TemplateType="
AMAZON_NEW = "settings="


@dataclass(frozen=True)
class HeaderPlace:
    """Where the column names and the rows begin, counted in rows that are not blank."""

    header: int = 0
    data: int = 1

    @property
    def notes(self) -> tuple[str, ...]:
        """What was passed over, in words."""
        before, between = self.header, self.data - self.header - 1
        lines = [f"{before} line{'s' * (before > 1)} before the column names passed over"]
        lines = lines if before else []
        if between:
            lines.append(f"{between} line{'s' * (between > 1)} below the column names passed over")
        return tuple(lines)


def clean_name(cell: str) -> str:
    r"""Return the name of a column without what nobody sees.

    Bytes of it that are no text become question marks, since every kind of output writes it.

    >>> clean_name("\ufeff name\xa0\u200b"), clean_name("na\udcacme")
    ('name', 'na?me')
    """
    return encodable(cell).strip().strip(INVISIBLE).strip()


def find_header(rows: Sequence[Sequence[str]]) -> HeaderPlace:
    """Find the row of column names among the first rows of a table.

    Titles and dates of reports above it have few cells; comments begin with a #.

    >>> find_header([["Products"], ["of", "May"], ["id", "a", "b", "c"], ["1", "", "", "x"]])
    HeaderPlace(header=2, data=3)
    """
    if not rows:
        return HeaderPlace()
    first = rows[0][0].strip() if rows[0] else ""
    if first.startswith(AMAZON_OLD) and len(rows) > 2:
        return HeaderPlace(2, 3)
    places = {name: int(row) - 1 for name, row in AMAZON_ROWS.findall(" ".join(rows[0]))}
    if first.startswith(AMAZON_NEW) and 0 < (header := places.get("labelRow", 0)) < len(rows):
        return HeaderPlace(header, max(places.get("dataRow", 0), header + 1))
    place = _first_header(rows)
    if names_below(rows, place):
        return HeaderPlace(place + 1, place + 2)
    return HeaderPlace(place, place + 1)


def _first_header(rows: Sequence[Sequence[str]]) -> int:
    start = 0
    while start < min(len(rows) - 1, MAX_PREAMBLE) and (
        is_comment(rows[start]) or not filled_width(rows[start])
    ):
        start += 1
    widths = [filled_width(row) for row in rows]
    usual = usual_width(widths[start:])
    for place in range(start, min(len(rows), start + MAX_PREAMBLE)):
        if widths[place] >= usual:
            if place == start or looks_like_names(rows[place], usual):
                return place
            break
        if widths[place] > max(1, usual // 2):
            break
    return start


def names_below(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Tell a row of groups, each over several columns, from the column names below it.

    >>> names_below([["Product", "", "Texts", ""], ["SKU", "Name", "Title", "Summary"]], 0)
    True
    >>> names_below([["id", "", "name"], ["1", "x", "Name"]], 0)
    False
    """
    if place + 1 >= len(rows):
        return False
    groups, names = rows[place], rows[place + 1]
    width = filled_width(names)
    has_gap = any(not cell.strip() for cell in groups[:width]) or len(groups) < width
    known = [sum(plain_header(cell) in ALL_HEADERS for cell in row) for row in (groups, names)]
    return has_gap and looks_like_names(names, width) and known[1] > max(1, known[0])


def is_comment(row: Sequence[str]) -> bool:
    """Tell a remark, and a row of remarks on the columns, from column names.

    >>> is_comment(["# of May", " all shops"]), is_comment(["#", "name"])
    (True, False)
    """
    cells = [cell.strip() for cell in row if cell.strip()]
    return bool(cells) and (
        cells[0].startswith("# ") or all(cell.startswith("#") for cell in cells)
    )


def filled_width(row: Sequence[str]) -> int:
    """Return the number of cells up to the last that is not blank.

    >>> filled_width(["a", "", "b", " ", ""])
    3
    """
    width = len(row)
    while width and not row[width - 1].strip():
        width -= 1
    return width


def usual_width(widths: Sequence[int]) -> int:
    """Return the most frequent width; of several the largest.

    >>> usual_width([1, 1, 3, 3, 2])
    3
    """
    counts = Counter(widths)
    return max(counts, key=lambda width: (counts[width], width), default=0)


def looks_like_names(row: Sequence[str], width: int) -> bool:
    """Tell column names from the cells of a product: all there, all different, no numbers."""
    names = [clean_name(cell).casefold() for cell in row[:width]]
    return len(set(names)) == len(names) == width and not any(
        not name or NUMBER.fullmatch(name) for name in names
    )
