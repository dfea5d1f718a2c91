"""The command that makes a model of the names of categories, and what it prints."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodcat.cli.options import json_option, threads_option
from prodcat.screen import PATH, build_table, progress_bar, say, show_or_json
from prodcat.taxonomy.paths import join_path
from prodcat.wording import clean

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.starting.result import Started

SHOWN = 10
"""Pairs of categories that are shown on the screen."""


@click.command()
@click.argument("tree", type=PATH)
@click.option(
    "-o",
    "--out",
    type=PATH,
    default=Path("runs/start"),
    show_default=True,
    metavar="FOLDER",
    help="Where to write the model; it may not be there yet.",
)
@click.option(
    "--products",
    type=PATH,
    metavar="TABLE",
    help="The shop's products, a table or a corpus. Their labels are not looked at.",
)
@click.option(
    "--encoder",
    metavar="MODEL",
    help="Whose text encoder to take: a run or model directory, or the folder or hub name of a"
    " pretrained one, such as sentence-transformers/all-MiniLM-L6-v2.  [default: the bundled"
    " model's, which is of fashion]",
)
@threads_option
@json_option
def start(
    tree: Path,
    out: Path,
    products: Path | None,
    encoder: str | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Make a model of the names of the categories in TREE, before any product has a label.

    TREE is a file of any form: indented, a path a line, Google's, Shopify's, JSON, a table, a
    corpus. With some hundreds of the shop's products, whose labels are not needed, it does better.
    What comes out is a model directory like any other, which reads names and descriptions and no
    pictures. Nothing is promised of its answers until products are labelled.

    \b
    prodcat start tree.txt
    prodcat start tree.txt --products shop.db -o runs/start
    prodcat predict --name "Blue bootcut jeans" --model runs/start
    """
    from prodcat.inference.cores import count_cores
    from prodcat.starting.starting import start as start_model

    with progress_bar("embedding texts") as on_progress:
        started = start_model(
            tree,
            out,
            products=products,
            encoder=encoder,
            threads=threads or count_cores(),
            on_message=lambda line: say(line, err=True),
            on_progress=on_progress,
        )
    show_or_json(started.to_dict(), list(started_tables(started)), as_json=as_json)
    if not as_json:
        say(started.said)
        say(
            f"Next: prodcat categorize new.csv --model {started.folder} -o answers.xlsx, and label"
            f" about {started.to_label:,} products for a promise."
        )


def started_tables(started: "Started") -> Iterator["Table"]:
    """Return what the model is made of, and which categories it will confuse."""
    facts = {
        "model": str(started.folder),
        "leaf categories": f"{started.leaves:,}",
        "products it looked at": f"{started.products:,}",
        "text encoder": started.encoder,
    }
    yield build_table(("", ""), facts.items())
    rows = [
        (clean(join_path(pair.first)), clean(join_path(pair.second)), pair.cosine)
        for pair in started.alike[:SHOWN]
    ]
    yield build_table(("alike, and confused", "with", "cosine"), rows)
