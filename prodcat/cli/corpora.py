"""Commands that fill a corpus and count what it holds."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import (
    category_options,
    json_option,
    table_options,
    with_category,
)
from prodcat.cli.tables import TableShown, corpus_tables, import_tables
from prodcat.screen import NOTHING_IN_HAND, PATH, progress_bar, show_or_json


@click.command("import")
@click.argument("source", type=PATH)
@click.argument("corpus", type=PATH)
@table_options
@category_options
@json_option
def import_(
    source: Path,
    corpus: Path,
    columns: Mapping[str, str],
    category: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Read products and their categories from SOURCE into CORPUS.

    SOURCE is Parquet, CSV, JSON lines, or a folder with styles.csv and images/. Importing
    again changes nothing; an interrupted import goes on.

    \b
    prodcat import products.csv shop.db
    prodcat import products.csv shop.db --column name=title --category department,type
    """
    from prodcat.corpus.store import Corpus
    from prodcat.importing import import_products

    columns = with_category(columns, category)
    seen = TableShown()
    with Corpus.open(corpus, create=True) as opened, progress_bar("importing") as on_progress:
        summary = import_products(
            source, opened, columns=columns, on_table=seen, on_progress=on_progress, **options
        )
    data = summary.to_dict() | {"table": seen.described}
    show_or_json(data, import_tables(summary), as_json=as_json)
    if not summary.added + summary.changed + summary.unchanged:
        click.echo("Error: No product came in.", err=True)
        sys.exit(NOTHING_IN_HAND)


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
