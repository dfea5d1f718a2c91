"""Text with bytes that are none in its encoding: mended where that is safe, else left out."""

import re
from collections.abc import Sequence
from typing import Any

from prodcat.tables.encodings import LOST, MISREAD_LETTERS, UNDEFINED_1252

BROKEN = re.compile("[\udc80-\udcff]")
"""What bytes that are no text become as they are read."""
MENDED = "text that is not UTF-8, read as Windows-1252"
MISREAD = "text that was once read in a wrong encoding, mended"
LOST_BEFORE = "text in which a letter was lost before"


def mend(cells: Sequence[str], label: str = "UTF-8") -> tuple[list[str], list[str]]:
    """Return the cells of a row that are text, and what was wrong with others.

    A row of a UTF-8 file in which no letter beyond ASCII is UTF-8 is one in Windows-1252, as
    where two files were put together. In other rows a broken cell is left out: half a text may
    say something else.
    """
    problems = [LOST_BEFORE] if any(LOST in cell for cell in cells) else []
    reread = [unmisread(cell) for cell in cells]
    if reread != list(cells):
        cells, problems = reread, [*problems, MISREAD]
    if not any(BROKEN.search(cell) for cell in cells):
        return list(cells), problems
    if label == "UTF-8":
        letters = [c for cell in cells for c in cell if not c.isascii() and not BROKEN.match(c)]
        raw = [cell.encode("utf-8", "surrogateescape") for cell in cells]
        if not letters and not any(byte in UNDEFINED_1252 for cell in raw for byte in cell):
            return [cell.decode("cp1252") for cell in raw], [MENDED, *problems]
    whole = ["" if BROKEN.search(cell) else cell for cell in cells]
    return whole, [f"text that is not {label}", *problems]


def unmisread(text: str) -> str:
    """Return a text as it was before its UTF-8 was taken for Windows-1252; others as they are.

    Only a text that is UTF-8 from end to end in that encoding is taken for one.

    >>> unmisread("GrÃ¶ÃŸe 38 â€“ neu"), unmisread("CafÃ©, Größe"), unmisread("MAÇÃ")
    ('Größe 38 – neu', 'CafÃ©, Größe', 'MAÇÃ')
    """
    if text.isascii() or not MISREAD_LETTERS.search(text):
        return text
    try:
        raw = b"".join(
            # Five bytes mean nothing in Windows-1252, and come through as they are.
            bytes([ord(c)]) if c < "\xa0" and ord(c) in UNDEFINED_1252 else c.encode("cp1252")
            for c in text
        )
        return raw.decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return text


def without_broken(value: Any) -> Any:
    r"""Return a value of JSON without the texts that are broken.

    >>> without_broken({"a": ["b\udc80", "c"]})
    {'a': [None, 'c']}
    """
    if isinstance(value, str):
        return None if BROKEN.search(value) else value
    if isinstance(value, list):
        return [without_broken(inner) for inner in value]
    if isinstance(value, dict):
        return {key: without_broken(inner) for key, inner in value.items()}
    return value
