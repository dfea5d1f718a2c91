"""Plain files alone are opened: never a pipe or a device, which could be waited for without end.

What strangers made up, such as a model's folder, may hold anything under any name: a link to
somebody's key, a pipe that nobody writes to, a device that never ends.
"""

import os
import stat
from io import BufferedReader
from pathlib import Path


class NotPlainError(OSError):
    """Not a plain file; what it is instead is in ``strerror``."""

    def __init__(self, file: Path, kind: str) -> None:
        super().__init__(0, f"it is {kind}, not a plain file", str(file))


def open_plain(file: Path, *, follow_links: bool = True) -> BufferedReader:
    """Open a plain file for reading, without waiting for what is none.

    Args:
        file: Which one.
        follow_links: Whether a symbolic link to one will do. Those of its folders always do.

    Raises:
        NotPlainError: If it is a pipe, a device, a folder, or a link where none is followed.
        OSError: If it is not there, or may not be read.
        ValueError: If no file can have that name.
    """
    # Asked first, since some devices do something as soon as they are opened.
    _check(file, os.stat(file, follow_symlinks=follow_links))  # noqa: PTH116
    # In between it may have become another one: a pipe is not waited for, and a link not followed.
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    if not follow_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    stream = os.fdopen(os.open(file, flags), "rb")
    try:
        _check(file, os.fstat(stream.fileno()))
    except BaseException:
        stream.close()
        raise
    return stream


def kind_of(mode: int) -> str:
    """Name what a file is by its mode.

    >>> kind_of(stat.S_IFREG), kind_of(stat.S_IFIFO)
    ('a plain file', 'a pipe')
    """
    return KINDS.get(stat.S_IFMT(mode), "something else")


def is_owned(status: os.stat_result) -> bool:
    """Tell whether a file is that of the user who runs this; always where there are no users."""
    return not hasattr(os, "geteuid") or status.st_uid == os.geteuid()


KINDS = {
    stat.S_IFREG: "a plain file",
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def _check(file: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise NotPlainError(file, kind_of(status.st_mode))
