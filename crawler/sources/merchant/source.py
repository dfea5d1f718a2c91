"""Google Merchant feeds, the file of all its products that a shop keeps for advertising.

RSS, Atom or tab-separated text, from the web or from a file. A feed may have millions of
products, so it is read in slices: each is one task, and names the place where the next begins.
"""

import os
import stat
import threading
from collections.abc import Iterable
from contextlib import suppress
from hashlib import file_digest
from io import BufferedReader
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from crawler.errors import CrawlStopped, SourceError
from crawler.folders import why_not_ours
from crawler.http.addresses import host_of
from crawler.http.fetcher import Fetcher
from crawler.http.incoming import cut_short
from crawler.items import Item, SkippedEntry, Task, Visit
from crawler.sources.merchant.columns import FeedError
from crawler.sources.merchant.file import read_entries
from crawler.sources.merchant.plain import plain_file, room_for
from crawler.sources.merchant.product import LABELS, parse_product
from crawler.sources.reading.loose_values import path_categories
from crawler.sources.reading.store_url import read_store_url, source_name
from crawler.sources.reading.xml_end import breaks_off
from prodcat.errors import ConfigError
from prodcat.files import whole
from prodcat.inputs.plain_files import open_plain
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
        self.host = host_of(feed) if self.is_remote else ""
        # Without what may be a key.
        self._base = feed.partition("?")[0] if self.is_remote else ""
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
        skipped: tuple[SkippedEntry, ...] = ()
        try:
            # Of the threads that read slices only one may bring the feed.
            with self._lock:
                digest = self._digest() if task.kind == "slice" else None
                # Gone or another than when the task was made: its place means nothing any more.
                if digest is None or digest != task.data["digest"]:
                    digest, has_end = self._bring(fetcher)
                    skipped = () if has_end else (SkippedEntry(self.name, "no-end"),)
            if task.kind == "slice" and digest == task.data["digest"]:
                return self._read_slice(task.data["digest"], task.data["offset"], task.data["done"])
            return Visit(tasks=(slice_task(digest),), skipped=skipped)
        except FeedError as error:
            # What is refused is not to lie on the disk until somebody wonders why it is full.
            self._unpacked.unlink(missing_ok=True)
            if self.is_remote:
                self._source.unlink(missing_ok=True)
            raise SourceError(f"The feed of {self.name}: {error}.", reason="bad-feed") from error
        except OSError as error:
            raise SourceError(f"The feed of {self.name}: {error}.", reason="unreadable") from error

    def _bring(self, fetcher: Fetcher) -> tuple[str, bool]:
        """Make sure that the feed is in a plain file.

        Returns:
            Its digest, and whether the shop wrote it to its end.
        """
        if reason := why_not_ours(self.folder):
            raise CrawlStopped(f"Feeds cannot be kept: {reason}. Move it away.")
        content_type: str | None = ""
        if self.is_remote:
            self.folder.mkdir(parents=True, exist_ok=True)
            content_type = self._download(fetcher)
        # Of an unchanged feed the copy holds, made by what the server said of it.
        if not (content_type is None and self._is_fresh()):
            plain_file(
                self._source,
                self._unpacked,
                max_bytes=MAX_FEED_BYTES,
                content_type=content_type or "",
            )
        digest = self._digest()
        if digest is None:
            raise FeedError("it is gone")
        with self._open() as file:
            has_end = not breaks_off(file)
        if not has_end:
            # What is there is taken, and the next crawl asks for the whole.
            fetcher.forget()
        return digest, has_end

    def _download(self, fetcher: Fetcher) -> str | None:
        """Fetch the feed, unless the one that is here is still that of the shop.

        Returns:
            What the server says that it is; None where it has not changed.
        """
        path = self._source
        # Half a feed would stay after a power cut: the shop would say that it is unchanged.
        with suppress(_UnchangedError), whole(path) as part:
            most = room_for(self.folder, MAX_FEED_BYTES)
            answer = fetcher.download(self.feed, part, max_bytes=most)
            # Not modified since a crawl whose file somebody has removed, or that broke off: asked
            # for whole.
            if answer.not_modified and not self._is_whole(path):
                answer = fetcher.download(self.feed, part, max_bytes=most, conditional=False)
            if answer.not_modified:
                raise _UnchangedError
            if not answer.has_end and not self._is_whole(part):
                raise cut_short()
            return answer.headers.get("Content-Type", "")
        return None

    def _is_fresh(self) -> bool:
        """Tell whether the plain copy was made of the feed that is here."""
        try:
            copy, source = os.lstat(self._unpacked), os.lstat(self._source)
        except FileNotFoundError:
            return False
        return stat.S_ISREG(copy.st_mode) and copy.st_mtime_ns >= source.st_mtime_ns

    def _is_whole(self, path: Path) -> bool:
        try:
            with open_plain(path, follow_links=False) as file:
                return not breaks_off(file)
        except OSError:
            return False

    @property
    def _source(self) -> Path:
        return self.folder / f"{self.name}.feed" if self.is_remote else Path(self.feed)

    @property
    def _unpacked(self) -> Path:
        return self.folder / f"{self.name}.unpacked"

    def _plain(self) -> Path:
        return self._unpacked if self._unpacked.exists() else self._source

    def _open(self) -> BufferedReader:
        path = self._plain()
        # Only the user's own file may be a link: what we keep is none.
        return open_plain(path, follow_links=path == self._source and not self.is_remote)

    def _digest(self) -> str | None:
        """Hash what there is to read; None where there is nothing yet."""
        try:
            with self._open() as file:
                # A feed of gigabytes is hashed once, not for each of its slices.
                status = os.fstat(file.fileno())
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
                items.append(
                    parse_product(entry, source=self.name, label=self.label, base=self._base)
                )
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
