"""Lines of text to records of cells, so that no stray quote swallows rows.

A quote is believed where the whole record bears it out: one that nobody closes, or that
closes in the middle of a later row, is a letter of its own row.
"""

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TextIO

MAX_CELL_CHARS = 50_000_000
MAX_ROW_LINES = 1000
"""A row of CSV with more lines than this has a quote that nobody closed."""
REREAD_SHARE = 20
"""Of the lines of a file, so many times as many may be read again after such quotes."""
UNCLOSED = "a quote is not closed"
DIGITS, LETTERS = re.compile(r"\d+"), re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class Dialect:
    """How the lines of a text table are cut into cells."""

    delimiter: str = ","
    quote: str = '"'
    quotes_first: bool = True
    """Whether quotes count before delimiters; else only those that are around a whole cell."""
    skips_spaces: bool = False
    """Whether spaces behind a delimiter are none of the cell."""


@dataclass(slots=True)
class Record:
    """The cells of a row."""

    cells: list[str]
    problem: str = ""
    """What is wrong with it while its cells count."""
    error: str = ""
    """Why there are no cells."""


class Records:
    """Reads the records of a file, one after the other.

    Args:
        lines: Each with its line end; see `bounded_lines`.
        dialect: How they are cut.
    """

    def __init__(self, lines: Iterator[str], dialect: Dialect) -> None:
        # The module has one limit for the whole process, too low for a long description.
        csv.field_size_limit(max(MAX_CELL_CHARS, csv.field_size_limit()))
        self._lines, self.dialect = lines, dialect
        self._again: deque[str] = deque()
        self._read = self._reread = 0
        self.width: int | None = None
        """Cells that a row should have, once it is known."""

    def __iter__(self) -> Iterator[Record]:
        """Yield the records; blank lines are none."""
        delimiter, quote = self.dialect.delimiter, self.dialect.quote
        skips_spaces, again = self.dialect.skips_spaces, self._again
        while True:
            if again:
                line = again.popleft()
            else:
                line = next(self._lines, "")
                if not line:
                    return
                self._read += 1
            if len(line) > MAX_CELL_CHARS:
                yield self._too_long(line)
                continue
            text = line.rstrip("\r\n")
            if quote in text:
                yield self._quoted(text)
                continue
            if not text or text.isspace():
                continue
            cells = text.split(delimiter)
            yield Record([cell.lstrip(" ") for cell in cells] if skips_spaces else cells)

    def _too_long(self, piece: str) -> Record:
        # The rest of the line is no row of its own.
        while piece and not piece.endswith(("\n", "\r")):
            piece = next(self._lines, "")
        return Record([], error=f"a row of more than {MAX_CELL_CHARS:,} characters")

    def _quoted(self, text: str) -> Record:
        return self._quotes_first(text) if self.dialect.quotes_first else self._cells_first(text)

    def _quotes_first(self, text: str) -> Record:
        cells = self._parse(text + "\n")
        if not cells or not cells[-1].endswith("\n"):
            return Record(cells)
        if (several := self._several_lines(text)) is not None:
            return Record(several)
        literal = self._literal(text)
        if self.width in (None, len(literal)):
            return Record(literal, problem=UNCLOSED)
        cells[-1] = cells[-1].rstrip("\n")
        if self.width == len(cells):
            return Record(cells, problem=UNCLOSED)
        return Record([], error=UNCLOSED)

    def _cells_first(self, text: str) -> Record:
        literal = self._literal(text)
        opens = any(cell.startswith(self.dialect.quote) for cell in literal)
        if opens and (several := self._several_lines(text)) is not None:
            return Record(several)
        if self.width not in (None, len(literal)):
            cells = self._parse(text)
            if len(cells) == self.width:
                return Record(cells)
        return Record(literal)

    def _literal(self, text: str) -> list[str]:
        """Cut at each delimiter; only quotes around a whole cell are none of it."""
        quote = self.dialect.quote
        cells = text.split(self.dialect.delimiter)
        for i, cell in enumerate(cells):
            inner = cell[1:-1]
            if len(cell) > 1 and cell[0] == cell[-1] == quote:
                without = inner.replace(quote * 2, "")
                if quote not in without:
                    cells[i] = inner.replace(quote * 2, quote)
        return cells

    def _several_lines(self, first: str) -> list[str] | None:
        """Read a record of several lines; None if there is none, whose lines are read anew."""
        lines = [first + "\n"]
        # Each line that opens a quote may look far ahead in vain: were there many, it would take
        # for ever.
        may_look = self._reread <= REREAD_SHARE * self._read + 10 * MAX_ROW_LINES
        cells = None
        if may_look:
            try:
                cells = next(self._reader(self._following(lines), strict=True), None)
            except csv.Error:  # also at the end of what may be one record
                cells = None
        if cells is not None and len(lines) > 1 and self._is_one_row(cells, lines):
            return cells
        self._again.extendleft(reversed(lines[1:]))
        self._reread += len(lines) - 1
        return None

    def _following(self, lines: list[str]) -> Iterator[str]:
        yield lines[0]
        while len(lines) < MAX_ROW_LINES:
            if self._again:
                line = self._again.popleft()
            else:
                line = next(self._lines, "")
                self._read += 1
            if not line:
                return
            lines.append(line)
            yield line

    def _is_one_row(self, cells: list[str], lines: list[str]) -> bool:
        """Tell a cell of several lines from rows that a stray quote has swallowed."""
        if self.width is None:
            return True
        literal = [self._literal(line.rstrip("\r\n")) for line in lines]
        if len(cells) != self.width:
            return len(literal[0]) != self.width
        # Each line looks like a row of its own, also by its first cell, which may be an id.
        return any(len(row) != self.width for row in literal) or any(
            _shape(row[0]) != _shape(literal[0][0]) for row in literal
        )

    def _parse(self, text: str) -> list[str]:
        try:
            return next(self._reader(iter([text]), strict=False), [])
        except csv.Error:
            # A line end of another kind in the middle of a cell.
            text = text.replace("\r", " ")
            return next(self._reader(iter([text]), strict=False), [])

    def _reader(self, lines: Iterator[str], *, strict: bool) -> Iterator[list[str]]:
        # One for each record, so that a broken one leaves nothing behind.
        return csv.reader(
            lines,
            delimiter=self.dialect.delimiter,
            quotechar=self.dialect.quote,
            skipinitialspace=self.dialect.skips_spaces,
            strict=strict,
        )


def bounded_lines(file: TextIO) -> Iterator[str]:
    """Return the lines of a file; of one that never ends, pieces without a line end."""
    return iter(partial(file.readline, MAX_CELL_CHARS + 2), "")


def _shape(cell: str) -> str:
    """Write a cell with one sign for each number and each word.

    >>> _shape("A-17"), _shape("soft and warm")
    ('a-9', 'a a a')
    """
    return LETTERS.sub("a", DIGITS.sub("9", cell.strip()))
