"""The options that every crawl has, and what they set."""

import logging
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.errors import FetchError
from crawler.http.limits import Rate
from crawler.http.settings import FetchSettings
from prodcat.errors import ConfigError

if TYPE_CHECKING:
    from crawler.engine.progress import CrawlSettings
    from crawler.items import Source

PATH = click.Path(path_type=Path)
NO_LIMIT = "none"


class RateType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A rate such as 750/min, or none."""

    name = "rate"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Rate | str:
        """Read it."""
        if isinstance(value, Rate) or value == NO_LIMIT:
            return value
        try:
            return Rate.parse(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


def common_options(*, rate: str) -> Callable[[Any], Any]:
    """Return the options of a crawl; *rate* is its own default."""
    together = [
        click.argument("corpus", type=PATH),
        click.option(
            "--rate",
            type=RateType(),
            default=rate,
            show_default=True,
            metavar="N/UNIT",
            help="Most requests to the shop, such as 750/min or 2/s; none for no limit.",
        ),
        click.option(
            "--picture-rate",
            type=RateType(),
            default="20/s",
            show_default=True,
            metavar="N/UNIT",
            help="The same for each other host, where pictures mostly are.",
        ),
        click.option(
            "--workers",
            type=click.IntRange(1, 256),
            default=16,
            show_default=True,
            help="Requests at once.",
        ),
        click.option(
            "--per-host",
            type=click.IntRange(1, 256),
            default=8,
            show_default=True,
            help="Requests to one host at once.",
        ),
        click.option(
            "--contact",
            default="",
            metavar="URL_OR_MAIL",
            help="Who you are, for the User-Agent.",
        ),
        click.option(
            "--timeout",
            "timeout_s",
            type=click.FloatRange(min=0.1),
            default=30.0,
            show_default=True,
            metavar="SECONDS",
            help="To wait for a connection, and for each piece of an answer.",
        ),
        click.option(
            "--total-timeout",
            "total_timeout_s",
            type=click.FloatRange(min=0.1),
            default=120.0,
            show_default=True,
            metavar="SECONDS",
            help="To wait for a whole answer.",
        ),
        click.option(
            "--max-mb",
            type=click.FloatRange(min=0.1),
            default=64.0,
            show_default=True,
            help="Most megabytes of one answer, decompressed.",
        ),
        click.option(
            "--allow-private",
            is_flag=True,
            help="Connect to private addresses, too: this machine, an intranet.",
        ),
        click.option("--pictures/--no-pictures", default=True, help="Fetch pictures.  [default]"),
        click.option(
            "--again", is_flag=True, help="Begin a new round, even if the last is not finished."
        ),
        click.option(
            "--refetch", is_flag=True, help="Ask for whole pages, even if they are unchanged."
        ),
        click.option("--dry-run", is_flag=True, help="Show what would be fetched; write nothing."),
        click.option("--quiet", is_flag=True, help="Say nothing but errors."),
        click.option(
            "--log-json", is_flag=True, help="Log events on standard error as lines of JSON."
        ),
    ]
    return lambda command: reduce(lambda inner, option: option(inner), reversed(together), command)


def read_settings(
    options: dict[str, Any], *, host: str, secrets: tuple[str, ...] = ()
) -> "CrawlSettings":
    """Turn options into settings.

    Args:
        options: As `common_options` gives them.
        host: The shop's own host, for which the rate holds.
        secrets: Keys that are never to be shown.
    """
    from crawler.engine.progress import CrawlSettings

    rate, picture_rate = (
        None if options[name] == NO_LIMIT else options[name] for name in ("rate", "picture_rate")
    )
    fetch = FetchSettings(
        contact=options["contact"],
        rate=picture_rate if host else rate,
        rates={host: rate} if host else {},
        slots=options["per_host"],
        workers=options["workers"],
        timeout_s=options["timeout_s"],
        total_timeout_s=options["total_timeout_s"],
        max_bytes=int(options["max_mb"] * 1024 * 1024),
        allow_private=options["allow_private"],
        secrets=secrets,
    )
    return CrawlSettings(
        fetch=fetch,
        pictures=options["pictures"],
        again=options["again"],
        refetch=options["refetch"],
    )


def run_crawl(source: "Source", options: dict[str, Any], *, secrets: tuple[str, ...] = ()) -> int:
    """Crawl, or show what would be crawled; return the exit code."""
    from crawler.commands.display import Display, set_up_logs, show, summary_table
    from crawler.commands.preview import preview, preview_tables
    from crawler.engine.crawl import Crawl

    quiet, as_json = options["quiet"], options["log_json"]
    set_up_logs(quiet=quiet, as_json=as_json)
    settings = read_settings(options, host=source.host, secrets=secrets)
    if options["dry_run"]:
        try:
            show(*preview_tables(preview(source, options["corpus"], settings)))
        except FetchError as error:
            raise click.ClickException(str(error)) from error
        return 0
    stop = threading.Event()
    with Display(quiet=quiet, as_json=as_json) as display, stopping_on_signals(stop):
        crawl = Crawl(source, options["corpus"], settings, on_progress=display.update, stop=stop)
        summary = crawl.run()
    if as_json and not quiet:
        logging.getLogger("crawler").info("finished", extra={"fields": summary.to_dict()})
    elif not quiet:
        show(summary_table(summary))
    return int(summary.outcome.value)


@contextmanager
def stopping_on_signals(stop: threading.Event) -> Generator[None]:
    """End the crawl cleanly on Ctrl-C or SIGTERM; at once on a second one."""

    def on_signal(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {
        number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
