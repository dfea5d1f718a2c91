"""Workbooks: .xlsx, .xls, .xlsb and .ods, of which one sheet is the table."""

import datetime
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from prodcat.errors import TableError, one_line, require
from prodcat.tables.byte_source import MAX_RATIO, UNSUSPICIOUS_BYTES
from prodcat.tables.headers import MAX_PREAMBLE, clean_name, filled_width, find_header
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import RawRow
from prodcat.tables.workbook_extent import refuse_sparse

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What .xls begins with."""
MAX_UNPACKED_BYTES = 4 << 30
"""Of a workbook, which is held in memory."""
SAMPLE_ROWS = MAX_PREAMBLE + 30

Place = tuple[int, int]
"""Row and column."""


class WorkbookTable:
    """One sheet of a workbook; its cells are texts, whole numbers without a point.

    Args:
        path: Where it is.
        read_as: Which sheet, if not the first that holds a table; hidden ones come last.

    Raises:
        TableError: If no sheet holds a table, or none has the name.
    """

    has_own_fields = False
    inner_columns: frozenset[str] = frozenset()

    def __init__(self, path: Path, read_as: ReadAs) -> None:
        self.path, self.folder = path, path.parent
        refuse_bomb(path)
        refuse_sparse(path)
        with open_workbook(path) as workbook:
            names = list(workbook.sheet_names)
            if read_as.sheet is not None and read_as.sheet not in names:
                raise TableError(
                    f"{path} has no sheet {read_as.sheet!r}. It has: {', '.join(names)}."
                )
            wanted = names if read_as.sheet is None else [read_as.sheet]
            hidden = _hidden_sheets(workbook)
            read = {name: _rows(workbook, name) for name in wanted}
            sheets = {name: rows for name, (rows, _) in read.items() if rows}
        if not sheets:
            raise TableError(f"{path} has no sheet with rows. Sheets: {', '.join(names)}.")
        # A sheet of remarks is no table; but it is read where there is nothing else.
        tables = [name for name, rows in sheets.items() if _is_table(rows)] or list(sheets)
        # What is hidden, such as the choices of a cell, is not what was handed over.
        tables.sort(key=lambda name: name in hidden)
        self.sheet, rows = tables[0], sheets[tables[0]]
        self.place = find_header(rows[:SAMPLE_ROWS])
        header = rows[self.place.header]
        self.width = filled_width(header)
        self.columns = tuple(map(clean_name, header[: self.width]))
        self.row_count = len(rows) - self.place.data
        shown = (f"{name} (hidden)" if name in hidden else name for name in tables[1:])
        others = f"other sheets with tables: {', '.join(shown)}"
        self.notes: tuple[str, ...] = (
            f"sheet {self.sheet}",
            *([others] if len(tables) > 1 else []),
            *self.place.notes,
            *(["merged cells read for each of their rows"] if read[self.sheet][1] else []),
        )

    def count(self) -> int | None:
        """Number of rows; blank ones are none."""
        return self.row_count

    def all_cells(self) -> Iterator[list[str]]:
        """Yield the cells of all rows, those that were taken for column names too."""
        with open_workbook(self.path) as workbook:
            rows, _ = _rows(workbook, self.sheet)
        yield from rows

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows."""
        places = {name: self.columns.index(name) for name in columns if name in self.columns}
        with open_workbook(self.path) as workbook:
            rows, _ = _rows(workbook, self.sheet)
        for cells in islice(rows, self.place.data + start, None):
            values = {name: cells[place] for name, place in places.items()}
            told = None
            if filled_width(cells) > self.width:
                # Which cell is one too many is not known; what is there is shown all the same.
                told = f"{filled_width(cells)} cells under {self.width} column names"
            yield RawRow(values, error=told)


@contextmanager
def open_workbook(path: Path) -> Iterator[Any]:
    """Open a workbook.

    Raises:
        TableError: If it cannot be read, or only with a password.
    """
    calamine = require("python_calamine", extra="bulk")
    try:
        # Of a path, its suffix would count.
        with path.open("rb") as file, calamine.load_workbook(file) as workbook:
            yield workbook
    except calamine.PasswordError as error:
        raise TableError(f"{path} has a password; save a copy without one.") from error
    except calamine.CalamineError as error:
        raise TableError(f"{path} cannot be read as a workbook: {one_line(error)}.") from error


def refuse_bomb(path: Path) -> None:
    """Refuse a workbook that unpacks to far more than it could hold.

    Raises:
        TableError: If it does.
    """
    try:
        with ZipFile(path) as archive:
            unpacked_bytes = sum(info.file_size for info in archive.infolist())
    except BadZipFile:  # .xls is no archive
        return
    most = max(UNSUSPICIOUS_BYTES, min(MAX_UNPACKED_BYTES, MAX_RATIO * path.stat().st_size))
    if unpacked_bytes > most:
        raise TableError(f"{path} unpacks to {unpacked_bytes:,} bytes, and is not read.")


def _rows(workbook: Any, name: str) -> tuple[list[list[str]], bool]:
    """Return the rows of a sheet that are not blank, as texts, and whether merged cells count."""
    sheet = workbook.get_sheet_by_name(name)
    rows = sheet.to_python(skip_empty_area=True)
    texts = [[cell_text(cell) for cell in row] for row in rows]
    # Only of .xlsx and .xls it is known which cells are merged.
    merged = fill_merged(texts, sheet.merged_cell_ranges or (), sheet.start or (0, 0))
    return [row for row in texts if any(row)], merged


def fill_merged(rows: list[list[str]], ranges: Iterable[tuple[Place, Place]], start: Place) -> bool:
    """Write what a cell says that is merged over several rows into each of them.

    Args:
        rows: All rows of the sheet from *start* on; blank ones stay blank.
        ranges: First and last cell of each merged one, both as (row, column) from 0.
        start: Where the rows begin.

    Returns:
        Whether there was any.

    >>> rows = [["a", "Shoes"], ["b", ""], ["", ""]]
    >>> fill_merged(rows, [((0, 1), (2, 1))], (0, 0)), rows
    (True, [['a', 'Shoes'], ['b', 'Shoes'], ['', '']])
    """
    found = False
    # Ranges do not overlap, unless a file was made to keep us busy.
    left = sum(map(len, rows))
    for (first, column), (last, _) in ranges:
        top, place = first - start[0], column - start[1]
        if last <= first or not (0 <= top < len(rows) and 0 <= place < len(rows[top])):
            continue
        below = rows[top + 1 : last - start[0] + 1][: max(0, left)]
        left -= len(below)
        for row in below:
            if rows[top][place] and any(row) and not row[place]:
                row[place] = rows[top][place]
                found = True
    return found


def _hidden_sheets(workbook: Any) -> set[str]:
    return {sheet.name for sheet in workbook.sheets_metadata if "Hidden" in str(sheet.visible)}


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    place = find_header(rows[:SAMPLE_ROWS])
    return len(rows) > place.data and filled_width(rows[place.header]) > 1


def cell_text(cell: Any) -> str:
    """Write a cell as a person reads it in the sheet.

    >>> [cell_text(cell) for cell in (7.0, 19.990000000000002, True, datetime.date(2026, 5, 1))]
    ['7', '19.99', 'TRUE', '2026-05-01']
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        # A sheet shows 15 digits; ids have no point, nor an exponent.
        return str(int(cell)) if cell.is_integer() else f"{cell:.15g}"
    return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else str(cell)
