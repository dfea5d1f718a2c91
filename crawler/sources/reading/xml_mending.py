"""XML as shops write it, made well-formed where that is safe; well-formed XML stays as it is.

Before the document there may be marks, blank lines, comments or what a script had to complain of.
In it there may be ampersands that are only ampersands, HTML's entities, control characters and
``<`` that begins no tag. All of it is gone through once, so that time grows with the length.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from html.entities import html5
from xml.parsers import expat

EDGE_CHARS = 64 * 1024
"""Within which a document begins, whatever stands before it."""
MAX_TAG_CHARS = 64 * 1024
LOOKAHEAD = len("<![CDATA[")
NAME_CHARS = 40
"""No entity has a longer name."""
BEGINNING = re.compile(
    r"<\?xml\s|<(?:[\w.-]{1,40}:)?(?:rss|feed|rdf|urlset|sitemapindex|products|channel)[\s/>]",
    re.IGNORECASE,
)
DECLARATION = re.compile(r"<\?xml\s[^>]{0,500}\?>")
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
AMPERSAND = re.compile(
    r"&(?:(?P<known>amp|lt|gt|quot|apos)|#(?P<number>[0-9]{1,9}|[xX][0-9A-Fa-f]{1,8})"
    rf"|(?P<name>[A-Za-z][A-Za-z0-9]{{0,{NAME_CHARS}}}));|&|<|\]\]>"
)
CLOSED_BY = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
"""What is closed by a mark of its own, and is left as it is."""
MARKUP = re.compile(
    r"(?P<tag></?[^\W\d][^\s\"'<>=/]*+(?:[^\"'<>]++|\"[^\"<]*+\"|'[^'<]*+')*+>)"
    rf"|(?P<mark>{'|'.join(map(re.escape, CLOSED_BY))})|<(?:/?[^\W\d]|[!?:]|/:)"
)
ESCAPES = {"&": "&amp;", "<": "&lt;", "]]>": "]]&gt;"}
SUSPECT = re.compile(
    rb"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,5}|#x[0-9A-Fa-f]{1,4});)|&#(?:[0-9]|x0?[0-9A-Fa-f]);|"
    rb"&#(?:[12][0-9]|3[01]|x1[0-9A-Fa-f]|5[5-7][0-9]{3}|6553[45]|x[dD][89a-fA-F]|x[fF]{3}[eE]);"
    rb"|[\x00-\x08\x0b\x0c\x0e-\x1f]|\xed[\xa0-\xbf]|\xef\xbf[\xbe\xbf]|\]\]>|<(?![A-Za-z/!?_:\x80-\xff])"
    rb"|version=[\"']1\.[1-9]"
)
"""What well-formed XML has nowhere, or only where it does no harm."""
SUSPECT_BYTES = NAME_CHARS
"""So much of a text's end may be the beginning of something suspect."""


def begins_late(beginning: str) -> int:
    """Return where a document begins that something stands before; 0 where it is the first.

    >>> begins_late("<br />Notice: x<?xml version='1.0'?><rss/>"), begins_late("<!-- a --><rss/>")
    (15, 0)
    """
    for match in BEGINNING.finditer(beginning, 0, EDGE_CHARS):
        # Within the first element, such as in a CDATA section, it begins nothing.
        if match.start() and _fails_before(beginning, match.end()):
            return match.start()
        if not match.start():
            return 0
    return 0


def _fails_before(text: str, end: int) -> bool:
    parser = expat.ParserCreate("utf-8")
    parser.EntityDeclHandler = _refuse
    with suppress(UnicodeEncodeError, ValueError):
        try:
            parser.Parse(text[:end].encode("utf-8", "replace"), False)
        except expat.ExpatError:
            return True
    return False


def _refuse(*_: object) -> int:
    raise ValueError("it declares entities")


def mend(blocks: Iterable[str]) -> Iterator[str]:
    r"""Yield a document block by block, mended.

    >>> "".join(mend(["notice\n<?xml version='1.0'?><a b='1&2'>Salt & pep", "per&nbsp;&lt;</a>"]))
    "<?xml version='1.0'?><a b='1&amp;2'>Salt &amp; pepper\xa0&lt;</a>"
    """
    blocks = iter(blocks)
    beginning = ""
    for block in blocks:
        beginning += block
        if len(beginning) >= EDGE_CHARS:
            break
    beginning = beginning[begins_late(beginning) :]
    # The declaration names another encoding or version than that of what is read.
    if (declared := DECLARATION.match(beginning)) and "1.0" not in declared[0]:
        beginning = beginning[declared.end() :]
    yield from _Mender().mend(beginning, blocks)


class _Mender:
    """Goes through a document, and knows at the end of each block where it is."""

    def __init__(self) -> None:
        self._closed_by = ""
        """By what the piece ends that is left as it is; empty outside of such pieces."""
        self._rest = ""

    def mend(self, beginning: str, blocks: Iterator[str]) -> Iterator[str]:
        yield "".join(self._take(beginning, is_last=False))
        for block in blocks:
            yield "".join(self._take(block, is_last=False))
        yield "".join(self._take("", is_last=True))

    def _take(self, block: str, *, is_last: bool) -> Iterator[str]:
        text = self._rest + CONTROL.sub(" ", block)
        self._rest = ""
        place = 0
        while place < len(text):
            if self._closed_by:
                end = text.find(self._closed_by, place)
                if end < 0 and not is_last:
                    # Its mark may stand across two blocks.
                    keep = max(place, len(text) - len(self._closed_by) + 1)
                    yield text[place:keep]
                    self._rest = text[keep:]
                    return
                end = len(text) if end < 0 else end + len(self._closed_by)
                yield text[place:end]
                self._closed_by, place = "", end
                continue
            markup = MARKUP.search(text, place)
            opened = markup.start() if markup else -1
            if not markup or (len(text) - opened < LOOKAHEAD and not is_last):
                end = len(text) if is_last else _end_of_whole(text, place)
                yield mend_text(text[place:end])
                self._rest = text[end:]
                return
            if opened > place:
                yield mend_text(text[place:opened])
            if markup.lastgroup == "tag":
                yield mend_text(markup[0][1:], start="<") if "&" in markup[0] else markup[0]
                place = markup.end()
            elif markup.lastgroup == "mark":
                # What opens it does not close it: "<!-->" is no comment.
                self._closed_by, place = CLOSED_BY[markup[0]], markup.end()
                yield markup[0]
            elif (
                not is_last
                and len(text) - opened < MAX_TAG_CHARS
                and text.find("<", opened + 1) < 0
            ):
                self._rest = text[opened:]
                return
            else:
                # No tag that could be mended: the reader says so of its record.
                yield "<"
                place = opened + 1


def _end_of_whole(text: str, place: int) -> int:
    """Return up to where a text is whole: markup or an entity may go on in another block."""
    tail = max(place, len(text) - NAME_CHARS - 3)
    opened = text.find("<", max(place, len(text) - LOOKAHEAD + 1))
    amp = text.rfind("&", tail)
    bracket = text.find("]", max(place, len(text) - 2))
    return min((at for at in (opened, amp, bracket) if at >= 0), default=len(text))


def mend_text(text: str, *, start: str = "") -> str:
    """Escape in a text what would be markup, and is none.

    Args:
        text: Between two tags, or the rest of one.
        start: What stands before it.

    >>> mend_text("Salt & pepper &eacute; &amp; &#0; &unknown; < 5")
    'Salt &amp; pepper é &amp;   &amp;unknown; &lt; 5'
    """
    if "&" in text or "<" in text or "]]>" in text:
        text = AMPERSAND.sub(_mended, text)
    return start + text


def _mended(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in ESCAPES:
        return ESCAPES[sign]
    if number := match["number"]:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        if code >= 0x110000 or CONTROL.match(chr(code)):
            return " "
        return f"&#x{code:x};" if number[0] == "X" else sign
    if name := match["name"]:
        letters = html5.get(f"{name};")
        # Of "&LT;" a "<" comes, which must not begin a tag.
        return f"&amp;{sign[1:]}" if letters is None else "".join(map(_plain, letters))
    return sign


def _plain(letter: str) -> str:
    return f"&#{ord(letter)};" if letter in "<&>\"'" else letter


def mend_bytes(content: bytes) -> bytes:
    """Mend a document in UTF-8 that is held whole."""
    text = content.decode("utf-8", "replace")
    if begins_late(text[:EDGE_CHARS]) or SUSPECT.search(content) or text[:1].isspace():
        return "".join(mend([text])).encode("utf-8", "replace")
    return content
