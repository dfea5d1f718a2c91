"""Commands that build an index of similar products and look into it."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import json_option, model_option
from prodcat.screen import (
    NOTHING_IN_HAND,
    PATH,
    build_table,
    progress_bar,
    say,
    show_json,
    show_or_json,
)


@click.command("index")
@click.argument("corpus", type=PATH)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FOLDER",
    help="Where to keep it.  [default: beside the corpus, such as shop.index]",
)
@model_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="Vectors to keep: fused, text, picture, look, colour; repeatable."
    "  [default: fused, look and colour]",
)
@click.option(
    "--duplicates/--no-duplicates",
    default=True,
    show_default=True,
    help="Look for near-duplicates, which `prodcat similar` leaves out; if not, they are the"
    " corpus' groups and products of the same picture.",
)
@click.option("--anew", is_flag=True, help="Build it anew, although little changed.")
@json_option
def index_(
    corpus: Path,
    output: Path | None,
    model: Path | None,
    kinds: tuple[str, ...],
    duplicates: bool,
    anew: bool,
    as_json: bool,
) -> None:
    """Build an index of a corpus, to find similar products in it.

    Running it again takes up what is new, changed or gone in the corpus since. It is built anew
    where the model or the kinds are others, or much changed; until then the old one answers.

    \b
    prodcat index shop.db
    prodcat index shop.db -o shop.index --model runs/shop
    """
    from prodcat.search.from_corpus import index_corpus
    from prodcat.search.index import VectorIndex

    with progress_bar("indexing") as on_progress:
        change = index_corpus(
            *(corpus, output),
            model=model,
            kinds=kinds or None,
            duplicates=duplicates,
            anew=anew,
            on_progress=on_progress,
        )
    with VectorIndex.open(change.folder) as index:
        facts: dict[str, Any] = {
            "folder": str(change.folder),
            "products": len(index),
            "built": change.built,
            "added": change.added,
            "replaced": change.replaced,
            "deleted": change.deleted,
            "categories": len(index.categories()),
            "vectors": dict(index.record.blocks),
            "share": index.record.share,
        }
    rows = [
        ("written to", facts["folder"]),
        ("products", facts["products"]),
        *(
            [("built because", change.built)]
            if change.built
            else [(name, facts[name]) for name in ("added", "replaced", "deleted")]
        ),
        ("categories", facts["categories"]),
        *((f"numbers of {kind}", width) for kind, width in facts["vectors"].items()),
        ("looked at in a search", f"{facts['share']:.1%}"),
    ]
    show_or_json(facts, [build_table(("", ""), rows)], as_json=as_json)


@click.command()
@click.argument("index", type=PATH)
@click.option("--id", "ids", multiple=True, help="Id of a product of the index; repeatable.")
@click.option("--name", help="Name of a product, which need not be in the index.")
@click.option("--desc", help="Its description.")
@click.option("--picture", type=PATH, help="Its picture's file.")
@click.option(
    "-k", "count", type=click.IntRange(min=1), default=6, show_default=True, help="How many."
)
@click.option("--category", metavar="PATH", help='Only in or below it, such as "Shoes > Boots".')
@click.option("--min-price", type=float, help="Only from this price on.")
@click.option("--max-price", type=float, help="Only up to this price.")
@click.option(
    "--alike",
    type=click.Choice(["look", "kind"]),
    default="look",
    show_default=True,
    help="In look and kind, or in kind alone.",
)
@click.option("--duplicates", is_flag=True, help="Near-duplicates of the product, too.")
@click.option("--sheet", type=PATH, metavar="FILE", help="Write a page with pictures, of the ids.")
@model_option
@json_option
def similar(
    index: Path,
    ids: tuple[str, ...],
    name: str | None,
    desc: str | None,
    picture: Path | None,
    count: int,
    category: str | None,
    min_price: float | None,
    max_price: float | None,
    alike: str,
    duplicates: bool,
    sheet: Path | None,
    model: Path | None,
    as_json: bool,
) -> None:
    """Find the products of INDEX that are most similar to one.

    \b
    prodcat similar shop.index --id toy:1003
    prodcat similar shop.index --name "Red ankle boots" --picture boots.jpg --max-price 80
    prodcat similar shop.index --id toy:1003 --id toy:1004 --sheet similar.html
    """
    from prodcat.search.sheet import asked_product, write_sheet
    from prodcat.search.similar import SimilarProducts

    if bool(ids) == bool(name or desc or picture):
        raise click.UsageError("Give --id, or any of --name, --desc and --picture.")
    if sheet is not None and not ids:
        raise click.UsageError("A --sheet is of products of the index; give their --id.")
    options: dict[str, Any] = {
        "k": count,
        "category": category,
        "price": None if min_price is max_price is None else (min_price, max_price),
        "weights": alike,
        "duplicates": duplicates,
    }
    with SimilarProducts.open(index, model=model) as products:
        queries = [(one, products.find(id=one, **options)) for one in ids]
        if not ids:
            queries = [("", products.find(name, desc, picture, **options))]
        for product_id, hits in queries:
            if as_json:
                show_json({"id": product_id or None, "similar": [hit.to_dict() for hit in hits]})
                continue
            rows = [
                (f"{hit.similarity:.3f}", hit.id, hit.name, " > ".join(hit.path), hit.price)
                for hit in hits
            ]
            headings = ("similarity", "id", "name", "category", "price")
            show_or_json({}, [build_table(headings, rows, title=product_id)], as_json=False)
        if sheet is not None:
            asked = [(asked_product(products, one), hits) for one, hits in queries]
            write_sheet(products, asked, sheet)
            say(f"Written to {sheet}.", err=True)
    if not any(hits for _, hits in queries):
        say("No product of the index may be: nothing matches.", err=True)
        raise SystemExit(NOTHING_IN_HAND)
