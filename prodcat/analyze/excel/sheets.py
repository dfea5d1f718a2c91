"""The sheets of a workbook: their names, their formats, and what a cell may hold."""

import re
from collections.abc import Iterable
from typing import Any

COLUMNS = 16_384
"""What a sheet of Excel can hold."""
NAME_LENGTH = 31
"""Of a sheet's name, at most."""
RIGHT, WRONG, RED = "#E2F0D9", "#F8D7DA", "#C00000"


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


def write_headings(sheet: Any, row: int, headings: Iterable[str], shape: Any) -> None:
    """Write a row of headings."""
    for column, heading in enumerate(headings):
        sheet.write_string(row, column, heading, shape)


def write_number(sheet: Any, row: int, column: int, value: float | None, shape: Any = None) -> None:
    """Write a number; None leaves the cell empty."""
    # Settings of many runs may be more columns than a sheet has; the last ones are left out.
    if value is not None and column < COLUMNS:
        sheet.write_number(row, column, value, shape)
