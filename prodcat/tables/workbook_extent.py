"""How far the cells of a workbook reach: its reader makes room for all cells in between."""

import re
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from prodcat.errors import TableError

MOST_CELLS = 25_000_000
"""Cells that are made room for, whatever is in them; about a gigabyte."""
LEAST_SHARE = 0.02
"""Of a larger sheet, at least so many of its cells must hold something."""
# A cell without an end tag of its own holds nothing, and is not made room for.
CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*\s)?r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*[^/>])?>')
BLOCK = 1 << 20
NO_SHEETS = ("sharedStrings.xml", "styles.xml")


def refuse_sparse(path: Path) -> None:
    """Refuse an .xlsx with a cell so far off that the space between would fill the memory.

    A blank that somebody typed into the last cell of a sheet makes 17 billion cells of it.

    Raises:
        TableError: If there is one, with its place.
    """
    try:
        with ZipFile(path) as archive:
            names = [n for n in archive.namelist() if n.endswith(".xml")]
            for name in names:
                if not name.endswith(NO_SHEETS):
                    _refuse_sparse_sheet(archive, name, path)
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError):
        return  # no archive, or none that can be read: its reader says what is wrong


def _refuse_sparse_sheet(archive: ZipFile, name: str, path: Path) -> None:
    filled = 0
    rows = (10**7, 0)
    columns = (10**7, 0)
    rest = b""
    with archive.open(name) as sheet:
        while block := sheet.read(BLOCK):
            block = rest + block
            # A tag may go on in the next block; one of that length is none.
            end = block.rfind(b"<")
            rest = block[end:] if end >= 0 and len(block) - end < BLOCK else b""
            cells = CELL.findall(block, 0, end if rest else len(block))
            if not cells:
                continue
            filled += len(cells)
            numbers = [int(row) for _, row in cells]
            places = [column_number(letters) for letters in {letters for letters, _ in cells}]
            rows = min(rows[0], *numbers), max(rows[1], *numbers)
            columns = min(columns[0], *places), max(columns[1], *places)
    height, width = rows[1] - rows[0] + 1, columns[1] - columns[0] + 1
    if filled and height * width > MOST_CELLS and filled < LEAST_SHARE * height * width:
        raise TableError(
            f"A sheet of {path} reaches over {height:,} rows and {width:,} columns, of which"
            f" {filled:,} cells hold anything. Delete what stands far from the table, perhaps a"
            " blank in the last row or column, or save the table as .csv."
        )


def column_number(letters: bytes) -> int:
    """Return the number of a column, the first being 1.

    >>> column_number(b"A"), column_number(b"AB"), column_number(b"XFD")
    (1, 28, 16384)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
