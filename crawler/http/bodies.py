"""Bodies of answers, read with a limit before and after decompression."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from crawler.errors import FetchError
from crawler.http.incoming import cut_short
from crawler.http.packed import BLOCK_BYTES, WBITS, Unzip, too_large
from prodcat.errors import CorpusError

FOREIGN = frozenset({"br", "zstd", "compress", "x-compress", "exi", "lzma", "xz", "dcb", "dcz"})
"""Encodings that exist, and that we did not ask for. Whatever else a Content-Encoding says, such as
``utf-8``, ``none`` or ``binary``, names nothing, and the body is as it is."""


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
    if encoding in FOREIGN:
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


def declared_bytes(raw: Any) -> int | None:
    """Return the Content-Length, if there is one that holds for the body."""
    # RFC 9112, 6.3: where both are sent, the chunks are what counts.
    if "chunked" in raw.headers.get("Transfer-Encoding", "").lower():
        return None
    value = raw.headers.get("Content-Length", "").split(",")[0].strip()
    return int(value) if value.isdecimal() and len(value) < 20 else None


def encoding_of(raw: Any) -> str:
    """Return the Content-Encoding; empty where there is none, or where it names nothing.

    Of several the first one that names something: packed twice, the rest shows in the content.
    """
    names = raw.headers.get("Content-Encoding", "")[:1000].lower().split(",")
    known = (name.strip() for name in names)
    return next((name for name in known if name in WBITS or name in FOREIGN), "")


def check_complete(size: int, declared: int | None) -> None:
    """Make sure that all came that was announced."""
    if declared is not None and size < declared:
        raise cut_short(f"ended after {size:,} of {declared:,} bytes")
