"""Cells of the input as files of text can hold them: texts, numbers, or JSON."""

import json
import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

LETTERS_CHARS = 1000
"""Of a picture that is written in letters, at least; a shorter text is a path."""
LETTERS = r"^[A-Za-z0-9+/_=\s-]+$"
"""What base64 consists of. A path that long has a suffix, and addresses have colons."""
PATH_FIELDS = ("path", "src", "url", "href")
"""Of an object that is a picture."""
MAX_DEPTH = 50
"""Of lists within lists."""
MAX_HEX_BYTES = 64
"""Of bytes that are no text, such as an id or a hash; more of them are left out."""


def picture_cell(value: Any) -> Any:
    r"""Return a picture's path or address; None for its bytes.

    >>> picture_cell("1.jpg"), picture_cell(b"\xff"), picture_cell({"bytes": b"", "path": "2.jpg"})
    ('1.jpg', None, '2.jpg')
    """
    if isinstance(value, dict):
        value = next((value[key] for key in PATH_FIELDS if value.get(key)), None)
    if isinstance(value, list | tuple):
        paths = [picture_cell(each) for each in value]
        return [path for path in paths if isinstance(path, str)] or None
    if isinstance(value, str):
        in_letters = len(value) > LETTERS_CHARS and re.match(LETTERS, value)
        return None if in_letters or value.startswith("data:") else whole_text(value)
    return None


def whole_text(value: Any, depth: int = 0) -> Any:
    """Replace halves of surrogate pairs, which JSON can hold and no file takes.

    Raises:
        RecursionError: If it is lists within lists without end.
    """
    if depth > MAX_DEPTH:
        raise RecursionError
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode("utf-8", "replace").decode()
        return value
    if isinstance(value, list):
        return [whole_text(each, depth + 1) for each in value]
    if isinstance(value, dict):
        return {whole_text(key): whole_text(each, depth + 1) for key, each in value.items()}
    return value


def flat_value(value: Any) -> str | int | float | bool | None:
    """Return a cell as a text, a number, or nothing; lists and objects become JSON.

    >>> flat_value({"a": [1, None]}), flat_value(2.5), flat_value(float("nan")), flat_value(b"ab")
    ('{"a": [1, null]}', 2.5, None, 'ab')
    """
    plain = json_value(value)
    return json_text(plain) if isinstance(plain, list | dict) else plain


def json_text(value: Any) -> str:
    """Write a value from `json_value` as JSON."""
    return json.dumps(value, ensure_ascii=False)


def json_value(value: Any) -> Any:
    """Return a cell as JSON has it; what is not of its kinds becomes a text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): json_value(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    if isinstance(value, bytes):
        return bytes_text(value)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    return str(value)


def bytes_text(value: bytes) -> str | None:
    r"""Return bytes as the text that they are, or in hexadecimal digits; None for many bytes.

    >>> bytes_text(b"A-1"), bytes_text(b"\xff\x00"), bytes_text(bytes([255]) * 65)
    ('A-1', 'ff00', None)
    """
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.hex() if len(value) <= MAX_HEX_BYTES else None
