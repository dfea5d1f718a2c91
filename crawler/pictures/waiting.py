"""The pictures that products of a corpus wait for, such as those of an imported table."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any

from crawler.engine.crawl import Crawl
from crawler.engine.frontier import MAX_FAILED_RUNS
from crawler.engine.picture_outcomes import STORED, is_lasting, outcome_words
from crawler.engine.progress import CrawlOutcome, CrawlSettings, Progress
from crawler.http.fetcher import Fetcher
from crawler.items import Task, Visit
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus
from prodcat.product import PathLike

# Of an address that no product has any more nobody wants to know.
COUNTED = (
    "select status, reason, failed_runs >= :most, count(*), min(url)"
    " from crawl_tasks where source = :source and kind = 'picture' and exists"
    " (select 1 from products where source = :source and image_url = crawl_tasks.url)"
    " group by 1, 2, 3"
)
EXAMPLE_CHARS = 200


@dataclass(frozen=True)
class OutcomeCount:
    """Addresses of which one thing became."""

    outcome: str
    """``stored``, or why there is no picture."""
    count: int
    again: bool = False
    """The next run asks for them again."""
    example: str = ""
    """The address of one that failed."""


@dataclass(frozen=True)
class PicturesSummary:
    """What fetching the pictures of one source came to."""

    source: str
    outcome: CrawlOutcome
    fetched: int
    """Pictures that this run stored."""
    left: int
    """Addresses that were not asked before the run was interrupted."""
    outcomes: tuple[OutcomeCount, ...]
    """Of all addresses of the source, whichever run asked them: stored ones first."""
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        values = asdict(self)
        return {**values, "outcome": self.outcome.name.lower()}


class WaitingPictures:
    """A source without pages: what it fetches is in the corpus already, as addresses."""

    host = ""
    scope = "pictures"

    def __init__(self, name: str) -> None:
        self.name = name

    def seeds(self) -> Iterable[Task]:
        """Return nothing: there is no page to begin with."""
        return ()

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:  # noqa: ARG002  (as sources have it)
        """Never called, since nothing queues a page."""
        raise AssertionError(f"no page {task.key!r:.100} of {self.name} was to be visited")


def fetch_waiting(
    path: PathLike,
    source: str,
    settings: CrawlSettings | None = None,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    stop: threading.Event | None = None,
) -> PicturesSummary:
    """Fetch the pictures of one source whose addresses are in a corpus.

    Each address is asked for once, however many products have it. A run that is killed or
    stopped is continued by the next, which also asks again where something failed that may go
    well another time; what failed for good, such as a picture that is not there, is counted and
    left alone, unless ``settings.again``.

    Args:
        path: The corpus.
        source: The source of the products, as the first part of their ids.
        settings: How to fetch; whether pages are visited does not matter here.
        on_progress: Called now and then with how many addresses are done, of how many.
        stop: Once set, the run ends cleanly.

    Raises:
        CrawlStopped: If it cannot go on, such as without room on the disk.
        CorpusError: If the corpus cannot be read or written.
        MissingDependencyError: If what the crawler needs is not installed.
    """
    total = 0

    def show(progress: Progress) -> None:
        nonlocal total
        done = progress.written.pictures
        # What failed for now leaves the queue, and comes back: it is never more than this.
        total = max(total, done + progress.pictures_left)
        if on_progress is not None:
            on_progress(total - progress.pictures_left, total)

    settings = replace(settings or CrawlSettings(), pages=False, pictures=True)
    crawl = Crawl(WaitingPictures(source), path, settings, on_progress=show, stop=stop)
    summary = crawl.run()
    show(summary.progress)
    outcomes, left = count_outcomes(path, source)
    outcome = summary.outcome
    if outcome is not CrawlOutcome.INTERRUPTED:
        # What failed for good is told, and is no reason to run again.
        some_again = any(counted.again for counted in outcomes)
        outcome = CrawlOutcome.FAILURES if some_again else CrawlOutcome.COMPLETE
    written = summary.progress.written.pictures
    return PicturesSummary(source, outcome, written, left, outcomes, summary.progress.seconds)


def count_outcomes(path: PathLike, source: str) -> tuple[tuple[OutcomeCount, ...], int]:
    """Count the addresses of a source by what became of them, and those that wait."""
    left, counted = 0, list[OutcomeCount]()
    with Corpus.open(path, read_only=True) as corpus, translated_errors(corpus.path):
        rows = corpus.db.execute(COUNTED, {"source": source, "most": MAX_FAILED_RUNS}).fetchall()
    for status, reason, is_given_up, number, example in rows:
        if status == "done":
            counted.append(OutcomeCount(STORED, number))
        elif status == "waiting":
            left += number
        else:
            again = not (is_given_up or is_lasting(reason))
            counted.append(
                OutcomeCount(outcome_words(reason), number, again, example[:EXAMPLE_CHARS])
            )
    return tuple(sorted(merged(counted), key=_stored_first)), left


def merged(counted: Iterable[OutcomeCount]) -> list[OutcomeCount]:
    """Add up those that people read the same words of."""
    by_words: dict[tuple[str, bool], OutcomeCount] = {}
    for one in counted:
        same = by_words.get((one.outcome, one.again))
        total = one if same is None else replace(same, count=same.count + one.count)
        by_words[one.outcome, one.again] = total
    return list(by_words.values())


def sources_with_addresses(path: PathLike) -> list[str]:
    """Return the sources of a corpus that have products with the address of a picture.

    Raises:
        CorpusError: If it cannot be read.
    """
    with Corpus.open(path, read_only=True) as corpus, translated_errors(corpus.path):
        rows = corpus.db.execute(
            "select distinct source from products where image_url != '' order by 1"
        ).fetchall()
    return [source for (source,) in rows]


def _stored_first(counted: OutcomeCount) -> tuple[bool, int, str]:
    return counted.outcome != STORED, -counted.count, counted.outcome
