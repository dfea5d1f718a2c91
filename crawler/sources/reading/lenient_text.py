"""Texts in quotes, as the lenient reader of JSON takes them."""

import re

NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
# Up to the next quote that no backslash stands before.
QUOTED = {q: re.compile(rf"[^{q}\\]*+(?:\\.[^{q}\\]*+)*+{q}", re.DOTALL) for q in "\"'"}
MAX_INNER_QUOTES = 20_000
"""Of one text. One that has more has no end."""
CLOSED = re.compile(
    r"[\s\ufeff\u200b]*+(?:[,:}\]]|\Z|//|/\*|<!--|"
    # Where a comma or a bracket was forgotten, the next key or object follows.
    r"\{[\"'}]|[\"'][^\"'\n]{1,60}[\"']\s{0,9}:)"
)
ESCAPES = {
    '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t",
    "v": "\v", "\n": "", "\r": "",
}  # fmt: skip
CODE = re.compile(r"u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|u\{([0-9a-fA-F]{1,5})\}")
LOW_HALF = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}"
    r"|x[0-9a-fA-F]{2}|u\{[0-9a-fA-F]{1,5}\}|.)",
    re.DOTALL,
)


def read_quoted(text: str, place: int) -> tuple[str | None, int]:
    r"""Read a text from behind its opening quote.

    A quote within it that nothing follows as it would follow a text is a part of the text.

    Returns:
        The text, None if it has no end; and the place behind its closing quote.

    >>> read_quoted(r'"27" screen, Men\'s\x21", 1', 1)
    ('27" screen, Men\'s!', 24)
    >>> read_quoted('"a', 1)
    (None, 2)
    """
    quote, start = text[place - 1], place
    find = QUOTED[quote]
    for _ in range(MAX_INNER_QUOTES):
        found = find.match(text, place)
        if found is None:
            break
        place = found.end()
        if CLOSED.match(text, place):
            return unescape(text[start : place - 1]), place
    return None, len(text)


def unescape(text: str) -> str:
    r"""Replace all that backslashes mean.

    >>> unescape(r"Men\'s \ud83d\ude00")
    "Men's 😀"
    """
    return ESCAPE.sub(_meaning, text) if "\\" in text else text


def _meaning(escape: re.Match[str]) -> str:
    written = escape[0]
    # Mostly one letter, whose meaning is looked up at once.
    return ESCAPES.get(written[1:]) or read_escape(written, 1)[0]


def read_escape(text: str, place: int) -> tuple[str, int]:
    r"""Read what follows a backslash; what means nothing stands for itself.

    >>> read_escape(r"\u00e9", 1), read_escape(r"\'", 1), read_escape(r"\d", 1)
    (('é', 6), ("'", 2), ('\\d', 2))
    """
    if code := CODE.match(text, place):
        number = int(code[1] or code[2] or code[3], 16)
        place = code.end()
        if 0xD800 <= number < 0xDC00 and (low := LOW_HALF.match(text, place)):
            number = 0x10000 + ((number - 0xD800) << 10) + (int(low[1], 16) - 0xDC00)
            place = low.end()
        return chr(number) if number < 0x110000 else "\ufffd", place
    character = text[place : place + 1]
    if character in ESCAPES:
        return ESCAPES[character], place + 1
    return ("\\" + character if character.isalnum() else character), place + 1
