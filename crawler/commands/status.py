"""What a crawl has done, what is left, and what failed and why, as the corpus tells it."""

from dataclasses import asdict, astuple, dataclass, replace
from typing import TYPE_CHECKING, Any

from crawler.commands.display import titled_table
from crawler.engine.runs import is_alive
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus

if TYPE_CHECKING:
    from rich.table import Table

MAX_RUNS = 10
COUNTS = ("pages done", "left", "failed", "pictures done", "left", "failed")
RUN_HEADINGS = (
    *("source", "began", "ended", "outcome", "requests"),
    *("new", "changed", "pictures", "failed"),
)
FAILED_HEADINGS = ("source", "host", "what", "reason", "number", "for example")
SKIPPED_HEADINGS = ("source", "reason", "number", "for example")

RUNS = (
    "select id, source, started_at, ended_at, outcome, requests, added, changed, pictures, failed"
    " from crawl_runs order by id desc limit ?"
)
# Products that were imported stand in the same corpus, and are no matter of its crawls.
PRODUCTS = (
    "select source, count(*) from products where source in (select source from crawl_runs)"
    " group by source order by source"
)
# The example is any one of them, but the same each time: the last in the order of text.
FAILURES = (
    "select source, host, iif(kind = 'picture', 'picture', 'page'), reason, count(*),"
    " substr(max(url || ': ' || last_error), 1, 200)"
    " from crawl_tasks where status in ('failed', 'retry') group by 1, 2, 3, 4"
    " order by 5 desc, 1, 2, 3, 4"
)
SKIPPED = (
    "select source, reason, count(*), substr(max(item), 1, 200)"
    " from crawl_skipped group by 1, 2 order by 3 desc, 1, 2"
)


@dataclass(frozen=True)
class RunRow:
    """One run."""

    source: str
    started_at: str
    ended_at: str
    outcome: str
    """``complete``, ``failures``, ``interrupted``, ``stopped``, ``running`` or ``killed``."""
    requests: int
    added: int
    changed: int
    pictures: int
    failed: int


@dataclass(frozen=True)
class TaskRow:
    """Tasks of one sort."""

    source: str
    name: str
    """Their kind, host or category."""
    pages_done: int
    pages_left: int
    pages_failed: int
    pictures_done: int
    pictures_left: int
    pictures_failed: int

    @property
    def is_open(self) -> bool:
        """Whether anything is left or failed."""
        counts = self.pages_left, self.pages_failed, self.pictures_left, self.pictures_failed
        return any(counts)


@dataclass(frozen=True)
class FailureRow:
    """Tasks that failed for one reason."""

    source: str
    host: str
    sort: str
    """``page`` or ``picture``."""
    reason: str
    count: int
    example: str


@dataclass(frozen=True)
class SkippedRow:
    """Products that are none, for one reason."""

    source: str
    reason: str
    count: int
    example: str


@dataclass(frozen=True)
class CrawlStatus:
    """Where the crawls of a corpus stand."""

    runs: tuple[RunRow, ...]
    """The latest, the last one first."""
    products: dict[str, int]
    """Of each source that was crawled."""
    hosts: tuple[TaskRow, ...]
    categories: tuple[TaskRow, ...]
    failures: tuple[FailureRow, ...]
    skipped: tuple[SkippedRow, ...]

    @property
    def left(self) -> int:
        """Tasks that wait."""
        return sum(row.pages_left + row.pictures_left for row in self.hosts)

    @property
    def failed(self) -> int:
        """Tasks that failed."""
        return sum(row.pages_failed + row.pictures_failed for row in self.hosts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**asdict(self), "left": self.left, "failed": self.failed}


def read_status(corpus: Corpus) -> CrawlStatus:
    """Read where the crawls of a corpus stand.

    Raises:
        CorpusError: If it cannot be read.
    """
    with translated_errors(corpus.path):
        return CrawlStatus(
            runs=tuple(_run(corpus, *row) for row in corpus.db.execute(RUNS, [MAX_RUNS])),
            products=dict(corpus.db.execute(PRODUCTS).fetchall()),
            hosts=_tasks(corpus, "host"),
            categories=_tasks(corpus, "category"),
            failures=tuple(FailureRow(*row) for row in corpus.db.execute(FAILURES)),
            skipped=tuple(SkippedRow(*row) for row in corpus.db.execute(SKIPPED)),
        )


def _run(corpus: Corpus, run_id: int, *row: Any) -> RunRow:
    run = RunRow(*row)
    # What was killed could not note it; the next run of the crawl does.
    is_killed = run.outcome == "running" and not is_alive(corpus, run_id)
    return replace(run, outcome="killed") if is_killed else run


def _tasks(corpus: Corpus, column: str) -> tuple[TaskRow, ...]:
    sums = ", ".join(
        f"sum((kind = 'picture') = {is_picture} and status in ({statuses}))"
        for is_picture in (0, 1)
        for statuses in ("'done'", "'waiting', 'retry'", "'failed'")
    )
    sql = f"select source, {column}, {sums} from crawl_tasks group by 1, 2 order by 1, 2"  # noqa: S608
    return tuple(TaskRow(*row) for row in corpus.db.execute(sql))


def status_tables(status: CrawlStatus, *, all_categories: bool = False) -> "list[Table]":
    """Lay a status out as tables; what is empty has none."""
    categories = [row for row in status.categories if all_categories or row.is_open]
    hidden = len(status.categories) - len(categories)
    title = f"Categories ({hidden} are complete)" if hidden else "Categories"
    # The fields of each row stand in the order of its headings.
    tables = [
        titled_table(
            ("source", "products"), status.products.items(), title="Products of crawled sources"
        ),
        titled_table(RUN_HEADINGS, map(astuple, status.runs), title="Latest runs"),
        titled_table(("source", "host", *COUNTS), map(astuple, status.hosts), title="Hosts"),
        titled_table(("source", "category", *COUNTS), map(astuple, categories), title=title),
        titled_table(
            FAILED_HEADINGS,
            map(astuple, status.failures),
            title="Failed; the next run tries them again",
        ),
        titled_table(
            SKIPPED_HEADINGS, map(astuple, status.skipped), title="Entries that are no products"
        ),
    ]
    return [table for table in tables if table.row_count]
