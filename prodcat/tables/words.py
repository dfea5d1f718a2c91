"""Plain words of a cell: ids, names, and the words that tables have for nothing."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from prodcat.errors import InputError

NULL_WORDS = frozenset(
    {"nan", "null", "none", "<na>", "n/a", "na", "#n/a", "\\n", "nil", "undefined", "(null)", "nat"}
    | {"#ref!", "#value!", "#name?"}
)
"""Words that databases, data frames and spreadsheets write for nothing, in lower case."""
TEXT_FORMULA = re.compile(r'="(.*)"')
ROUNDED = re.compile(r"\d(\.\d+)?E\+\d{2,}")


def is_null_word(text: str) -> bool:
    r"""Tell whether a cell holds nothing but a word for nothing.

    >>> [is_null_word(word) for word in ("NULL", " nan ", "\\N", "Nan bread")]
    [True, True, True, False]
    """
    return text.strip().casefold() in NULL_WORDS


def read_plain(value: Any) -> str:
    """Read a word, as it is written.

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


def read_id(value: Any) -> str:
    """Read an id.

    >>> read_id('="00123"'), read_id(bytes(15) + bytes([1]))
    ('00123', '00000000-0000-0000-0000-000000000001')
    """
    if isinstance(value, bytes):
        try:
            text = value.decode("utf-8").strip()
        except UnicodeDecodeError:
            text = ""
        if not text.isprintable() or not text:
            return str(UUID(bytes=value)) if len(value) == 16 else value.hex()
        return text
    text = read_plain(value)
    # So that Excel shows leading zeros, some exports make a formula of an id.
    written = TEXT_FORMULA.fullmatch(text)
    return written[1] if written else text


def is_rounded(text: str) -> bool:
    """Tell an id of which a spreadsheet has kept the first digits alone.

    >>> is_rounded("1.23457E+11"), is_rounded("123457")
    (True, False)
    """
    return ROUNDED.fullmatch(text.upper()) is not None


def read_text(value: Any) -> str:
    """Read a text; a list of texts is joined.

    Raises:
        InputError: If it is none, such as a dict.
    """
    if isinstance(value, list | tuple):
        return " ".join(filter(None, map(read_text, value)))
    if isinstance(value, Mapping):
        raise InputError("is no text")
    return read_plain(value)


PRICE = re.compile(r"[-+]?\d[\d.,'\s\u00a0\u202f]*")
CURRENCIES = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "zł": "PLN"}
"""Signs of one currency each; a dollar may be of many countries."""


def read_price(text: str) -> tuple[float | None, str]:
    """Read a price as shops write it, and its currency where the text tells.

    >>> read_price("9,90"), read_price("1,299.00"), read_price("$9.90"), read_price("9.90 EUR")
    ((9.9, ''), (1299.0, ''), (9.9, ''), (9.9, 'EUR'))
    >>> read_price("1.299,00 €"), read_price("on request"), read_price("inf")
    ((1299.0, 'EUR'), (None, ''), (None, ''))
    """
    found = PRICE.search(text)
    if found is None:
        return None, ""
    around = (text[: found.start()] + " " + text[found.end() :]).strip()
    number = re.sub(r"['\s\u00a0\u202f]", "", found[0]).rstrip(".,")
    # The last sign parts the cents, unless three digits follow it and it stands there again.
    last = max(number.rfind("."), number.rfind(","))
    if last >= 0:
        whole, rest = number[:last], number[last + 1 :]
        other = "," if number[last] == "." else "."
        thousands = len(rest) == 3 and (number.count(number[last]) > 1 or number[last] == ",")
        whole = whole.replace(other, "").replace(number[last], "")
        number = whole + rest if thousands and other not in number else f"{whole}.{rest}"
    word = around.split()[0] if around.split() else ""
    currency = CURRENCIES.get(word, word.upper() if re.fullmatch("[A-Za-z]{3}", word) else "")
    try:
        return float(number), currency
    except ValueError:
        return None, ""
