"""Bodies of answers, read with a limit before and after decompression."""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crawler.errors import FetchError
from crawler.http.incoming import cut_short
from prodcat.errors import CorpusError

BLOCK_BYTES = 64 * 1024
# What zlib calls the formats: with the header of gzip, or with either that of gzip or of zlib.
WBITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}


def read_body(raw: Any, *, max_bytes: int) -> bytes:
    """Read a whole answer.

    Args:
        raw: The response of urllib3, not decoded.
        max_bytes: Most bytes, of what is sent and of what it decompresses to.

    Raises:
        FetchError: With the reason ``too-large``, ``bad-encoding`` or ``truncated``.
    """
    # One read where the size is certain: most answers are such, and pictures are many.
    declared = declared_bytes(raw)
    if declared and declared <= max_bytes and not encoding_of(raw):
        data: bytes = raw.read(declared, decode_content=False)
        check_complete(len(data), declared)
        return data
    return b"".join(read_blocks(raw, max_bytes=max_bytes))


def read_blocks(raw: Any, *, max_bytes: int) -> Iterator[bytes]:
    """Yield an answer block by block, decompressed; raises as `read_body`."""
    declared, encoding = declared_bytes(raw), encoding_of(raw)
    # Refused by what it announces, before anything of it is read.
    if declared is not None and declared > max_bytes:
        raise too_large(f"announces {declared:,} bytes", max_bytes)
    if encoding and encoding not in WBITS:
        raise FetchError(
            f"The answer is encoded as {encoding!r:.40}, which we did not ask for.",
            reason="bad-encoding",
        )
    unzip = Unzip(encoding, max_bytes) if encoding else None
    sent = 0
    while block := raw.read(BLOCK_BYTES, decode_content=False):
        sent += len(block)
        if sent > max_bytes:
            raise too_large("goes on", max_bytes)
        if unzip is None:
            yield block
        else:
            yield from unzip.feed(block)
    check_complete(sent, declared)
    # Without a length or chunks a body ends where the other side closes, and a close in the middle
    # of it looks the same: see `has_known_end`.
    has_end = raw.chunked or raw.length_remaining is not None
    if not sent and not has_end:
        raise cut_short("has neither a length nor a body")
    if unzip is not None and sent:
        unzip.check_end()


def has_known_end(raw: Any, url: str) -> bool:
    """Tell whether an answer says where it ends, so that what is cut off shows.

    Args:
        raw: The response of urllib3.
        url: Where it comes from: TLS has an end of its own.
    """
    is_secure = url.lower().startswith("https:")
    return is_secure or raw.chunked or declared_bytes(raw) is not None or bool(encoding_of(raw))


def read_beginning(raw: Any, size: int) -> bytes:
    """Return the first bytes of a body that only explains a status; none where it breaks off."""
    from urllib3.exceptions import HTTPError

    try:
        data: bytes | None = raw.read(size, decode_content=True)
    except (FetchError, HTTPError, OSError):
        return b""
    return data or b""


def write_blocks(path: Path, blocks: Iterable[bytes]) -> int:
    """Write an answer into a file and return its number of bytes.

    Raises:
        CorpusError: If the file cannot be written.
    """
    written = 0
    try:
        file = path.open("wb")
    except OSError as error:
        raise unwritable(path, error) from error
    with file:
        for block in blocks:
            try:
                written += file.write(block)
            except OSError as error:
                raise unwritable(path, error) from error
    return written


def unwritable(path: Path, error: OSError) -> CorpusError:
    """Say that a download finds no place."""
    return CorpusError(f"Cannot write {path}: {error.strerror}.")


class Unzip:
    """Decompresses gzip or deflate without ever holding more than a block of it."""

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self._encoding, self._max_bytes = encoding, max_bytes
        self._zip = zlib.decompressobj(WBITS[encoding])
        self._bytes = 0

    def feed(self, block: bytes) -> Iterator[bytes]:
        """Yield what a block of the body decompresses to."""
        while block:
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
            if self._zip.eof and self._zip.unused_data.startswith(b"\x1f\x8b"):
                block = self._zip.unused_data  # gzip may have several members
                self._zip = zlib.decompressobj(WBITS["gzip"])

    def check_end(self) -> None:
        """Make sure that the compressed data was complete."""
        # The first byte of a further member of a gzip is no rest that could be passed over.
        if not self._zip.eof or self._zip.unused_data == b"\x1f":
            raise cut_short("ends before its compressed data does")


def declared_bytes(raw: Any) -> int | None:
    """Return the Content-Length, if there is one that holds for the body."""
    # RFC 9112, 6.3: where both are sent, the chunks are what counts.
    if "chunked" in raw.headers.get("Transfer-Encoding", "").lower():
        return None
    value = raw.headers.get("Content-Length", "").split(",")[0].strip()
    return int(value) if value.isdecimal() and len(value) < 20 else None


def encoding_of(raw: Any) -> str:
    """Return the Content-Encoding; empty when there is none."""
    encoding: str = raw.headers.get("Content-Encoding", "").strip().lower()
    return "" if encoding == "identity" else encoding


def check_complete(size: int, declared: int | None) -> None:
    """Make sure that all came that was announced."""
    if declared is not None and size < declared:
        raise cut_short(f"ended after {size:,} of {declared:,} bytes")


def too_large(what: str, max_bytes: int) -> FetchError:
    """Say that an answer is beyond the limit."""
    return FetchError(
        f"The answer {what}; at most {max_bytes:,} bytes are read.", reason="too-large"
    )
