"""A dry run: what a crawl would fetch, found out with as few requests as that takes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crawler.engine.frontier import Frontier
from crawler.engine.progress import CrawlSettings
from crawler.http.fetcher import Fetcher
from crawler.items import Source, Task
from prodcat.corpus.store import Corpus

MAX_VISITS = 10
EXAMPLES = 5


@dataclass(frozen=True)
class Preview:
    """What would be fetched."""

    continues: bool
    """An earlier crawl left something."""
    tasks: tuple[tuple[str, int, tuple[str, ...]], ...]
    """Kind, number, and examples of the tasks that are known now; each may lead to more."""
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
        with Corpus.open(path, read_only=True) as corpus:
            frontier = Frontier(corpus, source.name, scope=source.scope)
            frontier.count_waiting()
            waiting = frontier.waiting
            if waiting.pages + waiting.pictures:
                tasks = [
                    task
                    for is_picture in (False, True)
                    for task in frontier.take(pictures=is_picture, limit=EXAMPLES, but=())
                ]
                counts = Counter({"picture": waiting.pictures, "page": waiting.pages})
                shown = [("picture" if t.is_picture else "page", t.key) for t in tasks]
                return Preview(True, _grouped(counts, shown), 0, 0)
    fetcher = Fetcher(settings.fetch)
    try:
        return _visit_first(source, fetcher)
    finally:
        fetcher.close()


def preview_tables(found: Preview) -> Sequence[Any]:
    """Lay a preview out as a table."""
    from crawler.commands.display import build_table

    title = "Would continue with" if found.continues else "Would begin with"
    if found.requests:
        title += f" (found out with {found.requests} requests; products on them: {found.items})"
    rows = [(kind, number, "\n".join(examples)) for kind, number, examples in found.tasks]
    return [build_table(("kind", "number", "for example"), rows, title=title)]


def _visit_first(source: Source, fetcher: Fetcher) -> Preview:
    found: list[Task] = []
    items = 0
    seeds = list(source.seeds())
    for seed in seeds[:MAX_VISITS]:
        visit = source.visit(seed, fetcher)
        items += len(visit.items)
        found += visit.tasks
    found += seeds[MAX_VISITS:]
    counts = Counter(task.kind for task in found)
    tasks = _grouped(counts, ((task.kind, task.key) for task in found))
    return Preview(False, tasks, items, fetcher.counts.requests)


def _grouped(
    counts: Counter[str], tasks: Iterable[tuple[str, str]]
) -> tuple[tuple[str, int, tuple[str, ...]], ...]:
    examples: dict[str, list[str]] = {}
    for kind, key in tasks:
        known = examples.setdefault(kind, [])
        if len(known) < EXAMPLES:
            known.append(key)
    return tuple(
        (kind, number, tuple(examples.get(kind, ()))) for kind, number in counts.items() if number
    )
