"""How far the cells of a workbook reach: its reader makes room for all cells in between."""

import io
import re
from pathlib import Path
from typing import IO, cast
from zipfile import BadZipFile, ZipFile

from prodcat.errors import TableError

MOST_CELLS = 25_000_000
"""Cells that are made room for, whatever is in them; about a gigabyte."""
LEAST_SHARE = 0.02
"""Of a larger sheet, at least so many of its cells must hold something."""
# A cell without an end tag of its own holds nothing, and is not made room for.
CELL = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*\s)?r="([A-Z]{1,3})(\d{1,7})"(?:[^>]*[^/>])?>')
TAG_OF_ODS = re.compile(rb"<(?:[\w.-]+:)?(?:covered-)?table-(row|cell)(?=[\s/>])([^>]*)>")
BLOCK = 1 << 20
SHEET_OF_XLSB = re.compile(r"sheet[^/]*\.bin$", re.IGNORECASE)
ROW_HEAD = 0
CELLS_OF_XLSB = range(2, 12)
"""Records of cells that hold something; a blank one, 1, is not made room for."""
MOST_RECORD_BYTES = 1 << 20
"""Of a cell, whose text has 32,767 characters at most."""
NO_SHEETS = ("sharedStrings.xml", "styles.xml")


def refuse_sparse(path: Path) -> None:
    """Refuse a workbook with a cell so far off that the space between would fill the memory.

    A blank that somebody typed into the last cell of a sheet makes 17 billion cells of it.

    Raises:
        TableError: If there is one, with its place.
    """
    try:
        with ZipFile(path) as archive:
            for name in archive.namelist():
                if SHEET_OF_XLSB.search(name):
                    _refuse_sparse_binary(archive, name, path)
                if name == "content.xml":
                    _refuse_repeated(archive, path)
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
    _refuse_extent(path, filled, rows, columns)


def _refuse_repeated(archive: ZipFile, path: Path) -> None:
    """Do the same for an .ods, in which a row or a cell may say that it stands there many times."""
    filled = row = width = column = repeated = 0
    rows, most_columns = (10**9, 0), 0
    rest = b""
    with archive.open("content.xml") as sheet:
        while block := sheet.read(BLOCK):
            block = rest + block
            end = block.rfind(b"<")
            rest = block[end:] if end >= 0 and len(block) - end < BLOCK else b""
            for tag in TAG_OF_ODS.finditer(block, 0, end if rest else len(block)):
                if tag[1] == b"row":
                    repeated = _repeated(tag[2], b"rows")
                    row, width, column = row + repeated, 0, 0
                    continue
                column += _repeated(tag[2], b"columns")
                if b"value-type" in tag[2]:
                    filled += 1
                    width = column
                    rows = min(rows[0], row - repeated), max(rows[1], row)
                    most_columns = max(most_columns, width)
    # Of a row that stands there a hundred times each is made, though it is written once.
    _refuse_extent(path, filled, (rows[0], max(0, rows[1] - 1)), (1, most_columns))


def _repeated(attributes: bytes, what: bytes) -> int:
    found = re.search(rb"number-" + what + rb"-repeated\s*=\s*[\"'](\d{1,9})", attributes)
    return int(found[1]) if found else 1


def _refuse_sparse_binary(archive: ZipFile, name: str, path: Path) -> None:
    """Do the same for a sheet of .xlsb, a list of records: each a kind, a length, and content.

    Cells of a row follow its head; see [MS-XLSB] 2.1.4 and 2.5.
    """
    filled, row = 0, 0
    rows, columns = (10**7, 0), (10**7, 0)
    with archive.open(name) as stream:
        sheet = io.BufferedReader(cast(io.RawIOBase, stream), BLOCK)
        while (kind := _record_number(sheet, 2)) is not None:
            length = _record_number(sheet, 4) or 0
            if length > MOST_RECORD_BYTES:
                raise TableError(f"{path} cannot be read: a record of it has {length:,} bytes.")
            content = sheet.read(length)
            if kind == ROW_HEAD and length >= 4:
                row = int.from_bytes(content[:4], "little")
            elif kind in CELLS_OF_XLSB and length >= 4:
                column = int.from_bytes(content[:4], "little")
                filled += 1
                rows = min(rows[0], row), max(rows[1], row)
                columns = min(columns[0], column), max(columns[1], column)
    _refuse_extent(path, filled, rows, columns)


def _record_number(sheet: IO[bytes], most: int) -> int | None:
    """Read a whole number of seven bits a byte; None at the end."""
    number = 0
    for place in range(most):
        if not (byte := sheet.read(1)):
            return None
        number |= (byte[0] & 0x7F) << (7 * place)
        if byte[0] < 0x80:
            break
    return number


def _refuse_extent(
    path: Path, filled: int, rows: tuple[int, int], columns: tuple[int, int]
) -> None:
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
