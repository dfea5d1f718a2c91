"""Pictures that tables name by web addresses: where prodcat's commands call the crawler."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodcat.cli.options import together
from prodcat.errors import ConfigError, require
from prodcat.screen import PATH

if TYPE_CHECKING:
    from rich.table import Table

RATE = "20/s"
NO_LIMIT = "none"
ONLY_WITH = {
    "rate": "--rate",
    "contact": "--contact",
    "allow_private": "--allow-private",
    "allow_addresses": "--allow-address",
    "picture_cache": "--picture-cache",
}
"""Parameter → its option, of those that say how to fetch."""


@dataclass(frozen=True)
class Fetching:
    """How pictures shall be fetched."""

    rate: str = RATE
    contact: str = ""
    allow_private: bool = False
    allow_addresses: tuple[str, ...] = ()
    picture_cache: Path | None = None
    """Where those are kept that go into no corpus; None for the user's cache."""

    def settings(self) -> Any:
        """Return the crawler's settings.

        Raises:
            MissingDependencyError: If what the crawler needs is not installed.
        """
        # Before any row is read, which may take longer than to say that this is missing.
        for library in ("requests", "protego"):
            require(library, extra="crawl")
        from crawler.commands.pictures import picture_settings
        from crawler.http.limits import Rate

        rate = NO_LIMIT if self.rate == NO_LIMIT else Rate.parse(self.rate)
        return picture_settings(
            rate,
            contact=self.contact,
            allow_private=self.allow_private,
            allow_addresses=self.allow_addresses,
        )


@dataclass(frozen=True)
class FetchedPictures:
    """What fetching came to, for people and for programs."""

    data: dict[str, Any]
    tables: list["Table"]
    exit_code: int = 0


def fetch_for_corpus(corpus: Path, source: str, fetching: Fetching) -> FetchedPictures:
    """Fetch the pictures that the products of one source wait for."""
    from crawler.commands.pictures import fetch_with_bar, pictures_tables

    summary = fetch_with_bar(corpus, source, fetching.settings())
    tables = pictures_tables(summary)
    return FetchedPictures(summary.to_dict(), tables, int(summary.outcome.value))


@contextmanager
def picture_cache(fetching: Fetching | None) -> Generator[Any]:
    """Give what fetches the picture of an address into a folder; None where none is wanted."""
    if fetching is None:
        yield None
        return
    settings = fetching.settings()
    from crawler.http.fetcher import Fetcher
    from crawler.pictures.cache import PictureCache
    from prodcat.bulk.answer_file import user_cache

    folder = fetching.picture_cache or user_cache() / "pictures"
    with PictureCache(folder, Fetcher(settings.fetch)) as cache:
        yield cache


def cache_tables(cache: Any) -> list["Table"]:
    """Lay out what became of the addresses of a table; nothing where none was looked up."""
    from crawler.commands.display import titled_table

    if cache is None or not cache.outcomes:
        return []
    title = f"pictures fetched into {cache.folder}"
    return [
        titled_table(("became of them", "addresses"), cache.outcomes.most_common(), title=title)
    ]


def _read_rate(ctx: click.Context, param: Any, value: str | None) -> str | None:
    from crawler.http.limits import Rate

    if value is not None and value != NO_LIMIT:
        try:
            Rate.parse(value)
        except ConfigError as error:
            raise click.BadParameter(str(error), ctx, param) from error
    return value


def _read_addresses(ctx: click.Context, param: Any, values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        return ()
    from crawler.http.addresses import read_named

    try:
        return tuple(read_named(value) for value in values)
    except ConfigError as error:
        raise click.BadParameter(str(error), ctx, param) from error


def _as_fetching(command: Callable[..., Any]) -> Callable[..., Any]:
    """Hand a command what is said of fetching in one value, which is None where none is wanted."""

    @wraps(command)
    def with_fetching(*, fetch_pictures: bool, **options: Any) -> Any:
        how = {name: options.pop(name) for name in ONLY_WITH if name in options}
        given = {name: value for name, value in how.items() if value}
        if given and not fetch_pictures:
            # Passed over, it would look as if pictures were fetched so.
            option = ONLY_WITH[next(iter(given))]
            raise click.UsageError(f"{option} says how pictures are fetched; add --fetch-pictures.")
        return command(**options, fetching=Fetching(**given) if fetch_pictures else None)

    return with_fetching


picture_options = together(
    click.option(
        "--fetch-pictures",
        is_flag=True,
        help="Fetch the pictures that are named by web addresses; needs prodcat[crawl].",
    ),
    click.option(
        "--rate",
        callback=_read_rate,
        metavar="N/UNIT",
        help="Most pictures that one host is asked for, such as 2/s or 600/min; none for no"
        f" limit.  [default: {RATE}]",
    ),
    click.option(
        "--contact", metavar="URL_OR_MAIL", help="Who you are, for the shops that are asked."
    ),
    click.option(
        "--allow-private",
        is_flag=True,
        help="Fetch from private addresses, too: this machine, an intranet.",
    ),
    click.option(
        "--allow-address",
        "allow_addresses",
        multiple=True,
        callback=_read_addresses,
        metavar="IP",
        help="With --allow-private, fetch even from this one, such as that of a cloud's metadata;"
        " repeatable.",
    ),
    _as_fetching,
)
cache_option = click.option(
    "--picture-cache",
    type=PATH,
    metavar="FOLDER",
    help="Where fetched pictures are kept.  [default: pictures in the user's cache]",
)
