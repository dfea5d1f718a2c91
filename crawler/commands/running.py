"""A crawl as a command runs it: with its display, until it ends or a signal comes."""

import logging
import signal
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from crawler.commands.options import CrawlOptions
from crawler.errors import FetchError
from prodcat.screen import say, show

if TYPE_CHECKING:
    from crawler.items import Source


def run_crawl(source: "Source", options: CrawlOptions, *, secrets: tuple[str, ...] = ()) -> int:
    """Crawl, or show what would be crawled; return the exit code."""
    from crawler.commands.display import Display, set_up_logs, summary_table
    from crawler.commands.preview import preview, preview_tables
    from crawler.engine.crawl import Crawl

    quiet, as_json = options.quiet, options.log_json
    set_up_logs(quiet=quiet, as_json=as_json)
    settings = options.settings(host=source.host, secrets=secrets)
    if options.dry_run:
        try:
            show(*preview_tables(preview(source, options.corpus, settings)))
        except FetchError as error:
            raise click.ClickException(str(error)) from error
        return 0
    stop = threading.Event()
    with Display(quiet=quiet, as_json=as_json) as display, stopping_on_signals(stop):
        crawl = Crawl(source, options.corpus, settings, on_progress=display.update, stop=stop)
        summary = crawl.run()
    if as_json and not quiet:
        logging.getLogger("crawler").info("finished", extra={"fields": summary.to_dict()})
    elif not quiet:
        show(summary_table(summary))
    # Even where nothing but errors is told: it is one.
    if summary.note and not as_json:
        say(summary.note, err=True)
    return int(summary.outcome.value)


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Generator[None]:
    """End the crawl cleanly on Ctrl-C or SIGTERM; at once on a second one."""

    def on_signal(*_: object) -> None:
        if stop.is_set():
            # Nothing is lost by it: what is not written yet is fetched again by the next run.
            raise KeyboardInterrupt
        stop.set()

    handlers = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
