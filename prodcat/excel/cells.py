"""What a cell of a spreadsheet holds, and which texts a spreadsheet program would compute."""

from prodcat.wording import ELLIPSIS

MAX_ROWS = 1_048_575
"""Of a sheet, below its line of headings."""
CELL_CHARS = 32_767
"""That a cell takes; a character beyond the 65,536 first ones of Unicode counts twice."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet program would take for a formula."""


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
