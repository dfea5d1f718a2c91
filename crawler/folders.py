"""Folders in which a crawl keeps what it works with, whose names anybody can guess."""

import os
import stat
from pathlib import Path

from prodcat.inputs.plain_files import is_owned


def why_not_ours(folder: Path) -> str:
    """Say why a folder must not be worked in; empty where it may be, or is not there yet.

    Whoever made a link or a folder of that name before us chooses what we read there, and what
    we write over. The folders that it lies in are the user's choice.

    >>> why_not_ours(Path("/dev/null"))
    '/dev/null is no folder'
    """
    try:
        status = os.lstat(folder)
    except FileNotFoundError:
        return ""
    except OSError as error:
        return f"{folder} cannot be looked at: {error.strerror}"
    if stat.S_ISLNK(status.st_mode):
        return f"{folder} is a link to another folder"
    if not stat.S_ISDIR(status.st_mode):
        return f"{folder} is no folder"
    if not is_owned(status):
        return f"{folder} belongs to another user"
    return ""
