"""Walk a source from its seeds to the end, as a crawl would, in memory."""

from collections import deque
from dataclasses import dataclass, field

from crawler.errors import CrawlError
from crawler.http.fetcher import Fetcher
from crawler.http.settings import FetchSettings
from crawler.items import Item, Source, Task
from prodcat.taxonomy.tree import Category


@dataclass
class Walk:
    """What came of it."""

    items: dict[str, Item] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    """Reasons by task."""
    tasks: dict[str, Task] = field(default_factory=dict)


def fetcher() -> Fetcher:
    """Return one that may ask this machine, and asks once."""
    return Fetcher(FetchSettings(allow_private=True, tries=1, timeout_s=5.0))


def walk(source: Source, client: Fetcher | None = None) -> Walk:
    """Visit every task once."""
    client = client or fetcher()
    outcome = Walk()
    queue = deque(source.seeds())
    while queue:
        task = queue.popleft()
        name = f"{task.kind}:{task.key}"
        if name in outcome.tasks:
            continue
        outcome.tasks[name] = task
        try:
            visit = source.visit(task, client)
        except CrawlError as error:
            outcome.failed[name] = error.reason
            continue
        queue.extend(visit.tasks)
        outcome.items |= {item.source_id: item for item in visit.items}
        outcome.categories |= {category.id: category for category in visit.categories}
        outcome.skipped += visit.skipped
    client.close()
    return outcome
