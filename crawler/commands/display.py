"""What a crawl shows: a line that moves, a summary, or events as lines of JSON."""

import logging
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import TYPE_CHECKING, Any, TextIO

from crawler.engine.progress import CrawlOutcome, CrawlSummary, Progress
from prodcat.screen import LogLines, build_table, json_line
from prodcat.wording import in_two_units

if TYPE_CHECKING:
    from rich.table import Table

EVENT_EVERY_S = 10.0

ENDINGS = {
    CrawlOutcome.COMPLETE: "Complete.",
    CrawlOutcome.FAILURES: "Finished, but some tasks failed; the next run tries them again.",
    CrawlOutcome.INTERRUPTED: "Interrupted. Run the same command again to continue.",
}

LITTLE = "Finished, but little or nothing came of it."


class Display:
    """Shows progress on standard error: a moving line, or now and then a line of JSON."""

    def __init__(self, *, quiet: bool = False, as_json: bool = False) -> None:
        self.quiet, self.as_json = quiet, as_json
        self._live: Any = None
        self._last = time.monotonic()
        self._requests = 0
        self._rate = 0.0

    def __enter__(self) -> "Display":
        from rich.console import Console
        from rich.live import Live

        screen = Console(stderr=True)
        if screen.is_terminal and not self.quiet and not self.as_json:
            # Transient: the moving line makes room for the summary.
            self._live = Live(console=screen, refresh_per_second=4, transient=True)
            self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.__exit__(kind, error, trace)

    def update(self, progress: Progress) -> None:
        """Show where the crawl stands."""
        now = time.monotonic()
        if self.as_json and now - self._last < EVENT_EVERY_S:
            return
        seconds = max(0.001, now - self._last)
        self._rate = (progress.fetched.requests - self._requests) / seconds
        self._last, self._requests = now, progress.fetched.requests
        if self._live is not None:
            self._live.update(progress_line(progress, self._rate))
        elif self.as_json and not self.quiet:
            logging.getLogger("crawler").info("progress", extra={"fields": progress.to_dict()})


def progress_line(progress: Progress, rate: float) -> str:
    """Write where a crawl stands on one line."""
    written = progress.written
    products = written.products
    parts = [
        f"{written.pages:,} pages ({progress.pages_left:,} left)",
        f"{products.added:,} new products",
        f"{products.changed:,} changed" if products.changed else "",
        f"{written.pictures:,} pictures ({progress.pictures_left:,} left)",
        f"{rate:.0f} requests/s",
        f"{written.failures:,} errors" if written.failures else "",
        f"about {in_two_units(progress.seconds_left)} left" if progress.seconds_left else "",
    ]
    return " · ".join(part for part in parts if part)


def summary_table(summary: CrawlSummary) -> "Table":
    """Lay out what a crawl did."""
    progress, written = summary.progress, summary.progress.written
    products, fetched = written.products, progress.fetched
    rows = [
        ("products in the corpus", summary.products),
        ("  new", products.added),
        ("  changed", products.changed),
        ("  seen again", products.unchanged),
        ("pictures stored", written.pictures),
        ("entries that are no products", written.skipped),
        ("pages visited", written.pages),
        ("requests", fetched.requests),
        ("  unchanged since the last crawl", fetched.not_modified),
        ("  tried again", fetched.retries),
        ("megabytes", f"{fetched.bytes / 1e6:,.1f}"),
        ("tasks left", progress.pages_left + progress.pictures_left),
        ("tasks failed", summary.failed),
        ("time", in_two_units(progress.seconds)),
        ("requests a minute", round(60 * fetched.requests / max(0.001, progress.seconds))),
    ]
    has_failed = summary.failed or summary.outcome is not CrawlOutcome.FAILURES
    title = ENDINGS[summary.outcome] if has_failed else LITTLE
    table = titled_table(("", ""), rows, title=title)
    names, numbers = table.columns
    names.style = ""
    numbers.justify = "right"  # the time, too, which is a text
    return table


def titled_table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str) -> "Table":
    """Lay out rows, at least as wide as the title: beside few narrow columns it would be broken."""
    table = build_table(headings, rows, title=title)
    table.min_width = len(title)
    return table


class JsonLines(logging.Formatter):
    """Log records as JSON, one a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        # Within the object, so that an event is one line whatever failed.
        if record.exc_info:
            facts["trace"] = self.formatException(record.exc_info)
        return json_line({**facts, **getattr(record, "fields", {})})


def set_up_logs(*, quiet: bool, as_json: bool, stream: TextIO | None = None) -> None:
    """Send what the crawl logs to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if as_json else LogLines())
    level = logging.ERROR if quiet else logging.INFO if as_json else logging.WARNING
    # By force: where a library has set up logging before, nothing else would happen here.
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # At its most talkative it writes whole addresses, with the keys in them.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
