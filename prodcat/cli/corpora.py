"""Commands that fill a corpus and count what it holds."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from prodcat.cli.fetching import FetchedPictures, Fetching, fetch_for_corpus, picture_options
from prodcat.cli.options import (
    category_options,
    json_option,
    table_options,
    with_category,
)
from prodcat.cli.tables import TableShown, corpus_tables, import_tables
from prodcat.screen import NOTHING_IN_HAND, PATH, progress_bar, say, show_or_json


@click.command("import")
@click.argument("source", type=PATH)
@click.argument("corpus", type=PATH)
@table_options
@category_options
@picture_options
@json_option
def import_(
    source: Path,
    corpus: Path,
    columns: Mapping[str, str],
    category: str | None,
    as_json: bool,
    fetching: Fetching | None,
    **options: Any,
) -> None:
    """Read products and their categories from SOURCE into CORPUS.

    SOURCE is a file (Parquet, CSV and other text, JSON, Excel, Arrow, packed or not), a folder of
    such files, a quoted pattern such as "parts/*.csv", or - for standard input. Delimiter and
    encoding are found out, and told. Importing again changes nothing; an interrupted import goes
    on.

    \b
    prodcat import products.csv shop.db
    prodcat import products.csv shop.db --column name=title --category department,type
    prodcat import export.csv shop.db --fetch-pictures --rate 5/s
    """
    from prodcat.corpus.fetched_pictures import count_waiting
    from prodcat.corpus.store import Corpus
    from prodcat.importing import import_products

    columns = with_category(columns, category)
    seen = TableShown()
    if fetching is not None:
        fetching.settings()
    with Corpus.open(corpus, create=True) as opened, progress_bar("importing") as on_progress:
        summary = import_products(
            source, opened, columns=columns, on_table=seen, on_progress=on_progress, **options
        )
    fetched = FetchedPictures({}, [])
    if fetching is not None:
        # Not before the corpus is closed: a crawl opens it for itself.
        fetched = fetch_for_corpus(corpus, summary.source, fetching)
        with Corpus.open(corpus, read_only=True) as opened:
            waiting = count_waiting(opened, summary.source)
        summary = replace(summary, pictures_waiting=waiting)
    elif summary.pictures_waiting:
        say(
            f"{summary.pictures_waiting:,} products have the web address of a picture, which is"
            " kept; the same command with --fetch-pictures gets them.",
            err=True,
        )
    data = summary.to_dict() | {"table": seen.described}
    if fetching is not None:
        data |= {"pictures_fetched": fetched.data}
    show_or_json(data, [*import_tables(summary), *fetched.tables], as_json=as_json)
    if not summary.added + summary.changed + summary.unchanged:
        from prodcat.tables.corrections import NO_VERDICT

        # A list that nobody has filled in is no table without products.
        is_list = {count.reason for count in summary.reasons} == {NO_VERDICT}
        why = "No verdict was found; write them into the column verdict, and save the file."
        say(f"Error: {why if is_list else 'No product came in.'}", err=True)
        sys.exit(NOTHING_IN_HAND)
    sys.exit(fetched.exit_code)


@click.command()
@click.argument("corpus", type=PATH)
@json_option
def corpus(corpus: Path, as_json: bool) -> None:
    """Count what CORPUS holds, and show what looks odd in it.

    \b
    prodcat corpus shop.db
    """
    from prodcat.corpus.describe import describe_corpus
    from prodcat.corpus.store import Corpus

    # A crawl may be writing it, and it may lie where we have no right to write.
    with Corpus.open(corpus, read_only=True) as opened:
        report = describe_corpus(opened)
    show_or_json(report.to_dict(), corpus_tables(report), as_json=as_json)
