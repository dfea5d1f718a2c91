"""Any site that names its pages in a sitemap and states its products as schema.org JSON-LD."""

import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from io import BytesIO

from crawler.errors import FetchError, SourceError
from crawler.http.addresses import host_of
from crawler.http.fetcher import Fetcher
from crawler.http.incoming import cut_short
from crawler.http.normal import normal_url
from crawler.items import SkippedEntry, Task, Visit
from crawler.sources.jsonld.page import read_page
from crawler.sources.jsonld.product import make_id, parse_product
from crawler.sources.jsonld.sitemap import (
    MAX_BYTES,
    SitemapEntry,
    parse_sitemap,
    plain_sitemap,
)
from crawler.sources.reading.loose_values import path_categories, read_url, unique
from crawler.sources.reading.store_url import read_store_url, source_name
from crawler.sources.reading.xml_end import EDGE_BYTES, breaks_off
from prodcat.errors import ConfigError
from prodcat.taxonomy.paths import split_path

DOORS = ("/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml")
"""Where sitemaps are that robots.txt does not name: by custom, and those of two WordPresses."""
MAX_PAGE_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 3
"""Sitemaps that lead to sitemaps; the protocol knows one level."""
MAX_SITEMAPS = 50_000
"""Of one run. An index has as many at most, and each of them could be another index."""
MAX_PAGES = 10_000_000
"""Of one run, too: a site that names more is gone through in several."""


class JsonLd:
    """All the products of a site that states them in its pages."""

    def __init__(
        self,
        site: str,
        *,
        sitemap: str | None = None,
        match: str | None = None,
        name: str | None = None,
    ) -> None:
        """Prepare to visit a site.

        Args:
            site: Its address.
            sitemap: The address of its sitemap; looked for if not given.
            match: A regular expression; pages whose address it is not found in are left out.
            name: What its products' ids begin with; made from the address if not given.

        Raises:
            ConfigError: If an address is none, or the expression is not regular.
        """
        self.site = read_store_url(site)
        self.name = name or source_name("jsonld", self.site)
        self.sitemap = read_url(sitemap, f"{self.site}/") if sitemap else None
        # What is no address is read as an empty one; None says that none was given.
        if self.sitemap == "":
            raise ConfigError(f"{sitemap!r} is no address of a sitemap.")
        try:
            # The empty expression is found in every address.
            self.match = re.compile(match or "")
        except re.error as error:
            raise ConfigError(f"{match!r} is no regular expression: {error}.") from error
        self.host = host_of(self.site)
        self.scope = f"{self.site} {sitemap or ''} {match or ''}".rstrip()
        """What makes this another crawl than one with other settings."""
        self._hosts = _twins(self.host)
        self._sitemaps = self._pages = 0
        self._lock = threading.Lock()

    def seeds(self) -> Iterable[Task]:
        """Begin with the sitemap that is named, else with the site's robots.txt."""
        if self.sitemap:
            return [sitemap_task(self.sitemap)]
        return [Task("robots", "robots.txt")]

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:
        """Fetch and read robots.txt, a sitemap or a page."""
        if task.kind == "robots":
            return self._visit_robots(fetcher)
        if task.kind == "sitemap":
            return self._visit_sitemap(task, fetcher)
        return self._visit_page(task, fetcher)

    def _visit_robots(self, fetcher: Fetcher) -> Visit:
        root = normal_url("/", self.site)
        # The one that is asked for what is allowed, by the same rules: what has none names none.
        named = fetcher.robots.sitemaps(root, private=fetcher.settings.allow_private)
        sitemaps = unique(read_url(url, root) for url in named)
        hosts = frozenset(map(host_of, sitemaps)) - self._hosts
        tasks = tuple(sitemap_task(url, hosts=sorted(hosts)) for url in sitemaps)
        return Visit(tasks=tasks or (guessed_task([self.site + door for door in DOORS]),))

    def _visit_sitemap(self, task: Task, fetcher: Fetcher) -> Visit:
        try:
            return self._read_sitemap(task, fetcher)
        except (FetchError, SourceError) as error:
            guesses = task.data.get("guesses", [])
            if not guesses or not _is_none_there(error):
                raise
            return Visit(tasks=(guessed_task(guesses),))

    def _read_sitemap(self, task: Task, fetcher: Fetcher) -> Visit:
        url = task.data["url"]
        answer = fetcher.get(url, max_bytes=MAX_BYTES)
        if answer.not_modified:
            return Visit()
        text = plain_sitemap(answer.content, answer.headers.get("Content-Type", ""))
        content = text.encode("utf-8", "replace")
        is_cut = breaks_off(BytesIO(content))
        if is_cut and not answer.has_end:
            raise cut_short()
        entries, broken = parse_sitemap(content, url)
        if is_cut:
            fetcher.forget()
        depth = task.data.get("depth", 0) + 1
        hosts = task.data.get("hosts", [])
        # The protocol lets a sitemap name its own host alone; robots.txt may name other hosts for
        # sitemaps, and those name further ones of theirs.
        of_maps = self._hosts | {host_of(url), *hosts}
        tasks, foreign, beyond = [], 0, 0
        for entry in entries:
            if host_of(entry.url) not in (of_maps if entry.is_sitemap else self._hosts):
                foreign += 1
            elif not self._is_wanted(entry, depth):
                continue
            elif not self._has_room(entry):
                beyond += 1
            elif entry.is_sitemap:
                more = sitemap_task(entry.url, changed=entry.changed, depth=depth, hosts=hosts)
                tasks.append(more)
            else:
                tasks.append(page_task(entry))
        notes = [
            SkippedEntry(url, f"{number} {what}")
            for number, what in (
                (broken, "addresses that are none"),
                (foreign, "addresses of other hosts"),
                (beyond, "addresses beyond the most of one crawl"),
                (int(is_cut), "end that is missing"),
            )
            if number
        ]
        return Visit(tasks=tuple(tasks), skipped=tuple(notes))

    def _is_wanted(self, entry: SitemapEntry, depth: int) -> bool:
        """Tell whether an address is looked at: a page that matches, a sitemap near the first."""
        return depth <= MAX_DEPTH if entry.is_sitemap else bool(self.match.search(entry.url))

    def _has_room(self, entry: SitemapEntry) -> bool:
        """Count an address, and tell whether there was room for it."""
        with self._lock:
            if entry.is_sitemap:
                self._sitemaps += 1
                return self._sitemaps <= MAX_SITEMAPS
            self._pages += 1
            return self._pages <= MAX_PAGES

    def _visit_page(self, task: Task, fetcher: Fetcher) -> Visit:
        url = task.data["url"]
        answer = fetcher.get(url, accept="text/html", max_bytes=MAX_PAGE_BYTES)
        if answer.not_modified:
            return Visit()
        page = read_page(answer.content, answer.headers.get("Content-Type", ""))
        try:
            item = parse_product(
                page,
                url,
                source=self.name,
                image_url=task.data.get("image_url", ""),
                final_url=answer.url,
            )
        except SourceError as error:
            if not answer.has_end and b"</html" not in answer.content[-EDGE_BYTES:].lower():
                raise cut_short() from error
            # Most sitemaps name other pages than products, too: that is no failure of the task.
            return Visit(skipped=(SkippedEntry(url, error.reason),))
        paths = [split_path(item.category)] if item.category else []
        # The id is made of the address as the site writes it, as it always was.
        item = replace(item, source_id=make_id(task.data.get("written", url)))
        return Visit((item,), categories=path_categories(paths))


def sitemap_task(url: str, *, changed: str = "", depth: int = 0, hosts: Sequence[str] = ()) -> Task:
    """Return the task of one sitemap; *hosts* are others that robots.txt names sitemaps of."""
    # Without a date it has no revision, and each round asks for it again.
    more = {"revision": changed, "hosts": list(hosts)}
    found = {name: value for name, value in more.items() if value}
    return Task("sitemap", url, {"url": url, "depth": depth, **found})


def guessed_task(urls: Sequence[str]) -> Task:
    """Return the task of a sitemap that may be at the first of some addresses, or at another."""
    url = normal_url(urls[0])
    data = {"url": url, "depth": 0, **({"guesses": list(urls[1:])} if urls[1:] else {})}
    return Task("sitemap", url, data)


def _is_none_there(error: FetchError | SourceError) -> bool:
    if isinstance(error, SourceError):
        return error.reason == "no-sitemap"
    return error.status is not None and 400 <= error.status < 500 and not error.retryable


def page_task(entry: SitemapEntry) -> Task:
    """Return the task of one page; it is fetched again only when it has changed."""
    data = {"url": entry.url, "image_url": entry.image_url, "revision": entry.changed}
    data["written"] = "" if re.search(r"\s", entry.written) else entry.written
    return Task("page", entry.url, {name: value for name, value in data.items() if value})


def _twins(host: str) -> frozenset[str]:
    """Return a host with and without ``www.``: sites are careless about it."""
    bare = host.removeprefix("www.")
    return frozenset({bare, f"www.{bare}"})
