"""How the text of a file is written: its encoding, and what in it is no text.

The whole file is looked at once: a word in Windows-1252 may stand in its last row, and
damaged letters are to be told, not learnt.
"""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TextIO

from prodcat.errors import TableError
from prodcat.tables.byte_source import BLOCK_BYTES, ByteSource
from prodcat.tables.read_as import ReadAs

# That of UTF-32 begins like that of UTF-16, so it comes first.
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
WIDE = ("utf-16", "utf-32")
"""How encodings begin in which zeros are no NUL characters."""
LABELS = {
    "utf-8": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "utf-32": "UTF-32",
    "cp1252": "Windows-1252",
    "cp1250": "Windows-1250",
    "iso8859-2": "ISO-8859-2",
    "mac-roman": "Mac Roman",
}
UNDEFINED_1252 = b"\x81\x8d\x8f\x90\x9d"
"""Bytes that are no letter in Windows-1252."""
_LETTER = rb"[a-z\xb1\xb3\xb6\xb9\xbc\xbf\xc0-\xff]"
POLISH = {
    "cp1250": re.compile(
        rb"(?<=" + _LETTER + rb")[\xb3\xb9\xbf](?=" + _LETTER + rb")|(?<!\w)\xb3[a-z]"
    ),
    "iso8859-2": re.compile(
        rb"(?<=" + _LETTER + rb")[\xb1\xb6\xbc](?=" + _LETTER + rb")|(?<!\w)\xb6[a-z]"
    ),
}
"""Letters of Polish that are signs in Windows-1252, which do not stand within words."""
POLISH_SHARE = 0.05
"""Of the letters beyond ASCII, at least so many are such."""
WESTERN_SHARE = 0.4
"""Of the letters of a text in Windows-1252, no more are beyond ASCII; of Russian nearly all are."""
ASCII_LETTERS = bytes(range(65, 91)) + bytes(range(97, 123))
HIGH = bytes(range(128, 256))
# What text has none of; NUL is counted apart, and Ctrl-Z ended files once.
CONTROLS = bytes(c for c in range(1, 32) if c not in b"\t\n\r\f\v\x1a\x1b\x07\x08")
BEGINNING_BYTES = 1 << 16
# How the letters of western languages begin in UTF-8, read as Windows-1252.
MISREAD_LETTERS = re.compile("[ÂÃÄÅâ][\x80-\xbfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]")
LOST = "\ufffd"
"""Stands where a letter was lost."""


@dataclass(frozen=True)
class TextEncoding:
    """How the text of a file is written."""

    codec: str
    """Python's name of it."""
    notes: tuple[str, ...]
    """What to tell of it."""
    is_clean: bool
    """Whether each byte is text in it, so that rows need no look."""
    newline: str = ""
    """As `open` takes it: all kinds of line ends, or one where the others stand in cells."""
    has_nul: bool = False
    ends_in_ctrl_z: bool = False

    @property
    def label(self) -> str:
        """What people call it."""
        return LABELS.get(self.codec, self.codec)

    @contextmanager
    def open(self, source: ByteSource) -> Iterator[TextIO]:
        """Give the text; bytes that are none in it are halves of a pair, or U+FFFD in UTF-16."""
        # Python's decoders of UTF-16 and UTF-32 know no other way.
        errors = "replace" if self.codec[:6] in WIDE else "surrogateescape"
        codec = "utf-8-sig" if self.codec == "utf-8" else self.codec
        with source.open() as file:
            text = io.TextIOWrapper(file, codec, errors, self.newline)
            try:
                yield text
            finally:
                # Whoever opened the bytes closes them.
                text.detach()


def find_encoding(source: ByteSource, read_as: ReadAs) -> TextEncoding:
    """Find out how a file's text is written.

    Raises:
        TableError: If it is neither Unicode nor Windows-1252, or no text at all.
    """
    with source.open() as file:
        beginning = file.read(BEGINNING_BYTES)
    codec = read_as.encoding or marked(beginning) or unmarked_utf16(beginning)
    if (codec or "utf-8")[:6] not in WIDE and is_binary(beginning):
        raise TableError(f"{source.path} is no table of products that we know: it is no text.")
    with source.open() as file:
        counts = _Counts(codec or "utf-8")
        while block := file.read(BLOCK_BYTES):
            counts.add(block)
        counts.end()
    notes: list[str] = []
    if codec is None:
        codec = counts.choose(source)
    if counts.nuls and codec[:6] not in WIDE:
        notes.append(f"NUL characters left out: {counts.nuls:,}")
    # Few among many line ends of another kind stand in cells, and end no line.
    stray = 0 < 20 * counts.lone_cr < counts.lf
    return TextEncoding(
        codec,
        tuple(notes),
        # Of one-byte encodings that were chosen here each byte is a letter. Who names the
        # encoding gets what the bytes are in it.
        is_clean=counts.lost == 0
        and not (counts.misread and read_as.encoding is None)
        and (counts.broken == 0 or codec != "utf-8"),
        newline="\n" if stray else "",
        has_nul=counts.nuls > 0,
        ends_in_ctrl_z=counts.tail.rstrip(b"\0\r\n \t").endswith(b"\x1a"),
    )


def marked(beginning: bytes) -> str | None:
    """Return the encoding whose byte-order mark a file begins with."""
    return next((codec for mark, codec in MARKS if beginning.startswith(mark)), None)


def unmarked_utf16(beginning: bytes) -> str | None:
    r"""Tell UTF-16 by its zeros: each second byte of ASCII in it is one.

    >>> unmarked_utf16("id,name".encode("utf-16-le")), unmarked_utf16(b"id,name\n\0a") is None
    ('utf-16-le', True)
    """
    pairs = len(beginning) // 2
    first = beginning[0 : 2 * pairs : 2].count(0)
    second = beginning[1 : 2 * pairs : 2].count(0)
    if pairs and second > 10 * first and second > 0.3 * pairs:
        return "utf-16-le"
    return "utf-16-be" if pairs and first > 10 * second and first > 0.3 * pairs else None


def is_binary(beginning: bytes) -> bool:
    """Tell what is no text, such as a picture."""
    controls = len(beginning) - len(beginning.translate(None, CONTROLS))
    return controls > 0.02 * len(beginning) or beginning.count(0) > 0.1 * len(beginning)


class _Counts:
    """Goes through the bytes of a file, and counts what tells its encoding."""

    def __init__(self, codec: str) -> None:
        self.codec = codec
        self._decoder = codecs.getincrementaldecoder(codec)(
            "surrogateescape" if codec == "utf-8" else "replace"
        )
        self.broken = 0
        """Bytes that are no text in this encoding."""
        self.beyond_ascii = 0
        """Bytes of letters beyond ASCII, less one each, that are whole in UTF-8."""
        self.lost = 0
        """Letters that were lost before: U+FFFD."""
        self.misread = False
        """Whether there are letters as of UTF-8 that was read as Windows-1252."""
        self.high = self.letters = self.nuls = self.lf = self.lone_cr = 0
        self.low_high = self.undefined = 0
        self.polish = dict.fromkeys(POLISH, 0)
        self.tail = b""

    def add(self, block: bytes) -> None:
        self.tail = (self.tail + block)[-16:]
        self.nuls += block.count(0)
        self.lf += block.count(b"\n")
        if b"\r" in block:
            self.lone_cr += block.count(b"\r") - block.count(b"\r\n")
        if self.codec == "utf-8" and block.isascii() and not self._decoder.getstate()[0]:
            return
        text = self._decoder.decode(block)
        self._count(text, block)

    def end(self) -> None:
        self._count(self._decoder.decode(b"", final=True), b"")

    def _count(self, text: str, block: bytes) -> None:
        self.lost += text.count(LOST)
        self.misread = self.misread or MISREAD_LETTERS.search(text) is not None
        if self.codec != "utf-8":
            return
        self.broken += _count_broken(text)
        self.beyond_ascii += max(0, len(block) - len(text))
        if self.broken:
            self.high += len(block) - len(block.translate(None, HIGH))
            self.letters += len(block) - len(block.translate(None, ASCII_LETTERS))
            self.low_high += len(block) - len(block.translate(None, bytes(range(128, 160))))
            for codec, letters in POLISH.items():
                self.polish[codec] += len(letters.findall(block))
            self.undefined += len(block) - len(block.translate(None, UNDEFINED_1252))

    def choose(self, source: ByteSource) -> str:
        """Return the encoding of a file that names none."""
        # Where most letters beyond ASCII are whole in UTF-8, the others are damage.
        if not self.broken or self.beyond_ascii > self.broken:
            return "utf-8"
        if self.lone_cr and not self.lf and self.low_high > self.high / 2:
            return "mac-roman"
        codec, count = max(self.polish.items(), key=lambda item: item[1])
        if count > POLISH_SHARE * self.high:
            return codec
        if self.undefined or self.high > WESTERN_SHARE * (self.high + self.letters):
            raise TableError(
                f"The text of {source.path} is neither Unicode nor Windows-1252. Name its encoding,"
                " such as --encoding windows-1251 or --encoding shift_jis."
            )
        return "cp1252"


def _count_broken(text: str) -> int:
    """Return how many bytes were no text: each became half of a pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return len(text) - len(text.encode("utf-8", "ignore").decode())
    return 0
