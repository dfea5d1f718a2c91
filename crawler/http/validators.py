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

# A header as long as a page is no version worth storing for each address.
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
        version = self._find(url)
        if version is None:
            return {}
        # Both, where there are both: servers that know no ETag look at the date.
        headers = {"If-None-Match": version.etag, "If-Modified-Since": version.last_modified}
        return {name: value for name, value in headers.items() if value}

    def note(self, url: str, headers: Mapping[str, str]) -> None:
        """Remember, in this thread, the version that was just fetched."""
        etag, modified = headers.get("ETag", ""), headers.get("Last-Modified", "")
        if (etag or modified) and len(etag) + len(modified) <= MAX_CHARS:
            self._list().append(Validator(url, etag, modified))

    def take(self) -> tuple[Validator, ...]:
        """Return what this thread noted since it was last asked."""
        versions = self._list()
        noted = tuple(versions)
        versions.clear()
        return noted

    def _list(self) -> list[Validator]:
        # Each thread begins with no attributes, and so has to make its own list.
        if not hasattr(self._noted, "list"):
            self._noted.list = []
        versions: list[Validator] = self._noted.list
        return versions


class StoredVersions:
    """The versions that a corpus has, for all threads.

    They belong to a scope: a page that a crawl with other settings has read may have tasks and
    products that this one has not seen.
    """

    def __init__(self, path: Path, source: str, scope: str) -> None:
        self._path, self._source, self._scope = path, source, scope
        self._lock = threading.Lock()
        # A connection of its own, since the corpus belongs to the thread that writes. Reading
        # does not wait for that one: the file is in WAL mode.
        self._connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False
        )

    def find(self, url: str) -> Validator | None:
        """Return the version of an address that was fetched before.

        Raises:
            CorpusError: If the corpus cannot be read.
        """
        with self._lock, translated_errors(self._path):
            row = self._connection.execute(
                "select url, etag, last_modified from crawl_validators"
                " where source = ? and scope = ? and url = ?",
                [self._source, self._scope, url],
            ).fetchone()
        return Validator(*row) if row else None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()
