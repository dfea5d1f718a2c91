"""What a cell of a table means: a word, a text, a category, a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prodcat.errors import InputError
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import SEPARATOR, CategoryPath, split_path


def read_plain(value: Any) -> str:
    """Read an id or a word.

    >>> read_plain(" A1 "), read_plain(7.0), read_plain(None), read_plain(float("nan"))
    ('A1', '7', '', '')
    """
    if value is None or value != value:
        return ""
    # A column of whole numbers with a gap in it comes as floats from pandas.
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    # JSON can hold half of a surrogate pair, which no database takes.
    return str(value).strip().encode("utf-8", "replace").decode()


def read_text(value: Any) -> str:
    """Read a text; a list of texts is joined.

    Raises:
        InputError: If it is none, such as a dict.
    """
    if isinstance(value, list | tuple):
        return " ".join(filter(None, map(read_text, value)))
    if isinstance(value, dict):
        raise InputError("is no text")
    return read_plain(value)


def read_category(cells: Sequence[Any], separator: str) -> CategoryPath:
    r"""Read the levels of a category; empty ones are skipped.

    Args:
        cells: One path as text or as a list of levels, or one level per cell.
        separator: Between the levels of a text. The default one also splits ``A>B``, and
            leaves ``\>`` alone.

    >>> read_category(["Women > Shoes"], " > "), read_category(["Men", "", "Hats"], " > ")
    (('Women', 'Shoes'), ('Men', 'Hats'))
    >>> read_category([["Home", None, "Beds"]], " > ")
    ('Home', 'Beds')
    """
    levels: list[Any] = []
    for cell in cells:
        if isinstance(cell, list | tuple):
            levels += cell
        elif len(cells) > 1 or not isinstance(cell, str):
            levels.append(cell)
        else:
            levels += split_path(cell) if separator == SEPARATOR else cell.split(separator)
    return tuple(filter(None, (clean_text(read_text(level)) for level in levels)))


def read_image(value: Any, root: Path | None) -> bytes | Path | None:
    """Read a picture's bytes or path.

    Args:
        value: Bytes, a path relative to *root*, or a dict with ``bytes`` and ``path`` as
            Hugging Face data sets have.
        root: Resolved folder that the path may not leave; None where there is none.

    Raises:
        InputError: If it is neither, or leads out of the folder.
    """
    if isinstance(value, dict):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value
    # A float is let through for NaN, which data frames have where there is nothing.
    if value is not None and not isinstance(value, str | float):
        raise InputError(f"picture is neither bytes nor a path but {type(value).__name__}")
    text = read_plain(value)
    if not text:
        return None
    if text.lower().startswith(("http://", "https://")):
        raise InputError("picture is a web address; only files are read")
    if root is None:
        raise InputError("picture is a path, and no image folder is named to read it from")
    try:
        # Resolved, so that neither .. nor a symbolic link leads out of the folder unseen.
        path = (root / text).resolve()
    except (OSError, ValueError, RuntimeError):  # NUL bytes, names too long, symlinks in a ring
        raise InputError("picture has an impossible path") from None
    if not path.is_relative_to(root):
        raise InputError("picture lies outside the image folder")
    return path
