"""The command that finds the categories of one tree in another."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path

import click

from prodcat.cli.options import json_option
from prodcat.screen import PATH, build_table, progress_bar, say, show_or_json
from prodcat.wording import percent, shorten

CELL = 60


@click.command("map")
@click.argument("tree_a", type=PATH)
@click.argument("tree_b", type=PATH)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FILE",
    help="File to write: .xlsx to decide in, .csv or .json. Decisions in one that is there stay.",
)
@click.option(
    "--products",
    type=PATH,
    multiple=True,
    metavar="CORPUS",
    help="Corpus with products of both trees, or one for each side; they break ties.",
)
@click.option(
    "--decisions",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Earlier mapping whose decisions are taken over; repeatable, a later one counts.",
)
@click.option(
    "--translation",
    type=(PATH, PATH),
    metavar="FROM TO",
    help="One tree in two languages with the same ids, that of TREE_A first, as a word list.",
)
@click.option(
    "--multilingual",
    is_flag=True,
    help="Compare what names mean, in 16 languages; takes pip install 'prodcat[multilingual]'.",
)
@click.option(
    "--first",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Doubtful categories to show.",
)
@json_option
def map_(
    tree_a: Path,
    tree_b: Path,
    output: Path | None,
    products: tuple[Path, ...],
    decisions: tuple[Path, ...],
    translation: tuple[Path, Path] | None,
    multilingual: bool,
    first: int,
    as_json: bool,
) -> None:
    """Find for each category of TREE_A its counterparts in TREE_B.

    Trees are read in any form: Google's and Shopify's files as they are published, ShopStyle's
    JSON, paths, indented lists, CSV and Excel, a corpus, a model directory.

    A category has one counterpart, many where its products belong to several, or none. The
    doubtful ones stand first in the file; write answer, second, third, none of these, or a path of
    TREE_B into its column verdict, and run the same command again: what you decided stays.

    \b
    prodcat map ours.txt taxonomy-with-ids.en-US.txt -o mapping.xlsx
    prodcat map shop.db shopify.txt --products shop.db -o mapping.xlsx
    prodcat map unsere.txt google.en.txt --translation google.de.txt google.en.txt -o m.xlsx
    """
    from prodcat.trees.mapping_trees import map_trees

    with progress_bar("comparing categories") as on_progress:
        mapped = map_trees(
            tree_a,
            tree_b,
            output=output,
            products=products,
            decisions=decisions,
            translation=translation,
            multilingual=multilingual,
            on_progress=on_progress,
        )
    mapping, counts = mapped.mapping, mapped.mapping.counts()
    doubtful = [row for row in mapping.in_order() if not row.is_sure]
    rows = [
        (
            shorten(" > ".join(mapping.left.path(row.category)), CELL),
            shorten(
                "; ".join(" > ".join(mapping.right.path(c.category)) for c in row.counterparts),
                CELL,
            ),
            percent(row.confidence, digits=0),
        )
        for row in doubtful[:first]
    ]
    table = build_table(
        (mapping.left_name, mapping.right_name, "confidence"), rows, title="Most doubtful"
    )
    data = {**counts, "remarks": list(mapped.remarks), "problems": list(mapped.problems)}
    show_or_json(data, [table] if rows else [], as_json=as_json)
    for line in mapped.problems:
        say(f"Not taken over: {line}", err=True)
    if as_json:
        return
    for line in mapped.remarks:
        say(f"{line[0].upper()}{line[1:]}.")
    say(
        f"{counts['categories']:,} categories: {counts['sure']:,} sure, {counts['doubtful']:,}"
        f" doubtful; {counts['one']:,} with one counterpart, {counts['many']:,} with many,"
        f" {counts['none']:,} with none; {counts['decided']:,} decided by people."
    )
    if output is not None and doubtful:
        say(f"Decide in the column verdict of {output}, and run the same command again.")
