"""Name and description: from whatever a table holds to the tokens that an encoder reads."""

import html
import re
import unicodedata
from decimal import Decimal
from html.entities import html5

import numpy as np

from prodcat.errors import InputError

# Controls, soft hyphen, zero-width, bidirectional and tag characters, lone surrogates,
# non-characters. White space among the controls is left for folding.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]+"
)
# Without its semicolon an entity counts only where no word is cut: not the &not of pen&notebook.
ENTITY = re.compile(
    r"&(?:(#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
    r"|(amp|gt|lt|nbsp|quot)(?![A-Za-z0-9;]))"
)
# A tag, one that the end of the text cuts off, the beginning of a comment, a declaration.
# No part of it looks beyond the next "<", so that no text takes quadratic time.
MARKUP = re.compile(
    r"<(?: (?=/?[A-Za-z0-9]++>))?(/?)([A-Za-z][A-Za-z0-9:]*+)(?:"
    r"(?=[\s/>])(?:[^<>=]++|=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')|=)*+>"
    r"|(?:\s++[\w:-]++\s*+=[^<>]*+|[\s/]*+)\Z)"
    r"|</?\s*\Z|<!--|<!\[CDATA\[|\]\]>|<(?:!(?:[A-Za-z]|\[(?:if|endif))|\?[A-Za-z])[^<>]*+>"
)
INLINE_NAMES = """
    a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd mark q rb rp rt ruby s
    samp small span strike strong sub sup time tt u var wbr
"""
PARTING_NAMES = """
    address applet area article aside audio base blockquote body br button canvas caption center
    col colgroup datalist dd details dialog dir div dl dt embed fieldset figcaption figure footer
    form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe img input label legend
    li link main map menu meta meter nav nobr noscript object ol optgroup option output p param
    path picture pre progress script section select slot source style summary svg table tbody td
    template textarea tfoot th thead title tr track ul video xml
"""
INLINE = frozenset(INLINE_NAMES.split())
TAGS = INLINE | frozenset(PARTING_NAMES.split())
OFFICE = ("o:", "v:", "w:", "m:", "st1:")
HIDDEN = ("script", "style")
CLOSED = {
    "": re.compile("-->"),
    "script": re.compile("</script[^<>]*>", re.IGNORECASE | re.ASCII),
    "style": re.compile("</style[^<>]*>", re.IGNORECASE | re.ASCII),
}
MARKS = re.compile(r"[<&]|\]\]>")
FOLDED = re.compile(r"[<&]|\]\]>|  ")
MAX_PASSES = 4


def clean_text(value: object, *, max_chars: int = 20_000) -> str:
    """Return plain text of one line, whatever a table held.

    Tags, entities, control and invisible characters go, white space is folded.
    Cleaning what was cleaned changes nothing, so a text escaped twice
    (``&amp;lt;b&amp;gt;``) is unescaped twice.

    Args:
        value: Text, bytes of UTF-8, a number, or what data frames hold for nothing.
        max_chars: Characters to read; what follows is dropped unseen.

    Returns:
        The text; empty for None, NaN, ``pandas.NA`` and the like.

    Raises:
        InputError: If it is none of these, such as a list.

    >>> clean_text("<p>Women&#39;s <b>jeans</b></p><p>size < 40</p>")
    "Women's jeans size < 40"
    >>> clean_text(float("nan"))
    ''
    """
    if type(value) is str:
        if len(value) <= max_chars and is_clean(value):
            return value.strip(" ")
        return clean_str(value, max_chars)
    return clean_str(to_str(value, max_chars), max_chars)


def clean_or_absent(value: object) -> str:
    """Return plain text as `clean_text` does, or nothing for a text that says nothing.

    This is how training and use read a name or a description; whatever reads one for a
    model reads it so, or a product is learnt otherwise than it is answered.

    >>> clean_or_absent("<b>Jeans</b>"), clean_or_absent(" - ")
    ('Jeans', '')
    """
    text = clean_text(value)
    return text if says_something(text) else ""


def says_something(text: str) -> bool:
    """Tell whether a text has a letter or a digit, of whatever script.

    >>> says_something("%%%% !"), says_something("501"), says_something("джинсы")
    (False, True, True)
    """
    return any(map(str.isalnum, text))


def is_clean(text: str) -> bool:
    """Say whether only the ends can need cleaning, as with nearly every name."""
    return text.isascii() and text.isprintable() and not FOLDED.search(text)


def to_str(value: object, max_chars: int) -> str:
    """Turn a cell of a table into text, not yet clean."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None:
        return ""
    if isinstance(value, str):
        return str.__str__(value)  # numpy.str_ and text enums, without their own __str__
    if isinstance(value, bytes | bytearray):
        return value[: 4 * max_chars].decode("utf-8", errors="replace")
    if isinstance(value, int | float | Decimal | np.floating):
        try:
            return "" if value != value else str(value)
        except (ValueError, ArithmeticError):
            return ""  # an int of thousands of digits, a signalling NaN
    kind = type(value)
    if kind.__module__.startswith("pandas.") and kind.__name__ in ("NAType", "NaTType"):
        return ""
    raise InputError(f"A name or description must be text, not {kind.__name__}.")


def clean_str(text: str, max_chars: int) -> str:
    """Clean until nothing changes."""
    for _ in range(MAX_PASSES):
        before = text
        text = unicodedata.normalize("NFC", INVISIBLE.sub("", text[:max_chars]))[:max_chars]
        if not MARKS.search(text):
            return " ".join(text.split())
        text = " ".join(strip_tags(ENTITY.sub(unescape, text)).split())
        if text == before:
            return text
    # Only markup that was nested or escaped over and over, as an attack, comes here.
    text = INVISIBLE.sub("", MARKS.sub(" ", text[:max_chars]))
    text = unicodedata.normalize("NFC", text)[:max_chars]
    return " ".join(text.split())


def unescape(match: re.Match[str]) -> str:
    """Return the character that an entity stands for; an unknown one as it is."""
    name = match[1] or match[2]
    if name.startswith("#"):
        return html.unescape(match[0])
    return html5.get(f"{name};", match[0])


def strip_tags(text: str) -> str:
    """Drop what is HTML; keep what merely has angle brackets, such as ``<3`` or ``<new>``.

    The standard library's parser is not used, since what it takes for a tag
    differs between patch releases of Python: a model would then read the same
    text otherwise than it did in training.
    """
    pieces: list[str] = []
    end = 0
    while match := MARKUP.search(text, end):
        pieces.append(text[end : match.start()])
        end = match.end()
        name = (match[2] or "").lower()
        if match[0] == "<!--" or (name in HIDDEN and not match[1]):
            closed = CLOSED[name].search(text, match.start() + 2)
            if closed is None:  # a browser shows nothing of the rest either
                return "".join(pieces)
            end = closed.end()
            pieces.append(" ")
        elif name and not is_tag(name, match[0]):
            end = match.start() + 1
            pieces.append("<")
        else:
            pieces.append("" if name in INLINE else " ")
    return "".join(pieces) + text[end:]


def is_tag(name: str, written: str) -> bool:
    """Tell a tag from words between angle brackets, such as ``<new>`` or ``<s and >``."""
    if len(name) == 1 and "=" not in written and " " in written.strip("</> "):
        return False
    return name in TAGS or name.startswith(OFFICE)
