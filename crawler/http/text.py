"""Text of bytes, as browsers find out its encoding: one rule for pages, rules, maps and feeds.

A mark at the beginning wins, then what the server says, then what the text says of itself: in
its XML declaration, or in a ``<meta>``. Beyond what browsers do, whoever says wrongly that a text
is none of UTF-8 is not believed, and bytes that are none of UTF-8 are read as Windows-1252.
"""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from crawler.http.encodings import UTF8, UTF16, WINDOWS_1252, find_codec

BEGINNING_BYTES = 4096
"""In which a text may say what its encoding is; browsers look at a quarter of it."""
MARKS = ((codecs.BOM_UTF8, UTF8), (codecs.BOM_UTF16_LE, "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# Repeats are bounded, so that no text makes an expression look at all of it at each place.
OF_HEADER = re.compile(r"charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE)
OF_META = re.compile(rb"<meta[^>]{0,400}?charset\s{0,9}=[\"'\s]{0,9}([\w.:-]{1,40})", re.IGNORECASE)
OF_XML = re.compile(rb"<\?xml\s[^>]{0,200}?encoding\s{0,9}=\s{0,9}[\"']([\w.:-]{1,40})[\"']")
REPLACEMENT = "\ufffd"
ESCAPED = re.compile("[\udc80-\udcff]+")
"""Bytes that are no UTF-8, as Python smuggles them through text."""
LETTERS = {
    chr(0xDC00 + byte): bytes([byte]).decode(WINDOWS_1252, "replace") for byte in range(128, 256)
}


@dataclass
class Survey:
    """What a text is if it is read as UTF-8."""

    good: int = 0
    """Characters beyond ASCII."""
    wrong: int = 0
    """Places that are no UTF-8."""

    @property
    def is_utf8(self) -> bool:
        """Whether it is UTF-8, and could not be much else."""
        return self.good > 0 and not self.wrong

    def look_at(self, blocks: Iterable[bytes]) -> "Survey":
        """Go through a text block by block; its last character may lack something."""
        decoder = codecs.getincrementaldecoder(UTF8)("replace")
        for block in blocks:
            text = decoder.decode(block)
            if text.isascii():
                continue
            beyond = len(text) - len(text.encode("ascii", "ignore"))
            wrong = max(0, text.count(REPLACEMENT) - block.count(b"\xef\xbf\xbd"))
            self.good += beyond - wrong
            self.wrong += wrong
        return self


def decode(content: bytes, content_type: str = "") -> str:
    r"""Turn bytes into text.

    Args:
        content: A whole text, or the beginning of one.
        content_type: The header of that name.

    >>> decode(b"\xef\xbb\xbfcaf\xc3\xa9"), decode("café".encode(), "text/html; charset=latin-1")
    ('café', 'café')
    >>> decode(b"caf\xe9"), decode(b"caf\xe9", "text/plain; charset=utf-8")
    ('café', 'café')
    >>> decode(b'<?xml version="1.0" encoding="windows-1251"?><a>\xe9</a>')[-8:]
    '<a>й</a>'
    """
    codec = choose_codec(content[:BEGINNING_BYTES], Survey().look_at([content]), content_type)
    return "".join(decode_blocks([content], codec))


def choose_codec(beginning: bytes, survey: Survey, content_type: str = "") -> str:
    """Return the codec of a text; see `decode_blocks`.

    Args:
        beginning: Its first bytes.
        survey: What all of it is as UTF-8.
        content_type: The header of that name.
    """
    for mark, codec in MARKS:
        if beginning.startswith(mark):
            return codec
    if codec := _wide(beginning):
        return codec
    if survey.is_utf8:
        return UTF8
    said = [codec for codec in said_codecs(beginning, content_type) if codec not in UTF16]
    others = [codec for codec in said if codec != UTF8]
    # Where the first says UTF-8 and that is mostly wrong, a second one is listened to.
    if said and said[0] == UTF8 and survey.wrong <= survey.good:
        return UTF8
    if others:
        return others[0]
    # Few wrong bytes are mended one by one. Where they are the most, nothing of it is UTF-8.
    return UTF8 if survey.wrong <= survey.good else WINDOWS_1252


def said_codecs(beginning: bytes, content_type: str) -> Iterator[str]:
    """Yield the codecs that the server and the text itself name, those that there are."""
    if (named := OF_HEADER.search(content_type[:1000])) and (codec := find_codec(named[1])):
        yield codec
    head = beginning.lstrip()
    for expression in (OF_XML, OF_META):
        if (stated := expression.search(head)) and (
            codec := find_codec(stated[1].decode("ascii", "replace"))
        ):
            yield codec


def _wide(beginning: bytes) -> str:
    """Tell UTF-16 without a mark by its nulls: of ASCII every second byte is one."""
    start = beginning[:64]
    pairs = len(start) // 2
    if pairs < 2 or b"\x00" not in start:
        return ""
    even, odd = start[: 2 * pairs : 2].count(0), start[1 : 2 * pairs : 2].count(0)
    if odd > pairs * 0.7 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > pairs * 0.7 and not odd else ""


def decode_blocks(blocks: Iterable[bytes], codec: str) -> Iterator[str]:
    """Decode a text block by block, without its mark.

    Of UTF-8 what is none is read as Windows-1252; of other encodings it is replaced.
    """
    errors = "surrogateescape" if codec == UTF8 else "replace"
    decoder = codecs.getincrementaldecoder(codec)(errors)
    is_first = True
    for block in _ended(blocks):
        if text := decoder.decode(block, not block):
            text = text if text.isascii() else ESCAPED.sub(_as_windows_1252, text)
            yield text.removeprefix("\ufeff") if is_first else text
            is_first = False


def _ended(blocks: Iterable[bytes]) -> Iterator[bytes]:
    yield from filter(None, blocks)
    yield b""


def _as_windows_1252(match: re.Match[str]) -> str:
    # Looked up first: there may be a million of them, mostly single.
    if letter := LETTERS.get(match[0]):
        return letter
    return match[0].encode("ascii", "surrogateescape").decode(WINDOWS_1252, "replace")
