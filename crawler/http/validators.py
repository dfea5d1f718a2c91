"""What tells a server which version of a page we have: ETag and Last-Modified.

They are noted while a task is visited and written together with what the visit found.
Written sooner, a crawl that is killed in between would be told "not modified" of a page
whose products it never stored.
"""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from prodcat.corpus.opening import translated_errors

MAX_CHARS = 500


@dataclass(frozen=True)
class Validator:
    """The version of one address."""

    url: str
    """Without keys."""
    etag: str
    last_modified: str


class Validators:
    """Those of earlier visits, and those that each thread has just been given."""

    def __init__(self, find: Callable[[str], Validator | None]) -> None:
        self._find = find
        self._noted = threading.local()

    def headers(self, url: str) -> dict[str, str]:
        """Return the headers that ask for anything newer; empty when it was never fetched."""
        known = self._find(url)
        if known is None:
            return {}
        headers = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return {name: value for name, value in headers.items() if value}

    def note(self, url: str, headers: Mapping[str, str]) -> None:
        """Remember, in this thread, the version that was just fetched."""
        etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
        if (etag or modified) and len(etag) + len(modified) <= MAX_CHARS:
            self._list().append(Validator(url, etag, modified))

    def take(self) -> tuple[Validator, ...]:
        """Return what this thread noted since it was last asked."""
        noted = self._list()
        taken = tuple(noted)
        noted.clear()
        return taken

    def _list(self) -> list[Validator]:
        if not hasattr(self._noted, "list"):
            self._noted.list = []
        found: list[Validator] = self._noted.list
        return found


class StoredVersions:
    """The versions that a corpus has, for all threads."""

    def __init__(self, path: Path, source: str, scope: str) -> None:
        self._path, self._source, self._scope = path, source, scope
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )

    def find(self, url: str) -> Validator | None:
        """Return the version of an address that was fetched before.

        Raises:
            CorpusError: If the corpus cannot be read.
        """
        with self._lock, translated_errors(self._path):
            found = self._connection.execute(
                "select url, etag, last_modified from crawl_validators"
                " where source = ? and scope = ? and url = ?",
                [self._source, self._scope, url],
            ).fetchone()
        return Validator(*found) if found else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
