"""What sources and the crawl tell each other: items, tasks, visits."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from crawler.http.fetcher import Fetcher
from prodcat.taxonomy.tree import Category


@dataclass(frozen=True)
class Item:
    """One product as a shop states it."""

    source: str
    source_id: str
    name: str = ""
    description: str = ""
    """As stated, HTML and all; it is cleaned where it is stored."""
    url: str = ""
    category: str | None = None
    """The category stated first: an id where the shop has ids, else a path of `join_path`."""
    categories: tuple[str, ...] = ()
    """Every category that the shop lists, the first one included."""
    crawled: str | None = None
    """The category under which the item was found."""
    image_urls: tuple[str, ...] = ()
    """Absolute addresses, best first; the first one that is to be had is fetched."""
    brand: str = ""
    price: float | None = None
    currency: str = ""
    locale: str = ""
    updated_at: str = ""
    group: str = ""
    """What variants of one product share; they belong on the same side of a split."""


@dataclass(frozen=True)
class Task:
    """One thing left to fetch.

    It is kept in the corpus, where anybody may read it: whatever is secret stays with the source.
    """

    kind: str
    """Known to its source: ``categories``, ``page``, ``sitemap``, ``product``, ``feed``."""
    key: str
    """Unique within source and kind; never contains an API key."""
    data: dict[str, Any] = field(default_factory=dict)
    """What the source needs to go on, as JSON; never an API key. Where it names a ``revision``,
    a task that is done is visited again only when its source names another."""


class SkippedEntry(NamedTuple):
    """An entry that is no product."""

    place: str
    """Its id, or where it stands."""
    reason: str
    """Short, to count by."""


@dataclass(frozen=True)
class Visit:
    """What became of one task."""

    items: tuple[Item, ...] = ()
    tasks: tuple[Task, ...] = ()
    """Those known by their key already are not queued twice."""
    categories: tuple[Category, ...] = ()
    """Nodes of the shop's tree."""
    skipped: tuple[SkippedEntry, ...] = ()
    version: str = ""
    """The version of the tree, where categories are given."""


class Source(Protocol):
    """One shop, or one kind of shop."""

    name: str
    """Stored in ``products.source``."""
    host: str
    """The shop's own host, with its port if it is not the usual one; empty where tasks name
    other hosts alone. The rate of the command line holds for it, and tasks without an address
    are taken to ask it."""
    scope: str
    """What makes this another crawl than one with other settings: each scope has tasks and
    versions of pages of its own in a corpus."""

    def seeds(self) -> Iterable[Task]:
        """Return where to begin; asked on each run, known keys are not queued twice."""
        ...

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:
        """Fetch and read one task. Called from several threads at once.

        Raises:
            FetchError: If it cannot be fetched.
            SourceError: If the answer is not what the source promises.
            CrawlStopped: If the crawl as a whole cannot go on.
        """
        ...
