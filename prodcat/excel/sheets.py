"""The sheets of a workbook: their names, their formats, and what a cell may hold."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from prodcat.errors import require
from prodcat.files import whole

COLUMNS = 16_384
"""What a sheet of Excel can hold."""
NAME_LENGTH = 31
"""Of a sheet's name, at most."""
RIGHT, WRONG, ABSTAINED, RED = "#E2F0D9", "#F8D7DA", "#E7E6E6", "#C00000"
ANY_DAY = datetime(2000, 1, 1)
"""When every workbook was made: equal reports are equal files."""
PICTURE_PX = 60


class Sheets:
    """A workbook, its formats, and the names that are still free for a sheet."""

    def __init__(self, book: Any) -> None:
        self.book = book
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True})
        self.red = book.add_format({"bold": True, "font_color": RED})
        self.share = book.add_format({"num_format": "0.0%"})
        self.best = book.add_format({"num_format": "0.0%", "bold": True, "bg_color": RIGHT})
        self.p = book.add_format({"num_format": "0.0000"})
        self.diagonal = book.add_format({"bg_color": RIGHT})
        self.off = book.add_format({"bg_color": WRONG})
        self.turned = book.add_format({"rotation": 90, "bold": True, "valign": "bottom"})
        self._used = {"history"}  # which Excel keeps for itself

    def add(self, name: str) -> Any:
        """Add a sheet, under as much of that name as Excel allows and no other has."""
        # Excel refuses these characters anywhere in a name, and a quote at either end.
        plain = re.sub(r"[\[\]:*?/\\]", "-", name).strip("'") or "sheet"
        short, number = plain[:NAME_LENGTH].strip("'"), 1
        # To Excel, names that differ in case alone are equal.
        while short.lower() in self._used:
            number += 1
            end = f" {number}"
            short = plain[: NAME_LENGTH - len(end)] + end
        self._used.add(short.lower())
        return self.book.add_worksheet(short)

    def row_formats(self, colour: str) -> tuple[Any, Any]:
        """Formats of a text and of a share on that ground."""
        base = {"bg_color": colour, "valign": "top"}
        return self.book.add_format(base), self.book.add_format({**base, "num_format": "0.000"})


@contextmanager
def open_sheets(file: Path, title: str) -> Iterator[Sheets]:
    """Give the sheets of a workbook, which is written when the block ends.

    Raises:
        MissingDependencyError: If xlsxwriter is not installed.
    """
    # In this order: the book is written when it is closed, and renamed after that.
    with whole(file) as temporary, open_book(temporary, title) as sheets:
        yield sheets


@contextmanager
def open_book(file: Path, title: str, **options: Any) -> Iterator[Sheets]:
    """Give the sheets of a workbook that is written to *file* itself, when the block ends.

    Args:
        file: To write.
        title: What the file says that it is.
        options: More of xlsxwriter's own, such as ``constant_memory``.

    Raises:
        MissingDependencyError: If xlsxwriter is not installed.
    """
    xlsxwriter = require("xlsxwriter", extra="bulk")
    # The texts are strangers': none may become a formula or a link.
    settings = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        **options,
    }
    with xlsxwriter.Workbook(str(file), settings) as book:
        book.set_properties({"title": title, "created": ANY_DAY})
        yield Sheets(book)


def write_headings(sheet: Any, row: int, headings: Iterable[str], shape: Any) -> None:
    """Write a row of headings."""
    for column, heading in enumerate(headings):
        sheet.write_string(row, column, heading, shape)


def write_number(sheet: Any, row: int, column: int, value: float | None, shape: Any = None) -> None:
    """Write a number; None leaves the cell empty."""
    # Settings of many runs may be more columns than a sheet has; the last ones are left out.
    if value is not None and column < COLUMNS:
        sheet.write_number(row, column, value, shape)


def insert_picture(sheet: Any, row: int, data: bytes | None) -> None:
    """Put a picture into the first cell of a row, and make the row high enough."""
    if data is None:
        return
    # Most workbooks have no pictures, and so need no pillow.
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        scale = PICTURE_PX / max(image.size)
    # Three free pixels above and below, as the offsets have them.
    sheet.set_row_pixels(row, PICTURE_PX + 6)
    options = {
        "image_data": BytesIO(data),
        "x_scale": scale,
        "y_scale": scale,
        "x_offset": 3,
        "y_offset": 3,
        "object_position": 1,  # a filter hides it with its row
        # Nothing for screen readers, which have the name in the same row.
        "decorative": True,
    }
    sheet.insert_image(row, 0, "picture.jpg", options)
