"""The command that writes a shop to try the others on."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path

import click

from prodcat.cli.options import json_option
from prodcat.screen import PATH, build_table, show_or_json


@click.command()
@click.argument("folder", type=PATH)
@click.option(
    "--products",
    type=click.IntRange(min=1),
    default=1200,
    show_default=True,
    help="How many, with the new ones.",
)
@click.option(
    "--wrong-labels",
    type=click.FloatRange(0, 0.2),
    default=0.0,
    help="Share of the labels that are wrong, such as 0.05, to try `prodcat check` on."
    " right-labels.csv says what is right.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draw another shop.")
@json_option
def sample(folder: Path, products: int, wrong_labels: float, seed: int, as_json: bool) -> None:
    """Write a drawn shop into FOLDER: two tables with pictures, and the flaws of a real export.

    \b
    prodcat sample shop
    prodcat import shop/products.csv shop.db
    prodcat sample flawed --wrong-labels 0.05
    """
    from prodcat.examples.sample_shop import (
        NEW_TABLE,
        NOTES,
        RIGHT_LABELS,
        TABLE,
        TREE,
        write_sample_shop,
    )

    shop = write_sample_shop(folder, products=products, wrong_labels=wrong_labels, seed=seed)
    facts = {
        "products": str(shop.folder / TABLE),
        "new": str(shop.folder / NEW_TABLE),
        "tree": str(shop.folder / TREE),
        "notes": str(shop.folder / NOTES),
        "rows": {TABLE: shop.products, NEW_TABLE: shop.new},
        "flaws": dict(shop.flaws),
    }
    written = {
        f"{shop.products:,} products": facts["products"],
        f"{shop.new:,} without a category": facts["new"],
        "the tree of its categories": facts["tree"],
        "what is wrong with them": facts["notes"],
    }
    if shop.right_labels:
        facts["right_labels"] = str(shop.folder / RIGHT_LABELS)
        key = f"what is right of {len(shop.right_labels):,} wrong labels"
        written[key] = str(shop.folder / RIGHT_LABELS)
    tables = [
        build_table(("", ""), written.items()),
        build_table(("of the products some have", "rows"), shop.flaws.items()),
    ]
    show_or_json(facts, tables, as_json=as_json)
