"""Answers as an Excel workbook: the rows in colours, to filter, and a sheet that sums them up.

Rows go to the disk as they are written. No text ever becomes a formula, a link or a number.
"""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from prodcat.bulk.answers import MAX_PICTURES, OURS
from prodcat.bulk.cell_values import flat_value
from prodcat.bulk.joining import JoinedRows
from prodcat.bulk.outputs.about import About
from prodcat.bulk.outputs.csv_file import LEFT_OUT
from prodcat.bulk.outputs.summary_sheet import add_summary
from prodcat.excel.cells import CELL_CHARS, MAX_ROWS, cut_text
from prodcat.excel.sheets import ABSTAINED, RIGHT, WRONG, Sheets, insert_picture, open_book
from prodcat.product import FOREIGN, UNREAD, UNSURE

MAX_COLUMNS = 16_384
EXACT_DIGITS = 15
"""Of a number in Excel; longer ones, such as an EAN with zeros, are written as texts."""
SURE = "sure"
COLOURS = {SURE: RIGHT, UNSURE: "#FFF2CC", FOREIGN: ABSTAINED, UNREAD: WRONG}
"""Outcome of a row → the colour of its answer."""
WIDTHS = {
    "category": 40,
    "probability": 11,
    "abstained": 11,
    "reason": 20,
    "leaf": 40,
    "leaf_probability": 11,
    "alternatives": 40,
    "error": 40,
}
SHARES = {OURS.index("probability"), OURS.index("leaf_probability")}
ERROR = OURS.index("error")
JUDGING = tuple(OURS.index(name) for name in ("abstained", "reason", "alternatives", "error"))
NARROWEST, WIDEST = 8, 50
CUT = f"cells were longer than the {CELL_CHARS:,} characters that Excel takes, and were cut."
MORE_PICTURES = f"rows are without a picture: the first {MAX_PICTURES:,} have theirs."
MORE_SHEETS = "further sheets were begun, since one holds no more rows."


def write_workbook(
    file: Path, names: Sequence[str], rows: Iterator[JoinedRows], about: About
) -> None:
    """Write the rows of OUT as sheets, as many as they take, and one that sums them up.

    Args:
        file: To write.
        names: Of the input's columns in OUT.
        rows: Their cells are lists.
        about: Facts for the last sheet.

    Raises:
        MissingDependencyError: If xlsxwriter is not installed.
    """
    title = f"Answers for {about.source}"
    # Beside the file: the rows are as large as it, and the system's folder may be small.
    with (
        TemporaryDirectory(dir=file.parent, prefix="workbook.", suffix=".tmp") as folder,
        open_book(file, title, constant_memory=True, tmpdir=folder) as sheets,
    ):
        answers = AnswerSheets(sheets, names, about)
        for row in rows:
            answers.write(row)
        answers.close()
        add_summary(sheets, COLOURS, about)


class AnswerSheets:
    """The sheets of answers, of which a new one begins where one is full."""

    def __init__(self, sheets: Sheets, names: Sequence[str], about: About) -> None:
        self.sheets, self.names, self.about = sheets, names, about
        self.pictures = about.image_column is not None
        self.sheet: Any = None
        self.row = 0
        self.widths: list[int] = []
        book = sheets.book
        self.plain = book.add_format({"valign": "top"})
        self.error = book.add_format({"valign": "top", "bg_color": WRONG})
        self.formats = {
            outcome: (
                book.add_format({"valign": "top", "bg_color": colour}),
                book.add_format({"valign": "top", "bg_color": colour, "num_format": "0.0%"}),
            )
            for outcome, colour in COLOURS.items()
        }

    def write(self, rows: JoinedRows) -> None:
        """Write more rows."""
        if not self.widths:
            self.widths = [width_of(*pair) for pair in zip(self.names, rows.cells, strict=True)]
        columns = list(zip(*rows.cells, strict=True)) or [()] * rows.answers.num_rows
        ours = zip(*(rows.answers[name].to_pylist() for name in OURS), strict=True)
        pictures = rows.answers["picture"].to_pylist()
        for number, row in enumerate(zip(columns, ours, pictures, strict=True), rows.first):
            if self.sheet is None or self.row > MAX_ROWS:
                self._begin()
            if self.pictures and number > MAX_PICTURES:
                self.about.note(MORE_PICTURES)
            self._write_row(*row)
            self.row += 1

    def close(self) -> None:
        """End the sheets; without any row there is one with the headings alone."""
        if self.sheet is None:
            self._begin()
        self._end()

    def _begin(self) -> None:
        if self.sheet is not None:
            self._end()
            self.about.note(MORE_SHEETS)
        headings = [*(["thumbnail"] if self.pictures else []), *self.names, *OURS]
        self.sheet = self.sheets.add("Answers")
        for column, heading in enumerate(headings):
            self.sheet.write_string(0, column, self._text(heading), self.sheets.head)
        self.row = 1

    def _end(self) -> None:
        sheet, count = self.sheet, len(self.names)
        first = int(self.pictures)
        # Beside what is scrolled to stays what tells the product, where it is near.
        name = self.about.name_column
        place = self.names.index(name) + 1 if name in self.names else 1
        sheet.freeze_panes(1, first + (place if place <= 3 else 1))
        sheet.autofilter(0, 0, max(1, self.row - 1), first + count + len(OURS) - 1)
        if self.pictures:
            sheet.set_column(0, 0, 12)
        for column, width in enumerate([*self.widths, *WIDTHS.values()], first):
            sheet.set_column(column, column, width)
        # Else each id that is a text of digits has a green corner.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})

    def _write_row(self, cells: Sequence[Any], answer: Sequence[Any], picture: Any) -> None:
        row = self.row
        if self.pictures:
            insert_picture(self.sheet, row, picture)
        for column, cell in enumerate(cells, int(self.pictures)):
            self._write(row, column, cell, self.plain)
        abstained, reason, alternatives, error = (answer[place] for place in JUDGING)
        outcome = (reason if reason in COLOURS else UNSURE) if abstained else SURE
        text, share = self.formats[outcome]
        first = int(self.pictures) + len(self.names)
        shown = (*answer[: ERROR - 1], alternatives_text(alternatives), error)
        for index, cell in enumerate(shown):
            shape = share if index in SHARES else text
            is_wrong = index == ERROR and error is not None
            self._write(row, first + index, cell, self.error if is_wrong else shape)

    def _write(self, row: int, column: int, cell: Any, shape: Any) -> None:
        value = flat_value(cell)
        sheet = self.sheet
        if isinstance(value, str):
            sheet.write_string(row, column, self._text(value), shape)
        elif isinstance(value, bool):
            sheet.write_boolean(row, column, value, shape)
        elif value is None:
            if isinstance(cell, bytes):
                self.about.note(LEFT_OUT)
            # Without a colour there is nothing to write.
            if shape is not self.plain:
                sheet.write_blank(row, column, None, shape)
        elif is_exact(value):
            sheet.write_number(row, column, value, shape)
        else:
            sheet.write_string(row, column, str(value), shape)

    def _text(self, text: str) -> str:
        """Return as much of a text as a cell takes."""
        taken = cut_text(text)
        if taken is not text:
            self.about.note(CUT)
        return taken


def alternatives_text(alternatives: Sequence[dict[str, Any]] | None) -> str | None:
    """Write the best leaves as people read them.

    >>> alternatives_text([{"path": "Bags > Totes", "probability": 0.75}])
    'Bags > Totes (75.0 %)'
    """
    if not alternatives:
        return None
    return "; ".join(f"{a['path']} ({100 * a['probability']:.1f} %)" for a in alternatives)


def is_exact(value: float) -> bool:
    """Tell whether Excel keeps all digits of a number.

    >>> is_exact(4006381333931), is_exact(12345678901234567890), is_exact(0.1)
    (True, False, True)
    """
    if isinstance(value, int):
        return len(str(abs(value))) <= EXACT_DIGITS
    return math.isfinite(value)


def width_of(name: str, cells: Sequence[Any]) -> int:
    """Return a column's width that nine of ten of its first cells fit in."""
    lengths = sorted(len(str(cell)) for cell in cells if cell is not None)
    most = lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0
    return min(WIDEST, max(NARROWEST, len(name) + 3, most + 1))
