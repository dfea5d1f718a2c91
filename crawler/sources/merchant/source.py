"""Google Merchant feeds, the file of all its products that a shop keeps for advertising.

RSS, Atom or tab-separated text, from the web or from a file. A feed may have millions of
products, so it is read in slices: each is one task, and names the place where the next begins.
"""

import threading
from collections.abc import Iterable
from contextlib import suppress
from hashlib import file_digest
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from crawler.errors import SourceError
from crawler.http.fetcher import Fetcher
from crawler.items import Item, SkippedEntry, Task, Visit
from crawler.sources.merchant.file import FeedError, plain_file, read_entries
from crawler.sources.merchant.product import LABELS, parse_product
from crawler.sources.reading.loose_values import path_categories
from crawler.sources.reading.store_url import read_store_url, source_name
from prodcat.errors import ConfigError
from prodcat.files import whole
from prodcat.taxonomy.paths import split_path

SLICE_PRODUCTS = 500
MAX_FEED_BYTES = 16 * 1024**3
# A shorter value is found in texts that have nothing to do with it.
MIN_KEY_CHARS = 6


class MerchantFeed:
    """All the products of one Google Merchant feed."""

    def __init__(
        self,
        feed: str,
        folder: Path,
        *,
        label: str = "product_type",
        name: str | None = None,
    ) -> None:
        """Prepare to read a feed.

        Args:
            feed: Its address, or the path of a file.
            folder: Where a feed from the web is kept while it is read, and until the next
                crawl finds it changed.
            label: What the category is: the shop's own ``product_type``, else Google's; or
                ``google_product_category``, else the shop's.
            name: What its products' ids begin with; made from the address if not given.

        Raises:
            ConfigError: If it is neither an address nor a file, or the label another.
        """
        if label not in LABELS:
            raise ConfigError(f"Unknown label {label!r}. Choose one of: {', '.join(LABELS)}.")
        self.label = label
        self.feed = feed
        self.is_remote = feed.lower().startswith(("http://", "https://"))
        if self.is_remote:
            self.name = name or source_name("merchant", read_store_url(feed))
        elif Path(feed).is_file():
            self.name = name or f"merchant-{Path(feed).name.partition('.')[0].replace(':', '-')}"
        else:
            raise ConfigError(f"No feed in {feed}. Give the address of one, or a file.")
        self.folder = folder
        self.host = urlsplit(feed).netloc.rpartition("@")[2] if self.is_remote else ""
        self.scope = f"{self.name} label={label}"
        """What makes this another crawl than one with other settings."""
        query = parse_qsl(urlsplit(feed).query) if self.is_remote else []
        self.secrets = tuple(value for _, value in query if len(value) >= MIN_KEY_CHARS)
        """What may be a key in the feed's address, and is not to be shown."""
        self._digests: dict[tuple[int, int], str] = {}
        self._lock = threading.Lock()

    def seeds(self) -> Iterable[Task]:
        """Begin with the feed. Its address, which may hold a key, stays out of the task."""
        return [Task("feed", "feed")]

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:
        """Bring the feed here, or read one slice of it."""
        try:
            # Of the threads that read slices only one may bring the feed.
            with self._lock:
                digest = self._digest() if task.kind == "slice" else None
                # Gone or another than when the task was made: its place means nothing any more.
                if digest is None or digest != task.data["digest"]:
                    digest = self._bring(fetcher)
            if task.kind == "slice" and digest == task.data["digest"]:
                return self._read_slice(task.data["digest"], task.data["offset"], task.data["done"])
            return Visit(tasks=(slice_task(digest),))
        except FeedError as error:
            raise SourceError(f"The feed of {self.name}: {error}.", reason="bad-feed") from error
        except OSError as error:
            raise SourceError(f"The feed of {self.name}: {error}.", reason="unreadable") from error

    def _bring(self, fetcher: Fetcher) -> str:
        """Make sure that the feed is in a plain file, and return its digest."""
        path = self._source
        if self.is_remote:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Half a feed would stay after a power cut: the shop would say that it is unchanged.
            with suppress(_UnchangedError), whole(path) as part:
                answer = fetcher.download(self.feed, part, max_bytes=MAX_FEED_BYTES)
                # Not modified since a crawl whose file somebody has removed: asked for whole.
                if answer.not_modified and not path.exists():
                    answer = fetcher.download(
                        self.feed, part, max_bytes=MAX_FEED_BYTES, conditional=False
                    )
                if answer.not_modified:
                    raise _UnchangedError
        plain_file(path, self._unpacked, max_bytes=MAX_FEED_BYTES)
        digest = self._digest()
        if digest is None:
            raise FeedError("it is gone")
        return digest

    @property
    def _source(self) -> Path:
        return self.folder / f"{self.name}.feed" if self.is_remote else Path(self.feed)

    @property
    def _unpacked(self) -> Path:
        return self.folder / f"{self.name}.unpacked"

    def _plain(self) -> Path:
        return self._unpacked if self._unpacked.exists() else self._source

    def _digest(self) -> str | None:
        """Hash what there is to read; None where there is nothing yet."""
        try:
            with self._plain().open("rb") as file:
                # A feed of gigabytes is hashed once, not for each of its slices.
                status = Path(file.name).stat()
                state = status.st_size, status.st_mtime_ns
                if state not in self._digests:
                    self._digests = {state: file_digest(file, "sha256").hexdigest()[:32]}
                return self._digests[state]
        except FileNotFoundError:
            return None

    def _read_slice(self, digest: str, offset: int, done: int) -> Visit:
        """Read some products, and note where the next slice begins."""
        items: list[Item] = []
        skipped: list[SkippedEntry] = []
        following: tuple[Task, ...] = ()
        number = done
        for entry in read_entries(self._plain(), start=offset):
            # A slice begins with an entry that can be read.
            if number - done >= SLICE_PRODUCTS and not entry.error:
                following = (slice_task(digest, entry.start, number),)
                break
            number += 1
            try:
                items.append(parse_product(entry, source=self.name, label=self.label))
            except SourceError as error:
                skipped.append(SkippedEntry(f"entry {number}", error.reason))
        paths = (split_path(item.category) for item in items if item.category)
        return Visit(tuple(items), following, path_categories(paths), tuple(skipped))


class _UnchangedError(Exception):
    """The feed here is that of the shop."""


def slice_task(digest: str, offset: int = 0, done: int = 0) -> Task:
    """Return the task of one slice of a feed of that content."""
    # As its revision: a feed that has not changed is not read again in a new round.
    data = {"digest": digest, "offset": offset, "done": done, "revision": digest}
    return Task("slice", f"{digest}/{offset}", data)
