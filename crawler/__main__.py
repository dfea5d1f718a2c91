"""``python -m crawler``: each command reads its options, starts a crawl, and prints what it did.

Exit codes, for schedulers: 0 complete; 1 an error, told in one line; 2 options that make no
sense; 3 finished, but some tasks failed, which the next run tries again; 130 interrupted, and
the same command continues.
"""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import sys
from pathlib import Path
from typing import Any

import click

from crawler.commands.options import (
    PICTURE_RATE,
    CrawlOptions,
    RateType,
    address_option,
    common_options,
    contact_option,
    private_option,
)
from crawler.commands.running import run_crawl
from crawler.http.limits import Rate
from prodcat.errors import InputError
from prodcat.screen import PATH, Cli, show, show_json, show_or_json

SHOP_RATE = "120/min"
# As the source has them, which a test compares: --help must not load what a crawl needs.
SIZES = ("Small", "IPhoneSmall", "Medium", "Large", "IPhone", "XLarge", "Best", "Original")
name_option = click.option(
    "--name", metavar="NAME", help="What ids begin with.  [default: made from the address]"
)


@click.group(cls=Cli, interrupted=130, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Build a corpus from live shops, politely, and without losing anything.

    \b
    python -m crawler shopstyle corpus.db --pid KEY --category women
    python -m crawler shopify corpus.db https://store.example
    python -m crawler status corpus.db

    The same command again continues a crawl that was interrupted, tries again what failed,
    or, when all is done, asks for what has changed.

    \b
    Exit codes:
      0    complete
      1    an error, told in one line
      2    options that make no sense
      3    finished, but some tasks failed; the next run tries them again
      130  interrupted; the same command continues
    """


@main.command()
@common_options(rate="750/min")
@click.option(
    "--pid",
    envvar="PRODCAT_SHOPSTYLE_PID",
    required=True,
    metavar="KEY",
    help="Your partner id, or in the environment as PRODCAT_SHOPSTYLE_PID.",
)
@click.option("--category", default="", metavar="ID", help="Where to begin.  [default: the root]")
@click.option(
    "--per-category",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Most products of each leaf.",
)
@click.option("--locale", default="", help="Such as en_US, or all.  [default: the API's]")
@click.option("--site", default="", help="Such as www.shopstyle.co.uk.  [default: the API's]")
@click.option("--api", metavar="URL", help="Where the API is.  [default: ShopStyle's own]")
@click.option(
    "--image-size",
    type=click.Choice(SIZES),
    default="XLarge",
    show_default=True,
    help="The best picture at or below this size is fetched.",
)
def shopstyle(pid: str, api: str | None, **options: Any) -> None:
    """Crawl ShopStyle: its category tree, and the products of every leaf."""
    from crawler.sources.shopstyle.source import API, ShopStyle, ShopStyleSettings

    names = ("category", "per_category", "locale", "site", "image_size")
    # The API's address is no default of the option: it would have to be imported for --help.
    settings = ShopStyleSettings(api=api or API, **{name: options.pop(name) for name in names})
    source = ShopStyle(pid, settings)
    # As it is sent: hidden with the spaces around it, the key would show without them.
    sys.exit(run_crawl(source, CrawlOptions(**options), secrets=(pid.strip(),)))


@main.command()
@common_options(rate=SHOP_RATE)
@click.argument("store", metavar="URL")
@click.option(
    "--label",
    type=click.Choice(("type", "collection")),
    default="type",
    show_default=True,
    help="What the category is: the product's type, or its collection.",
)
@click.option("--collection", "collections", multiple=True, help="Only this one; repeatable.")
@name_option
def shopify(
    store: str, *, label: str, collections: tuple[str, ...], name: str | None, **options: Any
) -> None:
    """Crawl a Shopify store."""
    from crawler.sources.shopify import Shopify

    source = Shopify(store, label=label, collections=collections, name=name)
    sys.exit(run_crawl(source, CrawlOptions(**options)))


@main.command()
@common_options(rate=SHOP_RATE)
@click.argument("store", metavar="URL")
@click.option("--category", "categories", multiple=True, help="Only this id or slug; repeatable.")
@name_option
def woocommerce(
    store: str, *, categories: tuple[str, ...], name: str | None, **options: Any
) -> None:
    """Crawl a WooCommerce store."""
    from crawler.sources.woocommerce import WooCommerce

    source = WooCommerce(store, categories=categories, name=name)
    sys.exit(run_crawl(source, CrawlOptions(**options)))


@main.command()
@common_options(rate=SHOP_RATE)
@click.argument("site", metavar="URL")
@click.option("--sitemap", metavar="URL", help="Where its sitemap is.  [default: looked for]")
@click.option("--match", metavar="REGEX", help="Only pages whose address it is found in.")
@name_option
def jsonld(
    site: str, *, sitemap: str | None, match: str | None, name: str | None, **options: Any
) -> None:
    """Crawl a site whose pages state their product as schema.org JSON-LD."""
    from crawler.sources.jsonld.source import JsonLd

    source = JsonLd(site, sitemap=sitemap, match=match, name=name)
    sys.exit(run_crawl(source, CrawlOptions(**options)))


@main.command()
@common_options(rate=SHOP_RATE)
@click.argument("feed", metavar="URL_OR_FILE")
@click.option(
    "--label",
    type=click.Choice(("product_type", "google_product_category")),
    default="product_type",
    show_default=True,
    help="Whose category to take: the shop's own, or Google's.",
)
@name_option
def merchant(feed: str, *, label: str, name: str | None, **options: Any) -> None:
    """Crawl a Google Merchant feed: XML or TSV, from the web or a file."""
    from crawler.sources.merchant.source import MerchantFeed

    crawl_options = CrawlOptions(**options)
    # Beside the corpus, so that the next crawl of it finds the feed that it asks after.
    source = MerchantFeed(feed, crawl_options.corpus.parent / "feeds", label=label, name=name)
    sys.exit(run_crawl(source, crawl_options, secrets=source.secrets))


@main.command()
@click.argument("corpus", type=PATH)
@click.option("--source", "sources", multiple=True, help="Only of this source; repeatable.")
@click.option(
    "--rate",
    type=RateType(),
    default=PICTURE_RATE,
    show_default=True,
    metavar="N/UNIT",
    help="Most requests to one host, such as 20/s or 600/min; none for no limit.",
)
@contact_option
@private_option
@address_option
@click.option(
    "--again", is_flag=True, help="Ask also for those that failed for good in an earlier run."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
def pictures(
    corpus: Path,
    *,
    sources: tuple[str, ...],
    rate: Rate | str,
    contact: str,
    allow_private: bool,
    allow_addresses: tuple[str, ...],
    again: bool,
    as_json: bool,
) -> None:
    """Fetch the pictures whose addresses are in CORPUS, such as those of an imported table.

    What cannot be had is counted by reason, and asked for again only where that may go well.

    \b
    python -m crawler pictures shop.db
    """
    from crawler.commands.pictures import fetch_with_bar, picture_settings, pictures_tables
    from crawler.engine.progress import CrawlOutcome
    from crawler.pictures.waiting import sources_with_addresses

    known = sources_with_addresses(corpus)
    if unknown := [name for name in sources if name not in known]:
        raise InputError(
            f"No product of {unknown[0]!r:.100} in {corpus} has the address of a picture."
            f" Sources that have: {', '.join(known) or 'none'}."
        )
    settings = picture_settings(
        rate,
        contact=contact,
        allow_private=allow_private,
        allow_addresses=allow_addresses,
        again=again,
    )
    summaries = []
    for name in sources or known:
        summaries.append(fetch_with_bar(corpus, name, settings))
        if summaries[-1].outcome is CrawlOutcome.INTERRUPTED:
            break
    data = {"pictures": [summary.to_dict() for summary in summaries]}
    tables = [table for summary in summaries for table in pictures_tables(summary)]
    show_or_json(data, tables, as_json=as_json)
    sys.exit(max((int(summary.outcome.value) for summary in summaries), default=0))


@main.command()
@click.argument("corpus", type=PATH)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead.")
@click.option("--all", "all_categories", is_flag=True, help="Complete categories, too.")
def status(corpus: Path, as_json: bool, all_categories: bool) -> None:
    """Show what is done, what is left, and what failed and why."""
    from crawler.commands.status import read_status, status_tables
    from prodcat.corpus.store import Corpus

    # The crawl may be running, and to look at it changes nothing.
    with Corpus.open(corpus, read_only=True) as opened:
        crawl_status = read_status(opened)
    if as_json:
        show_json(crawl_status.to_dict())
    else:
        show(*status_tables(crawl_status, all_categories=all_categories))


if __name__ == "__main__":
    main(prog_name="python -m crawler")
