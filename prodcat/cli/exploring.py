"""The command that shows a catalogue as a map."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import model_option
from prodcat.screen import PATH, progress_bar, say


@click.command()
@click.argument("corpus", type=PATH)
@click.option(
    "-o", "--output", type=PATH, required=True, metavar="FILE", help="The page, such as map.html."
)
@model_option
@click.option(
    "--kind",
    "kinds",
    default="fused",
    show_default=True,
    metavar="KINDS",
    help="What products are alike by: fused (all parts), text, picture, look; several with commas.",
)
@click.option(
    "--layout",
    "layouts",
    default="umap,tsne,pca",
    show_default=True,
    metavar="NAMES",
    help="Tabs of the map: umap, tsne, pca; several with commas.",
)
@click.option("--pixels", is_flag=True, help="Lay out the grey pixels of the pictures too.")
@click.option(
    "--run", type=PATH, metavar="FOLDER", help="A run: colour by its answers, right or wrong."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show a sample of N products; the same every time.",
)
@click.option("--title", metavar="TEXT", help="Of the page; default: the name of the corpus.")
def explore(corpus: Path, output: Path, kinds: str, layouts: str, **options: Any) -> None:
    """Show CORPUS as one page: a map of its products, its tree as the data sees it, a profile.

    The page opens by double click, without a network and without a file beside it. Needs the
    explore extra. Vectors and layouts are kept beside the corpus: the next page takes a fraction
    of the time.

    \b
    prodcat explore shop.db -o map.html
    prodcat explore shop.db -o map.html --run runs/shop --layout umap
    prodcat explore shop.db -o looks.html --kind look,fused --pixels --limit 5000
    """
    from prodcat.explore.exploring import ExploreOptions
    from prodcat.explore.exploring import explore as explore_corpus

    chosen = ExploreOptions(kinds=_names(kinds), layouts=_names(layouts), **options)
    with progress_bar("exploring") as on_progress:
        made = explore_corpus(
            corpus,
            output,
            options=chosen,
            on_message=lambda line: say(line, err=True),
            on_progress=on_progress,
        )
    for line in made.lines():
        say(line)


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
