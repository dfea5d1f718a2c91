"""A dry run: what a crawl would fetch, found out with as few requests as that takes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.engine.frontier import Frontier
from crawler.engine.progress import CrawlSettings
from crawler.http.fetcher import Fetcher
from crawler.items import Source, Task
from prodcat.corpus.store import Corpus

if TYPE_CHECKING:
    from rich.table import Table

MAX_VISITS = 10
EXAMPLES = 5


@dataclass(frozen=True)
class TaskGroup:
    """Tasks of one kind."""

    kind: str
    number: int
    examples: tuple[str, ...]
    """Keys of the first ones."""


@dataclass(frozen=True)
class Preview:
    """What would be fetched."""

    continues: bool
    """An earlier crawl left something."""
    groups: tuple[TaskGroup, ...]
    """The tasks that are known now; each may lead to more."""
    items: int
    """Products that the first requests showed already."""
    requests: int
    """What finding this out took."""


def preview(source: Source, path: Path, settings: CrawlSettings) -> Preview:
    """Find out what a crawl would fetch, and write nothing.

    A crawl that left something is told from the corpus alone. Else the first tasks of
    the source are visited, to see where they lead.

    Raises:
        FetchError: If the shop cannot be reached.
    """
    if path.exists() and not settings.again:
        # Read-only: else the tables of an older version would be brought up to date.
        with Corpus.open(path, read_only=True) as corpus:
            frontier = Frontier(corpus, source.name, scope=source.scope)
            frontier.count_waiting()
            waiting = frontier.waiting
            if waiting.pages + waiting.pictures:
                pictures = frontier.take(pictures=True, limit=EXAMPLES, but=())
                pages = frontier.take(pictures=False, limit=EXAMPLES, but=())
                keys = {"picture": [t.key for t in pictures], "page": [t.key for t in pages]}
                counts = Counter({"picture": waiting.pictures, "page": waiting.pages})
                return Preview(True, group_tasks(counts, keys), 0, 0)
    fetcher = Fetcher(settings.fetch)
    try:
        return _visit_first(source, fetcher)
    finally:
        fetcher.close()


def preview_tables(plan: Preview) -> "Sequence[Table]":
    """Lay a preview out as a table."""
    from crawler.commands.display import titled_table

    title = "Would continue with" if plan.continues else "Would begin with"
    if plan.requests:
        title += f" (found out with {plan.requests} requests; products on them: {plan.items})"
    rows = [(group.kind, group.number, "\n".join(group.examples)) for group in plan.groups]
    return [titled_table(("kind", "number", "for example"), rows, title=title)]


def _visit_first(source: Source, fetcher: Fetcher) -> Preview:
    tasks: list[Task] = []
    items = 0
    seeds = list(source.seeds())
    # A source with many seeds, such as named collections, would be crawled rather than previewed.
    for seed in seeds[:MAX_VISITS]:
        visit = source.visit(seed, fetcher)
        items += len(visit.items)
        tasks += visit.tasks
    # Unvisited they lead nowhere yet, but they are to be fetched, and count.
    tasks += seeds[MAX_VISITS:]
    counts = Counter(task.kind for task in tasks)
    keys = {kind: [task.key for task in tasks if task.kind == kind] for kind in counts}
    return Preview(False, group_tasks(counts, keys), items, fetcher.counts.requests)


def group_tasks(
    counts: Mapping[str, int], keys: Mapping[str, Sequence[str]]
) -> tuple[TaskGroup, ...]:
    """Return the kinds that there are, each with its number and the first of its keys.

    >>> group_tasks({"picture": 0, "page": 12}, {"picture": [], "page": ["shoes/1", "bags/1"]})
    (TaskGroup(kind='page', number=12, examples=('shoes/1', 'bags/1')),)
    """
    return tuple(
        TaskGroup(kind, number, tuple(keys[kind][:EXAMPLES]))
        for kind, number in counts.items()
        if number
    )
