"""The options that every crawl has, and what they set."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from crawler.http.limits import Rate
from crawler.http.settings import FetchSettings
from prodcat.errors import ConfigError
from prodcat.screen import PATH

if TYPE_CHECKING:
    from crawler.engine.progress import CrawlSettings

# A word of its own: click takes None for an option that is not given.
NO_LIMIT = "none"
PICTURE_RATE = "20/s"


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


contact_option = click.option(
    "--contact",
    default="",
    metavar="URL_OR_MAIL",
    help="Who you are, for the User-Agent.",
)
private_option = click.option(
    "--allow-private",
    is_flag=True,
    help="Connect to private addresses, too: this machine, an intranet.",
)


class AddressType(click.ParamType):  # type: ignore[type-arg,unused-ignore]
    """A numeric address."""

    name = "address"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read it."""
        from crawler.http.addresses import read_named

        try:
            return read_named(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)


address_option = click.option(
    "--allow-address",
    "allow_addresses",
    type=AddressType(),
    multiple=True,
    metavar="IP",
    help="With --allow-private, connect even to this one, such as that of a cloud's metadata;"
    " repeatable.",
)


def common_options(*, rate: str) -> Callable[[Any], Any]:
    """Return the options of a crawl; *rate* is its own default."""
    options = [
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
            default=PICTURE_RATE,
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
        contact_option,
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
        private_option,
        address_option,
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
    # Innermost first, as decorators are applied, so that --help lists them in this order.
    return lambda command: reduce(lambda inner, option: option(inner), reversed(options), command)


@dataclass(frozen=True)
class CrawlOptions:
    """What the options of a crawl say; each field has the name of its parameter."""

    corpus: Path
    rate: Rate | str
    picture_rate: Rate | str
    workers: int
    per_host: int
    contact: str
    timeout_s: float
    total_timeout_s: float
    max_mb: float
    allow_private: bool
    allow_addresses: tuple[str, ...]
    pictures: bool
    again: bool
    refetch: bool
    dry_run: bool
    quiet: bool
    log_json: bool

    def settings(self, *, host: str, secrets: tuple[str, ...] = ()) -> "CrawlSettings":
        """Return the settings of the crawl.

        Args:
            host: The shop's own host, for which the rate holds.
            secrets: Keys that are never to be shown.
        """
        from crawler.engine.progress import CrawlSettings

        rate, picture_rate = (
            limit if isinstance(limit, Rate) else None for limit in (self.rate, self.picture_rate)
        )
        fetch = FetchSettings(
            contact=self.contact,
            # A feed from a file has no host of its own, and all that is fetched are its pictures.
            rate=picture_rate,
            rates={host: rate} if host else {},
            slots=self.per_host,
            workers=self.workers,
            timeout_s=self.timeout_s,
            total_timeout_s=self.total_timeout_s,
            # Of pages; a feed, which goes into a file, has a limit of its own.
            max_bytes=int(self.max_mb * 1024 * 1024),
            allow_private=self.allow_private,
            allow_addresses=frozenset(self.allow_addresses),
            secrets=secrets,
        )
        return CrawlSettings(
            fetch=fetch, pictures=self.pictures, again=self.again, refetch=self.refetch
        )
