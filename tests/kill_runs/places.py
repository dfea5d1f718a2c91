"""The places at which a process writes, counted as it comes to them; it can end at any of them.

Python tells of files that are opened, renamed and removed and of folders that are made, by its
audit events; SQLite of each statement; `os.fsync` is watched. What compiled code writes lies
between two places, since it goes into a temporary file that is then renamed.
"""

import json
import os
import signal
import sqlite3
import sys
import threading
from pathlib import Path
from typing import Any

FILE_EVENTS = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link")
WRITES = ("INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER")
BEFORE, HALF = "before", "half"
"""It ends before it writes, or having written half of a file; after a write is before the next."""


class Watch:
    """Counts the places of this process under a folder.

    Args:
        root: What is written elsewhere does not count.
        number: The place to end at, the first is 1; None to come to all of them.
        how: `BEFORE` or `HALF`.
    """

    def __init__(self, root: Path, number: int | None = None, how: str = BEFORE) -> None:
        self.root, self.number, self.how = os.path.realpath(root) + os.sep, number, how
        self.places: list[tuple[str, str]] = []
        """What was written, and where."""
        self._lock, self._own = threading.Lock(), threading.local()

    def begin(self) -> None:
        """Watch this process until it ends."""
        fsync, connect = os.fsync, sqlite3.connect

        def watched_fsync(stream: Any) -> None:
            number = stream if isinstance(stream, int) else stream.fileno()
            self._come("fsync", str(Path(f"/proc/self/fd/{number}").readlink()))
            fsync(stream)

        def watched_connect(*values: Any, **named: Any) -> sqlite3.Connection:
            connection = connect(*values, **named)
            self._follow(connection)
            return connection

        os.fsync, sqlite3.connect = watched_fsync, watched_connect
        sys.addaudithook(self._hear)

    def save(self, file: Path) -> None:
        """Write the places down."""
        self._own.silent = True
        file.write_text(json.dumps(self.places))

    def _hear(self, event: str, values: tuple[Any, ...]) -> None:
        if getattr(self._own, "silent", False):
            return
        if event == "open":
            path, _, flags = values
            writes = flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
            if writes and not isinstance(path, int):
                self._come("open", os.fsdecode(path), flags)
        elif event in FILE_EVENTS:
            # The last path is the one that changes.
            paths = [value for value in values if isinstance(value, (str, bytes, os.PathLike))]
            if paths:
                self._come(event, os.fsdecode(paths[-1]))

    def _follow(self, connection: sqlite3.Connection) -> None:
        """Count what is put into a database: each commit, and what is its own transaction."""
        database = connection.execute("pragma database_list").fetchone()[2]
        if not self._is_ours(database):
            return

        def trace(statement: str) -> None:
            word = statement.lstrip().partition(" ")[0].upper()
            if word == "COMMIT" or (word in WRITES and not connection.in_transaction):
                self._come(word.lower(), database)

        connection.set_trace_callback(trace)

    def _is_ours(self, path: str) -> bool:
        return os.path.realpath(path).startswith(self.root)

    def _come(self, what: str, path: str, flags: int = 0) -> None:
        if getattr(self._own, "silent", False) or not self._is_ours(path):
            return
        with self._lock:
            self.places.append((what, os.path.realpath(path).removeprefix(self.root)))
            if len(self.places) == self.number:
                self._own.silent = True
                if self.how == HALF:
                    write_half(what, path, flags)
                os.kill(os.getpid(), signal.SIGKILL)


def write_half(what: str, path: str, flags: int) -> None:
    """Leave half of a file: of what is written so far, or of what is about to be."""
    if what == "fsync":
        os.truncate(path, Path(path).stat().st_size // 2)
    elif what == "open" and flags & os.O_TRUNC:
        Path(path).write_bytes(b"half of it")


def has_half(what: str) -> bool:
    """Tell whether a place of this kind can be come to half."""
    return what in ("fsync", "open")
