"""What a crawl shows: a line that moves, a summary, or events as lines of JSON."""

import json
import logging
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, TextIO

from crawler.engine.progress import CrawlOutcome, CrawlSummary, Progress

WIDTH = 160
"""Columns of what is printed elsewhere than on a terminal."""
EVENT_EVERY_S = 10.0

ENDINGS = {
    CrawlOutcome.COMPLETE: "Complete.",
    CrawlOutcome.FAILURES: "Finished, but some tasks failed; the next run tries them again.",
    CrawlOutcome.INTERRUPTED: "Interrupted. Run the same command again to continue.",
}


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
        f"about {duration(progress.seconds_left)} left" if progress.seconds_left else "",
    ]
    return " · ".join(part for part in parts if part)


def duration(seconds: float) -> str:
    """Write a time in two units.

    >>> duration(5), duration(3725), duration(200000)
    ('5 s', '1 h 2 min', '2 d 7 h')
    """
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    left = int(seconds)
    for index, (unit, size) in enumerate(units):
        if left >= size:
            text = f"{left // size} {unit}"
            rest = left % size
            if index + 1 < len(units) and (small := rest // units[index + 1][1]):
                text += f" {small} {units[index + 1][0]}"
            return text
    return "0 s"


def summary_table(summary: CrawlSummary) -> Any:
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
        ("megabytes", round(fetched.bytes / 1e6, 1)),
        ("tasks left", progress.pages_left + progress.pictures_left),
        ("tasks failed", summary.failed),
        ("time", duration(progress.seconds)),
        ("requests a minute", round(60 * fetched.requests / max(0.001, progress.seconds))),
    ]
    return build_table(("", ""), rows, title=ENDINGS[summary.outcome])


def build_table(headings: Sequence[str], rows: Iterable[Sequence[Any]], *, title: str = "") -> Any:
    """Lay out rows; numbers stand to the right."""
    from rich.table import Table
    from rich.text import Text

    rows = [list(row) for row in rows]
    table = Table(title=title or None, title_justify="left", show_header=any(headings))
    table.min_width = len(title)
    for index, heading in enumerate(headings):
        is_number = any(isinstance(row[index], int | float) for row in rows)
        table.add_column(heading, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(f"{v:,}" if isinstance(v, int | float) else str(v)) for v in row))
    return table


def show(*tables: Any) -> None:
    """Print tables on standard output."""
    from rich.console import Console

    screen = Console(highlight=False, emoji=False, markup=False)
    if not screen.is_terminal:
        screen.width = WIDTH
    for table in tables:
        screen.print(table)


class JsonLines(logging.Formatter):
    """Log records as JSON, one a line."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        facts = {"time": moment, "level": record.levelname.lower(), "event": record.getMessage()}
        if record.exc_info:
            facts["trace"] = self.formatException(record.exc_info)
        return json.dumps({**facts, **getattr(record, "fields", {})}, ensure_ascii=False)


def set_up_logs(*, quiet: bool, as_json: bool, stream: TextIO | None = None) -> None:
    """Send what the crawl logs to standard error."""
    handler = logging.StreamHandler(stream or sys.stderr)
    plain = logging.Formatter("%(levelname)s: %(message)s")
    handler.setFormatter(JsonLines() if as_json else plain)
    level = logging.ERROR if quiet else logging.INFO if as_json else logging.WARNING
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # At its most talkative it writes whole addresses, with the keys in them.
    logging.getLogger("urllib3").setLevel(logging.WARNING)
