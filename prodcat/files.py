"""The only writer of files: each is whole or not there, and one process writes it at a time."""

import ctypes
import importlib
import json
import os
import re
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

NAME_CHARACTERS = 50
"""Of a file's name in that of its temporary one, which a disk bears up to 255 bytes long."""
TEMPORARY = re.compile(r"(.+)\.[0-9a-f]{32}\.tmp", re.DOTALL)
AT_FDCWD, RENAME_EXCHANGE, RENAME_SWAP = -100, 2, 2
"""Of the calls ``renameat2`` of Linux and ``renamex_np`` of macOS."""
STALE_S = 24 * 3600
"""A temporary file that nobody has written to for so long is of a process that was killed."""


@contextmanager
def whole(file: Path, *, folder: Path | None = None, sync: bool = True) -> Generator[Path]:
    """Give a temporary path, which becomes *file* when the block ends, and goes when it fails.

    Args:
        file: What shall be there in the end; it may be there already.
        folder: Where the temporary file lies, on the same disk; beside *file* if not told. Of a
            folder for them alone, what killed processes left of any file is removed.
        sync: Put the content on the disk before it is renamed, so that not even a power cut
            halves it. Not worth its time where a half file is told by its size or hash.
    """
    folder, beginning = folder or file.parent, file.name[:NAME_CHARACTERS]
    # A name that nobody can have laid out before, and that no two processes share.
    temporary = folder / f"{beginning}.{uuid4().hex}.tmp"
    _remove_stale(folder, beginning if folder == file.parent else None)
    try:
        yield temporary
        if sync:
            with temporary.open("rb+") as stream:
                os.fsync(stream.fileno())
        # Not `rename`, which on Windows refuses to replace a file.
        temporary.replace(file)
    except BaseException:
        with suppress(OSError):  # the error that ended the block says more
            temporary.unlink(missing_ok=True)
        raise


def is_temporary(name: str, *, of: str) -> bool:
    """Tell whether a name is that of a temporary file of another.

    >>> is_temporary(f"a.txt.{'0' * 32}.tmp", of="a.txt"), is_temporary("a.txt.tmp", of="a.txt")
    (True, False)
    """
    match = TEMPORARY.fullmatch(name)
    return match is not None and match[1] == of[:NAME_CHARACTERS]


def write_whole(
    file: Path, content: bytes, *, folder: Path | None = None, sync: bool = True
) -> None:
    """Write a file that appears all at once; arguments are those of `whole`."""
    with whole(file, folder=folder, sync=sync) as temporary:
        temporary.write_bytes(content)


def write_text(file: Path, text: str, *, errors: str = "strict") -> None:
    """Write UTF-8, with the line ends as they are.

    Raises:
        UnicodeEncodeError: If it holds half of a surrogate pair; *errors* may be ``replace``.
    """
    write_whole(file, text.encode(errors=errors))


def write_json(file: Path, data: Any, *, indent: int = 2) -> None:
    """Write plain data as JSON.

    Raises:
        ValueError: If a number is NaN or infinite, which JSON does not have.
    """
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False)
    write_text(file, text + "\n")


def exchange(first: Path, second: Path) -> None:
    """Let two folders of one disk take each other's place, at once where the system can.

    Linux and macOS can, on most disks. Elsewhere the first is away for the moment between two
    renames; a process that is killed in it leaves it under a name of its own beside.

    Raises:
        OSError: If either is not there, or cannot be renamed.
    """
    if _exchange_at_once(first, second):
        return
    aside = first.with_name(f"{first.name[:NAME_CHARACTERS]}.{uuid4().hex}.aside")
    first.rename(aside)
    try:
        second.rename(first)
    except BaseException:
        aside.rename(first)
        raise
    aside.rename(second)


def _exchange_at_once(first: Path, second: Path) -> bool:
    """Ask the system for it; False where it cannot."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = (os.fsencode(first.absolute()), os.fsencode(second.absolute()))
        if sys.platform == "darwin":
            return bool(library.renamex_np(*names, RENAME_SWAP) == 0)
        here, other = names
        return bool(library.renameat2(AT_FDCWD, here, AT_FDCWD, other, RENAME_EXCHANGE) == 0)
    except (AttributeError, OSError, TypeError):  # no such function, or, on Windows, no library
        return False


def let_all_read(folder: Path) -> None:
    """Let every user of the machine read a folder and its files, which are handed on.

    What came out of a temporary folder can be its owner's alone.
    """
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def lock_file(file: Path) -> IO[bytes] | None:
    """Return the open file, locked until it is closed or the process ends; None if it is already.

    A child process that is handed the open file holds the lock as well, until it ends. Where
    the system has no such locks, as Windows, it is locked against nobody.
    """
    stream = file.open("ab")
    try:
        fcntl = importlib.import_module("fcntl")
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except BlockingIOError:
        stream.close()
        return None
    return stream


def _remove_stale(folder: Path, beginning: str | None) -> None:
    """Remove what killed processes left of a file, or of any file.

    Names that are never used again would pile up.
    """
    with suppress(OSError):  # another process may be faster
        stale = _stale(folder)
        for each in [beginning] if beginning is not None else list(stale):
            for name in stale.pop(each, ()):
                (folder / name).unlink()


@lru_cache(maxsize=256)
def _stale(folder: Path) -> dict[str, list[str]]:
    """Return what was left in a folder when this process first wrote there, by its file.

    A folder of many files is looked through once, not once for each of them.
    """
    names: dict[str, list[str]] = {}
    long_ago = time.time() - STALE_S
    with os.scandir(folder) as entries:
        for entry in entries:
            match = TEMPORARY.fullmatch(entry.name)
            if match and entry.stat(follow_symlinks=False).st_mtime < long_ago:
                names.setdefault(match[1], []).append(entry.name)
    return names
