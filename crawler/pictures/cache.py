"""A folder of pictures by their addresses: each is fetched once, and found there from then on."""

import logging
import os
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from types import TracebackType
from typing import Any, NamedTuple

from crawler.engine.hosts import DOWN, FAILURES_OF_HOST_DOWN
from crawler.engine.picture_outcomes import STORED, outcome_words
from crawler.engine.pictures import fetch_whole
from crawler.errors import FetchError
from crawler.http.addresses import host_of
from crawler.http.fetcher import Fetcher
from crawler.http.limits import Rate
from crawler.http.settings import FetchSettings
from prodcat.errors import ImageError, InputError
from prodcat.files import write_whole
from prodcat.inputs.image_store import is_hash
from prodcat.inputs.plain_files import is_owned
from prodcat.product import PathLike

logger = logging.getLogger(__name__)

RATE = Rate(20, 1.0)
MAX_BYTES = 10 * 10**9
ROOM = 0.9
"""Share of the most bytes that is left when pictures had to go, so that they need not at once."""
IN_HAND_S = 900.0
"""A picture that was handed out so lately may not have been read yet, and stays."""
MAX_FAILURES = 100_000
"""Addresses that failed and are remembered within a run; a hundred bytes or so each."""
REUSED = "in the folder already"


class CachedPicture(NamedTuple):
    """A file of the folder."""

    used_at: float
    """When it was last handed out, by the clock of `time.time`."""
    bytes: int
    path: Path


class PictureCache:
    """Gives the file of an address, and fetches it if need be; called from several threads.

    Use it in a ``with`` statement.

    Args:
        folder: Where the pictures are kept; made if it is not there. It may be removed whenever
            no run uses it, and several runs may share it.
        fetcher: What to ask with; it is closed with the cache. None for one that asks each host
            at most 20 times a second.
        max_bytes: Of all pictures together. Beyond, those go that were not used for longest,
            but none that was handed out within the last quarter of an hour.
    """

    def __init__(
        self, folder: PathLike, fetcher: Fetcher | None = None, *, max_bytes: int = MAX_BYTES
    ) -> None:
        self.folder = folder = Path(folder).absolute()
        self.fetcher = fetcher or Fetcher(FetchSettings(rate=RATE))
        self.max_bytes = max_bytes
        self.outcomes: Counter[str] = Counter()
        """How many addresses were stored or failed, in words, and how many were there already."""
        self._failures: OrderedDict[str, str] = OrderedDict()
        self._down_in_a_row: Counter[str] = Counter()
        self._lock = threading.Lock()
        if folder.is_symlink():
            raise InputError(f"Pictures cannot be kept in {folder}: it is a link. Name its target.")
        with writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
        self._bytes = sum(picture.bytes for picture in self._pictures())
        self._make_room_at = max_bytes

    def __enter__(self) -> "PictureCache":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # Whatever still waits for its turn at a host gives up.
        self.fetcher.stop.set()
        self.fetcher.close()

    def __call__(self, url: str) -> Path:
        """Return where the picture of an address lies.

        Raises:
            ImageError: If it cannot be had, or must not be fetched; the same within a run
                without asking again.
            InputError: If it cannot be kept.
        """
        path = self._path(url)
        if self._is_there(path):
            with self._lock:
                self.outcomes[REUSED] += 1
            return path
        with self._lock:
            reason = self._failures.get(url)
        if reason is None:
            reason = self._fetch(url, path)
        if reason is None:
            return path
        raise ImageError(f"picture could not be fetched: {outcome_words(reason)} ({url:.300})")

    def to_dict(self) -> dict[str, Any]:
        """Return where the pictures are and what became of the addresses, for JSON."""
        return {"folder": str(self.folder), "outcomes": dict(self.outcomes.most_common())}

    def _fetch(self, url: str, path: Path) -> str | None:
        """Fetch a picture into its file; return the reason where it cannot be had."""
        host = host_or_none(url)
        try:
            with self._lock:
                if self._down_in_a_row[host] >= FAILURES_OF_HOST_DOWN:
                    raise FetchError(f"{host} is down.", reason="host-down")
            data = fetch_whole(url, self.fetcher)
        except FetchError as error:
            logger.debug("%s", error)
            self._note(url, host, error.reason)
            return error.reason
        with writing(self.folder):
            path.parent.mkdir(exist_ok=True)
            write_whole(path, data, sync=False)
        with self._lock:
            self._down_in_a_row.pop(host, None)
            self.outcomes[STORED] += 1
            self._bytes += len(data)
            if self._bytes > self._make_room_at:
                self._make_room()
        return None

    def _note(self, url: str, host: str, reason: str) -> None:
        with self._lock:
            if reason not in DOWN | {"host-down"}:
                self._down_in_a_row.pop(host, None)
            elif reason in DOWN:
                self._down_in_a_row[host] += 1
            self._failures[url] = reason
            if len(self._failures) > MAX_FAILURES:
                self._failures.popitem(last=False)
            self.outcomes[outcome_words(reason)] += 1

    def _is_there(self, path: Path) -> bool:
        try:
            # One step: looked for first, it could be gone before it is marked as used.
            os.utime(path)
        except FileNotFoundError:
            return False
        except OSError:
            # Such as a folder that others own: what is there may be read, and stays as it is.
            return path.is_file()
        return True

    def _path(self, url: str) -> Path:
        digest = sha256(url.encode("utf-8", "surrogatepass")).hexdigest()
        return self.folder / digest[:2] / f"{digest}.jpg"

    def _pictures(self) -> Iterator[CachedPicture]:
        for path in self.folder.glob("??/*.jpg"):
            # Whatever else lies there is a stranger's, and neither counted nor removed.
            if not is_hash(path.stem) or path.stem[:2] != path.parent.name:
                continue
            try:
                status = path.lstat()
            except OSError:  # another run was faster
                continue
            if not S_ISREG(status.st_mode) or not is_owned(status):
                continue
            yield CachedPicture(status.st_mtime, status.st_size, path)

    def _make_room(self) -> None:
        """Remove the pictures that were not used for longest."""
        pictures = sorted(self._pictures())
        self._bytes = sum(picture.bytes for picture in pictures)
        lately = time.time() - IN_HAND_S
        for picture in pictures:
            if self._bytes <= ROOM * self.max_bytes or picture.used_at > lately:
                break
            picture.path.unlink(missing_ok=True)
            self._bytes -= picture.bytes
        # Where too much is in hand, looking again after every picture would be of no use.
        self._make_room_at = max(self.max_bytes, int(self._bytes + 0.05 * self.max_bytes))


@contextmanager
def writing(folder: Path) -> Generator[None]:
    """Say in one line why the folder cannot be written."""
    try:
        yield
    except OSError as error:
        raise InputError(f"Pictures cannot be kept in {folder}: {error.strerror}.") from error


def host_or_none(url: str) -> str:
    """Return the host of an address; empty where it is none."""
    try:
        return host_of(url)
    except ValueError:
        return ""
