"""Numbers, times and texts as people read them."""

import re
from itertools import pairwise
from typing import Any

TEXT_LENGTH = 200
# Control characters, those that turn the direction of text around, and halves of a pair.
UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
ABSENT = "–"
ELLIPSIS = "…"


def clean(text: str, length: int = TEXT_LENGTH) -> str:
    r"""Cut a text, and put spaces for what cannot be shown.

    >>> clean("Blue\x00 jeans\u202e")
    'Blue  jeans '
    """
    return UNSHOWABLE.sub(" ", text[:length])


def escaped(text: str) -> str:
    r"""Write a text for a terminal: what would move its cursor or colour it becomes visible.

    Line ends stay. A file's names and cells are strangers', and a terminal obeys what it shows.

    >>> print(escaped("Blue\x1b[31m jeans\u202e"))
    Blue\x1b[31m jeans\u202e
    """
    return UNSHOWABLE.sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    return character if character == "\n" else character.encode("unicode_escape").decode()


def encodable(text: str) -> str:
    r"""Write a question mark for half of a surrogate pair, which no file takes.

    >>> encodable("half \ud800")
    'half ?'
    """
    return text.encode(errors="replace").decode()


def percent(value: float | None, *, digits: int = 1, signed: bool = False) -> str:
    """Write a share as per cent.

    >>> percent(0.9612), percent(None), percent(-0.004, signed=True), percent(1.0, digits=0)
    ('96.1 %', '–', '−0.4 %', '100 %')
    """
    if value is None:
        return ABSENT
    return f"{number(100 * value, digits=digits, signed=signed)} %"


def number(value: float | None, *, digits: int = 1, signed: bool = False) -> str:
    """Write a number with a true minus and never as minus zero.

    >>> number(-0.04), number(-1234.56), number(0.26, signed=True)
    ('0.0', '−1,234.6', '+0.3')
    """
    if value is None:
        return ABSENT
    rounded = round(value, digits) + 0.0
    return f"{rounded:{'+' if signed and rounded else ''},.{digits}f}".replace("-", "−")


def p_value(p: float) -> str:
    """Write a p value.

    >>> p_value(0.0312), p_value(0.00001)
    ('0.031', '< 0.001')
    """
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def duration(seconds: float | None) -> str:
    """Write a time as a person would say it.

    >>> duration(4145.7), duration(95), duration(12.3), duration(None)
    ('1 h 9 min', '1 min 35 s', '12 s', '–')
    """
    if seconds is None:
        return ABSENT
    whole = round(seconds)
    if whole >= 3600:
        return f"{whole // 3600:,} h {whole % 3600 // 60} min"
    return f"{whole // 60} min {whole % 60} s" if whole >= 60 else f"{whole} s"


def in_two_units(seconds: float) -> str:
    """Write a time, which may be days, in the largest unit that it fills and the next one.

    >>> in_two_units(5), in_two_units(3725), in_two_units(200000)
    ('5 s', '1 h 2 min', '2 d 7 h')
    """
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    whole = int(seconds)
    for (unit, length), (next_unit, next_length) in pairwise((*units, ("", 1))):
        if whole >= length:
            more = whole % length // next_length
            return f"{whole // length} {unit}" + (f" {more} {next_unit}" if more else "")
    return "0 s"


def size(count: float | None) -> str:
    """Write a number of bytes.

    >>> size(33_612_345), size(512), size(None)
    ('33.6 MB', '512 bytes', '–')
    """
    if count is None:
        return ABSENT
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count:.0f} bytes"


def shorten(text: str, length: int) -> str:
    """Cut a text to at most that many characters.

    >>> shorten("Running Shoes", 8), shorten("Boots", 8)
    ('Running…', 'Boots')
    """
    return text if len(text) <= length else text[: length - 1].rstrip() + ELLIPSIS


def shown(value: Any) -> str:
    """Write a value for people.

    >>> shown(None), shown(1234567), shown(0.97500001)
    ('–', '1,234,567', '0.975')
    """
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
