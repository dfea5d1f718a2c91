"""What a cell of a spreadsheet holds, and which texts a spreadsheet program would compute."""

import re

from prodcat.wording import ELLIPSIS

MAX_ROWS = 1_048_575
"""Of a sheet, below its line of headings."""
CELL_CHARS = 32_767
"""That a cell takes; a character beyond the 65,536 first ones of Unicode counts twice."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet program would take for a formula."""
BEFORE_FORMULA = re.compile(r"(^|[;|\t\r\n])(?=[\s\"']*[=+\-@])|^(?=[\t\r])")
"""Where a cell may begin: a program that separates cells by ``;`` cuts within ours, whatever the
quotes around it."""
GUARD = re.compile(r"(^|[;|\t\r\n])'(?=[\s\"']*[=+\-@])|^'(?=[\t\r])")


def cut_text(text: str) -> str:
    """Return as much of a text as a cell takes; the same text where it takes all of it."""
    if 2 * len(text) <= CELL_CHARS or utf16_length(text) <= CELL_CHARS:
        return text
    units = text.encode("utf-16-le")[: 2 * (CELL_CHARS - 1)]
    # A pair that the cut went through goes as a whole.
    return units.decode("utf-16-le", "ignore") + ELLIPSIS


def utf16_length(text: str) -> int:
    """Return the length of a text as Excel counts it."""
    return len(text) + sum(character > "\uffff" for character in text)


def guarded(text: str) -> str:
    """Put a ``'`` wherever a spreadsheet program would begin a formula, however it cuts cells.

    >>> guarded("=1+1"), guarded("Boots;=1+1"), guarded("Boots - red; 38")
    ("'=1+1", "Boots;'=1+1", 'Boots - red; 38')
    """
    return BEFORE_FORMULA.sub(r"\g<0>'", text)


def unguarded(text: str) -> str:
    """Return a text as it was before `guarded`.

    >>> unguarded("Boots;'=1+1"), unguarded("'tis")
    ('Boots;=1+1', "'tis")
    """
    return GUARD.sub(lambda match: match[1] or "", text)
