"""Gzip and deflate, wherever they come: several members, junk behind them, and never too much."""

import zlib
from collections.abc import Iterator

from crawler.errors import FetchError
from crawler.http.incoming import cut_short

GZIP = b"\x1f\x8b"
BLOCK_BYTES = 64 * 1024
# What zlib calls the formats: with the header of gzip, or with either that of gzip or of zlib.
WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


class Unzip:
    """Decompresses gzip or deflate without ever holding more than a block of it."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._encoding, self._max_bytes = encoding, max_bytes
        self._zip = zlib.decompressobj(WBITS[encoding])
        self._bytes = 0
        self._has_ended = False

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Yield what a block of the body decompresses to."""
        if self._zip.eof and not self._has_ended:
            block = self._follow(self._zip.unused_data + block)
        while block and not self._has_ended:
            try:
                out = self._zip.decompress(block, BLOCK_BYTES)
            except zlib.error as error:
                if self._encoding == "deflate" and not self._bytes:
                    # Some servers send deflate without its header.
                    self._encoding, self._zip = "", zlib.decompressobj(-15)
                    continue
                raise FetchError(
                    f"The answer cannot be decompressed: {error}.",
                    reason="bad-encoding",
                    retryable=True,
                ) from error
            self._bytes += len(out)
            if self._bytes > self._max_bytes:
                raise too_large("decompresses to more", self._max_bytes)
            yield out
            block = self._zip.unconsumed_tail
            if self._zip.eof and self._zip.unused_data:
                block = self._follow(self._zip.unused_data)

    def check_end(self) -> None:
        """Make sure that the compressed data was complete."""
        # The first byte of a further member of a gzip is no rest that could be passed over.
        if not self._zip.eof or (not self._has_ended and self._zip.unused_data == GZIP[:1]):
            raise cut_short("ends before its compressed data does")

    def _follow(self, rest: bytes) -> bytes:
        """Begin the next member, of which a gzip may have several; what is none is left out."""
        if rest.startswith(GZIP):
            self._zip = zlib.decompressobj(WBITS["gzip"])
            return rest
        self._has_ended = bool(rest) and rest != GZIP[:1]
        return b""


def unpack(content: bytes, *, max_bytes: int) -> bytes:
    """Undo gzip that nothing announced; other content stays as it is.

    Raises:
        FetchError: With the reason ``bad-gzip`` if it is broken or breaks off, ``too-large`` if
            there are more than *max_bytes*.

    >>> import gzip
    >>> unpack(gzip.compress(b"te") + gzip.compress(b"xt") + bytes(9), max_bytes=100)
    b'text'
    """
    # Servers pack a file that is packed already; whoever does so more often means harm.
    for _ in range(2):
        if not content.startswith(GZIP):
            break
        unzip = Unzip("gzip", max_bytes)
        pieces: list[bytes] = []
        try:
            for start in range(0, len(content), BLOCK_BYTES):
                pieces += unzip.feed(content[start : start + BLOCK_BYTES])
            unzip.check_end()
        except FetchError as error:
            if error.reason == "too-large":
                raise
            raise FetchError(f"Its gzip is broken: {error}", reason="bad-gzip") from error
        content = b"".join(pieces)
    if len(content) > max_bytes:
        raise too_large("goes on", max_bytes)
    return content


def too_large(what: str, max_bytes: int) -> FetchError:
    """Say that an answer is beyond the limit."""
    return FetchError(
        f"The answer {what}; at most {max_bytes:,} bytes are read.", reason="too-large"
    )
