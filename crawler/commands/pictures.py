"""Fetching the pictures that products of a corpus wait for, as commands do it and tell of it."""

import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING

from crawler.commands.display import titled_table
from crawler.commands.running import stopping_on_signals
from crawler.engine.progress import CrawlOutcome, CrawlSettings
from crawler.http.limits import Rate
from crawler.http.settings import FetchSettings
from crawler.pictures.waiting import PicturesSummary, fetch_waiting
from prodcat.product import PathLike
from prodcat.screen import progress_bar

if TYPE_CHECKING:
    from rich.table import Table

ENDINGS = {
    CrawlOutcome.COMPLETE: "complete",
    CrawlOutcome.FAILURES: "some failed for now; the same command asks for them again",
    CrawlOutcome.INTERRUPTED: "interrupted; the same command goes on",
}


def fetch_with_bar(path: PathLike, source: str, settings: CrawlSettings) -> PicturesSummary:
    """Fetch the pictures of one source, with a bar, until it ends or a signal comes."""
    stop = threading.Event()
    with progress_bar("fetching pictures") as on_progress, stopping_on_signals(stop):
        return fetch_waiting(path, source, settings, on_progress=on_progress, stop=stop)


def picture_settings(
    rate: Rate | str,
    *,
    contact: str = "",
    allow_private: bool = False,
    allow_addresses: Iterable[str] = (),
    again: bool = False,
) -> CrawlSettings:
    """Return the settings of fetching pictures alone.

    Args:
        rate: Requests to one host; whatever is no `Rate` is none.
        contact: Who fetches; part of the User-Agent.
        allow_private: Connect to private addresses, too.
        allow_addresses: With *allow_private*, connect even to these, which no shop has, in the form
            of `crawler.http.addresses.read_named`.
        again: Ask also for what failed for good in an earlier run.
    """
    fetch = FetchSettings(
        contact=contact,
        rate=rate if isinstance(rate, Rate) else None,
        allow_private=allow_private,
        allow_addresses=frozenset(allow_addresses),
    )
    return CrawlSettings(fetch=fetch, pages=False, again=again)


def pictures_tables(summary: PicturesSummary) -> list["Table"]:
    """Lay out what became of the addresses."""
    rows = [
        (counted.outcome, counted.count, "yes" if counted.again else "", counted.example)
        for counted in summary.outcomes
    ]
    if summary.left:
        rows.append(("not asked yet", summary.left, "yes", ""))
    title = f"pictures of {summary.source}: {ENDINGS[summary.outcome]}"
    headings = ("became of them", "addresses", "asked again", "such as")
    return [titled_table(headings, rows, title=title)] if rows else []
