"""The bytes of a text table: a file, a gzipped one, the one in a ZIP archive, standard input.

Packed files are unpacked as they are read, and are refused when a little of them becomes
far too much.
"""

import atexit
import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from prodcat.errors import TableError

GZIP = b"\x1f\x8b"
ZIP = b"PK\x03\x04"
MAX_RATIO = 250
"""Of unpacked to packed bytes; tables are rarely beyond 30."""
UNSUSPICIOUS_BYTES = 64 << 20
"""As many may come of anything, however small."""
BLOCK_BYTES = 1 << 20
STDIN = Path("stdin")
"""Stands for standard input, which a user names ``-``."""


@dataclass(frozen=True)
class ByteSource:
    """Where the bytes of a table are, and how they are packed."""

    path: Path
    packing: str = ""
    """Nothing, ``gzip`` or ``zip``."""
    member: str = ""
    """Of a ZIP archive, which file."""

    @property
    def name(self) -> Path:
        """What the table itself is called: ``new.csv`` of ``new.csv.gz``."""
        if self.packing == "zip":
            return Path(self.member)
        return self.path.with_suffix("") if self.path.suffix.lower() == ".gz" else self.path

    @property
    def notes(self) -> tuple[str, ...]:
        """How it is packed, in words."""
        if self.packing == "zip":
            return (f"{self.member} of the ZIP archive",)
        return ("gzip",) if self.packing else ()

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Give the plain bytes.

        Raises:
            TableError: While reading, if too much comes of too little, or it is broken.
        """
        with self.path.open("rb") as file:
            if not self.packing:
                yield file
                return
            try:
                with self._unpacked(file) as unpacked:
                    packed_bytes = self.path.stat().st_size
                    raw = _Bounded(unpacked, self.path, packed_bytes)
                    yield io.BufferedReader(raw, BLOCK_BYTES)
            except (EOFError, BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
                raise TableError(f"{self.path} cannot be unpacked: {error}.") from error

    def _unpacked(self, file: BinaryIO) -> gzip.GzipFile | IO[bytes]:
        if self.packing == "gzip":
            return gzip.GzipFile(fileobj=file)
        return ZipFile(file).open(self.member)


class _Bounded(io.RawIOBase):
    """Passes bytes on until they are too many for what they came from."""

    def __init__(self, stream: gzip.GzipFile | IO[bytes], path: Path, packed_bytes: int) -> None:
        self.stream, self.path = stream, path
        self.most = max(UNSUSPICIOUS_BYTES, MAX_RATIO * packed_bytes)
        self.passed = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        block = self.stream.read(len(buffer))
        self.passed += len(block)
        if self.passed > self.most:
            raise TableError(
                f"{self.path} unpacks to over {MAX_RATIO} times its size, which no table does;"
                " it is not read. If it is right, unpack it first."
            )
        buffer[: len(block)] = block
        return len(block)


def find_member(path: Path) -> ZipInfo:
    """Return the one file of a ZIP archive.

    Raises:
        TableError: If there are several, or none.
    """
    try:
        with ZipFile(path) as archive:
            members = [info for info in archive.infolist() if _counts(info)]
    except BadZipFile as error:
        raise TableError(f"{path} cannot be read: {error}.") from error
    if len(members) != 1:
        names = ", ".join(info.filename for info in members[:5]) or "none"
        raise TableError(
            f"{path} must hold one table, and holds {len(members)} files: {names}."
            " Unpack it, and name the table."
        )
    return members[0]


def _counts(info: ZipInfo) -> bool:
    """Tell a file from folders, and from what a Mac adds for itself."""
    parts = Path(info.filename).parts
    return not info.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")


def keep(stream: IO[bytes], name: str, *, more: IO[bytes] | None = None) -> Path:
    """Write what can be read only once into a temporary file, which goes with the process."""
    folder = Path(tempfile.mkdtemp(prefix="prodcat-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / name
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file, BLOCK_BYTES)
        if more is not None:
            shutil.copyfileobj(more, file, BLOCK_BYTES)
    return path
