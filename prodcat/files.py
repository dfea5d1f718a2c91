"""Files that are whole or not there, and that one process writes at a time."""

import importlib
import json
import os
from pathlib import Path
from typing import Any


def lock_file(file: Path) -> Any:
    """Return the open file, locked until it is closed or the process ends; None if it is already.

    Where the system has no such locks, as Windows, it is locked against nobody.
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


def write_whole(file: Path, content: bytes) -> None:
    """Write a file that appears all at once."""
    temporary = file.with_suffix(f".{os.getpid()}.tmp")
    temporary.write_bytes(content)
    rename_safely(temporary, file)


def rename_safely(temporary: Path, final: Path) -> None:
    """Rename once the content is on the disk, so that not even a power cut halves it."""
    with temporary.open("rb+") as stream:
        os.fsync(stream.fileno())
    temporary.replace(final)


def write_json(file: Path, data: Any) -> None:
    """Write JSON under a temporary name, then rename."""
    write_text(file, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(file: Path, text: str) -> None:
    """Write text under a temporary name, then rename."""
    temporary = file.with_name(file.name + ".tmp")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(file)
