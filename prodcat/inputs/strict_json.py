"""JSON of strangers, such as in a model's folder: bounded, of plain values, or refused in one line.

Python's own reader takes more than JSON has: NaN, infinities, halves of surrogate pairs, numbers
of any size. Each of them would fail later, somewhere else.
"""

import json
import re
from pathlib import Path
from typing import Any, NoReturn

from prodcat.errors import ModelError, one_line

MAX_JSON_BYTES = 64 << 20
"""Of one file; the largest of a real model, a tokenizer of 250,000 word pieces, has 17 MB."""
MAX_DIGITS = 400
"""Of a number; that many does a double have before its point."""
HALF_PAIR = re.compile(rb"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
"""How half of a surrogate pair is written; whether its other half is there is seen later."""


def parse_json_object(content: bytes, file: Path, *, check_numbers: bool = True) -> dict[str, Any]:
    """Read a JSON object, or say in one line why it is none.

    Args:
        content: Of the file.
        file: What to call it in a message.
        check_numbers: Refuse numbers that JSON has, but Python and files of ours do not; not
            worth its time where another reader does it.

    Raises:
        ModelError: If it is none, or too large, or too deep, or has what JSON does not have.
    """
    if len(content) > MAX_JSON_BYTES:
        raise ModelError(
            f"{file} has {len(content):,} bytes; at most {MAX_JSON_BYTES:,} are read of JSON."
        )
    try:
        checks: dict[str, Any] = {"parse_constant": _refuse}
        if check_numbers:
            checks |= {"parse_int": _whole_number, "parse_float": _number}
        data = json.loads(content, **checks)
        if HALF_PAIR.search(content):
            # Written as escapes, halves pass the reader; no file and no terminal takes them.
            json.dumps(data, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise ModelError(f"{file} is not JSON: it has half of a surrogate pair.") from error
    except RecursionError as error:  # brackets within brackets by the thousand
        raise ModelError(f"{file} is not JSON that is read: it is nested too deep.") from error
    except ValueError as error:  # includes text that is not UTF-8
        raise ModelError(f"{file} is not JSON: {one_line(error, 200)}.") from error
    if not isinstance(data, dict):
        raise ModelError(f"{file} holds {type(data).__name__}, but a JSON object is expected.")
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"it has {constant}, which JSON does not have")


def _whole_number(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError(f"it has a number of {len(text):,} digits")
    return int(text)


def _number(text: str) -> float:
    number = float(text) if len(text) <= MAX_DIGITS else float("inf")
    if number in (float("inf"), float("-inf")):
        raise ValueError(f"it has the number {text[:20]}, which is too large")
    return number
