"""Any site that names its pages in a sitemap and states its products as schema.org JSON-LD."""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.errors import FetchError, SourceError
from crawler.http.fetcher import Fetcher
from crawler.items import SkippedEntry, Task, Visit
from crawler.sources.jsonld.page import read_page
from crawler.sources.jsonld.product import parse_product
from crawler.sources.jsonld.sitemap import MAX_BYTES, SitemapEntry, parse_sitemap
from crawler.sources.reading.loose_values import path_categories, read_url
from crawler.sources.reading.store_url import read_store_url, source_name
from prodcat.errors import ConfigError, require
from prodcat.taxonomy.paths import split_path

MAX_PAGE_BYTES = 10 * 1024 * 1024
MAX_DEPTH = 3
"""Sitemaps that lead to sitemaps; the protocol knows one level."""


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
        self.host = urlsplit(self.site).netloc
        self.scope = f"{self.site} {sitemap or ''} {match or ''}".rstrip()
        """What makes this another crawl than one with other settings."""
        self._hosts = _twins(self.host)

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
        parts = urlsplit(self.site)
        root = f"{parts.scheme}://{parts.netloc}"
        usual = sitemap_task(f"{self.site}/sitemap.xml")
        # Always the whole file: "not modified" would not name its sitemaps.
        try:
            answer = fetcher.get(f"{root}/robots.txt", robots=False, conditional=False)
        except FetchError as error:
            # RFC 9309: where there is no robots.txt, or it is closed, nothing is forbidden.
            if error.status in (401, 403, 404, 410):
                return Visit(tasks=(usual,))
            raise
        sitemaps = find_sitemaps(answer.content.decode("utf-8", "replace"), f"{root}/")
        return Visit(tasks=tuple(map(sitemap_task, sitemaps)) or (usual,))

    def _visit_sitemap(self, task: Task, fetcher: Fetcher) -> Visit:
        url = task.data["url"]
        answer = fetcher.get(url, max_bytes=MAX_BYTES)
        if answer.not_modified:
            return Visit()
        entries, broken = parse_sitemap(answer.content, url)
        depth = task.data.get("depth", 0) + 1
        tasks, foreign = [], 0
        for entry in entries:
            # The protocol lets a sitemap name its own host alone.
            if urlsplit(entry.url).netloc.lower() not in self._hosts:
                foreign += 1
            elif not entry.is_sitemap:
                if self.match.search(entry.url):
                    tasks.append(page_task(entry))
            elif depth <= MAX_DEPTH:
                tasks.append(sitemap_task(entry.url, changed=entry.changed, depth=depth))
        notes = [
            SkippedEntry(url, f"{number} {what}")
            for number, what in (
                (broken, "addresses that are none"),
                (foreign, "addresses of other hosts"),
            )
            if number
        ]
        return Visit(tasks=tuple(tasks), skipped=tuple(notes))

    def _visit_page(self, task: Task, fetcher: Fetcher) -> Visit:
        url = task.data["url"]
        answer = fetcher.get(url, accept="text/html", max_bytes=MAX_PAGE_BYTES)
        if answer.not_modified:
            return Visit()
        page = read_page(answer.content, answer.headers.get("Content-Type", ""))
        try:
            item = parse_product(
                page, url, source=self.name, image_url=task.data.get("image_url", "")
            )
        except SourceError as error:
            # Most sitemaps name other pages than products, too: that is no failure of the task.
            return Visit(skipped=(SkippedEntry(url, error.reason),))
        paths = [split_path(item.category)] if item.category else []
        return Visit((item,), categories=path_categories(paths))


def sitemap_task(url: str, *, changed: str = "", depth: int = 0) -> Task:
    """Return the task of one sitemap."""
    # Without a date it has no revision, and each round asks for it again.
    revision = {"revision": changed} if changed else {}
    return Task("sitemap", url, {"url": url, "depth": depth, **revision})


def page_task(entry: SitemapEntry) -> Task:
    """Return the task of one page; it is fetched again only when it has changed."""
    data = {"url": entry.url, "image_url": entry.image_url, "revision": entry.changed}
    return Task("page", entry.url, {name: value for name, value in data.items() if value})


def find_sitemaps(robots: str, root: str) -> list[str]:
    """Return the sitemaps that a robots.txt names.

    >>> find_sitemaps("Sitemap: /map.xml", "https://shop.example/")
    ['https://shop.example/map.xml']
    """
    protego = require("protego", extra="crawl")
    named = (read_url(url, root) for url in protego.Protego.parse(robots).sitemaps)
    return list(dict.fromkeys(url for url in named if url))


def _twins(netloc: str) -> frozenset[str]:
    """Return a host with and without ``www.``: sites are careless about it."""
    bare = netloc.lower().removeprefix("www.")
    return frozenset({bare, f"www.{bare}"})
