"""A feed as one plain file: unpacked, in UTF-8, and its XML mended, so that slices can begin in it.

A feed that is all that already is read where it lies.
"""

import bz2
import gzip
import shutil
import zipfile
import zlib
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from crawler.http.encodings import UTF8
from crawler.http.text import Survey, choose_codec, decode_blocks
from crawler.sources.merchant.columns import FeedError, has_header
from crawler.sources.reading.xml_mending import (
    EDGE_CHARS,
    SUSPECT,
    SUSPECT_BYTES,
    begins_late,
    mend,
)
from prodcat.files import whole
from prodcat.inputs.plain_files import open_plain

CHUNK_BYTES = 64 * 1024
SHARE_OF_FREE_DISK = 0.5
"""The corpus and its pictures need the rest."""
GZIP, BZIP2, ZIP = b"\x1f\x8b", b"BZh", b"PK\x03\x04"
FEED_SUFFIXES = (".xml", ".tsv", ".csv", ".txt", ".rss", ".atom")


@dataclass(frozen=True)
class FeedText:
    """How a feed is written."""

    codec: str
    is_xml: bool
    is_plain: bool
    """It can be read as it is."""
    has_bare_returns: bool
    """Its lines end as those of old Macs do."""


def room_for(folder: Path, most: int) -> int:
    """Return how large a file may become in a folder: a share of what is free on its disk.

    Args:
        folder: Where it is to be.
        most: What it may have on any disk.
    """
    return min(most, int(SHARE_OF_FREE_DISK * shutil.disk_usage(folder).free))


def plain_file(path: Path, unpacked: Path, *, max_bytes: int, content_type: str = "") -> None:
    """Make a plain copy of a file that cannot be read as it is, and of no other.

    Args:
        path: The feed.
        unpacked: The copy; an old one is removed where none is needed.
        max_bytes: The most that it may have, where the disk has room for twice as much.
        content_type: What the server said of it.

    Raises:
        FeedError: If it is larger, broken, or empty.
    """
    with open_plain(path) as file:
        is_packed = file.read(4).startswith((GZIP, BZIP2, ZIP))
    if is_packed:
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        max_bytes = room_for(unpacked.parent, max_bytes)
    try:
        with opened(path) as source:
            text = look_at(blocks_of(source, max_bytes), content_type)
        if text.is_plain and not is_packed:
            unpacked.unlink(missing_ok=True)
            return
        unpacked.parent.mkdir(parents=True, exist_ok=True)
        max_bytes = room_for(unpacked.parent, max_bytes)
        # Made again from the feed itself should the power fail, so the disk is not waited for.
        with whole(unpacked, sync=False) as part, opened(path) as source, part.open("wb") as copy:
            size = 0
            for block in in_plain(blocks_of(source, max_bytes), text):
                size += copy.write(block)
                if size > max_bytes:
                    raise too_large(max_bytes)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FeedError(f"its gzip is broken: {error}") from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise FeedError(f"its zip cannot be read: {error!s:.200}") from error


@contextmanager
def opened(path: Path) -> Generator[IO[bytes]]:
    """Open a feed, unpacked if it is packed: gzip, bzip2, or the feed in a zip."""
    with open_plain(path) as file:
        start = file.read(4)
        file.seek(0)
        if start.startswith(GZIP):
            with gzip.open(file) as unzipped:
                yield unzipped  # type: ignore[misc]
        elif start.startswith(BZIP2):
            with bz2.open(file) as unzipped:
                yield unzipped
        elif start.startswith(ZIP):
            with zipfile.ZipFile(file) as archive, archive.open(feed_in(archive)) as member:
                yield member
        else:
            yield file


def feed_in(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    """Return the feed of an archive: the largest file that is called like one, else the largest.

    Raises:
        FeedError: If there is no file.
    """
    files = [
        info
        for info in archive.infolist()
        if not info.is_dir() and not info.filename.startswith("__MACOSX")
    ]
    if not files:
        raise FeedError("its zip has no file")
    named = [info for info in files if info.filename.lower().endswith(FEED_SUFFIXES)]
    return max(named or files, key=lambda info: info.file_size)


def blocks_of(file: BinaryIO | IO[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield a file block by block.

    Raises:
        FeedError: If there is more of it than allowed.
    """
    size = 0
    while block := file.read(CHUNK_BYTES):
        # Counted as it is unpacked, or a few kilobytes of gzip could fill the disk.
        size += len(block)
        if size > max_bytes:
            raise too_large(max_bytes)
        yield block


def too_large(max_bytes: int) -> FeedError:
    """Say that a feed is beyond the limit."""
    return FeedError(f"it has more than {max_bytes} bytes")


def look_at(blocks: Iterable[bytes], content_type: str = "") -> FeedText:
    """Go through a feed once, and find out how it is written.

    Raises:
        FeedError: If there is nothing in it.
    """
    survey, watch = Survey(), _Watch()
    survey.look_at(watch.watch(blocks))
    if not watch.beginning.strip():
        raise FeedError("it is empty")
    codec = choose_codec(watch.beginning[:4096], survey, content_type)
    beginning = "".join(decode_blocks([watch.beginning], codec))
    is_xml, is_utf8 = is_xml_text(beginning), codec == UTF8 and not survey.wrong
    returns = not is_xml and "\r" in beginning and "\n" not in beginning
    is_clean = not (watch.is_suspect or begins_late(beginning)) if is_xml else not returns
    return FeedText(codec, is_xml, is_utf8 and is_clean, returns)


class _Watch:
    """Keeps the beginning of a feed, and notes whether anything in it may have to be mended."""

    def __init__(self) -> None:
        self.beginning = b""
        self.is_suspect = False

    def watch(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        tail = b""
        for block in blocks:
            missing = EDGE_CHARS - len(self.beginning)
            self.beginning += block[: max(0, missing)]
            if not self.is_suspect:
                self.is_suspect = SUSPECT.search(tail + block) is not None
                tail = block[-SUSPECT_BYTES:]
            yield block


def is_xml_text(beginning: str) -> bool:
    r"""Tell XML, whatever stands before it, from text with columns.

    >>> is_xml_text("Notice: x <rss>"), is_xml_text("id,title\n1,<rss>")
    (True, False)
    """
    beginning = beginning.lstrip("\ufeff \t\r\n")
    if has_header(beginning):
        return False
    return beginning.startswith("<") or begins_late(beginning) > 0


def in_plain(blocks: Iterable[bytes], text: FeedText) -> Iterator[bytes]:
    """Yield a feed block by block as it is read later."""
    pieces = decode_blocks(blocks, text.codec)
    if text.is_xml:
        pieces = mend(pieces)
    for piece in pieces:
        if text.has_bare_returns:
            piece = piece.replace("\r", "\n")
        yield piece.encode("utf-8", "replace")
