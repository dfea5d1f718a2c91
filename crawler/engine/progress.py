"""How to crawl, where a crawl stands, and what it did."""

from dataclasses import asdict, dataclass, field
from enum import Enum
from typing import Any

from crawler.engine.writer import WriteCounts
from crawler.http.settings import FetchCounts, FetchSettings


class CrawlOutcome(Enum):
    """How a crawl ended; the value is the exit code of the command."""

    # 1 and 2 are those of errors and of options that make no sense, as click has them.
    COMPLETE = 0
    FAILURES = 3
    """Finished, but some tasks failed, or little or nothing came of it."""
    # As shells have it for what ended by Ctrl-C: 128 and the number of the signal.
    INTERRUPTED = 130


@dataclass(frozen=True)
class CrawlSettings:
    """How to crawl."""

    fetch: FetchSettings = field(default_factory=FetchSettings)
    pictures: bool = True
    pages: bool = True
    """Visit pages; without them nothing but the pictures that wait is fetched."""
    again: bool = False
    """Begin a new round, whatever is left of the last one."""
    refetch: bool = False
    """Ask for whole pages, changed or not."""
    attempts: int = 3
    """How often a task is tried in one run, apart from the tries of each request."""
    retry_pause_s: float = 5.0
    """Before what failed is tried again."""


@dataclass(frozen=True)
class Progress:
    """Where a crawl stands."""

    seconds: float
    pages_left: int
    pictures_left: int
    fetched: FetchCounts
    written: WriteCounts
    seconds_left: float | None
    """None while it cannot be told."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class CrawlSummary:
    """What a crawl did."""

    outcome: CrawlOutcome
    continued: bool
    """An earlier crawl that had not come to its end."""
    progress: Progress
    failed: int
    """Tasks that failed."""
    products: int
    """In the corpus, of this source."""
    note: str = ""
    """In one line, that little or nothing came of it, and mostly why; empty where enough did."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        # Whoever reads the logs knows it as the ending.
        values = asdict(self)
        return {"ending": values.pop("outcome").name.lower(), **values}
