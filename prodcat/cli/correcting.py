"""The command for what people decided about labels."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path

import click

from prodcat.cli.options import json_option
from prodcat.cli.tables import decided_facts, decision_cells
from prodcat.errors import InputError
from prodcat.screen import PATH, build_table, say, show_or_json


@click.command()
@click.argument("corpus", type=PATH)
@click.option(
    "-o", "--output", type=PATH, metavar="FILE.csv", help="Write the decisions that count there."
)
@click.option(
    "--last",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Decisions to show, the newest first, with their numbers.",
)
@click.option("--undo", type=int, metavar="NUMBER", help="Take the decision of this number back.")
@click.option("--who", default="", metavar="NAME", help="Who takes it back.")
@json_option
def corrections(
    corpus: Path, output: Path | None, last: int, undo: int | None, who: str, as_json: bool
) -> None:
    """Count what people decided about the labels of CORPUS, and write it as a table.

    A decision counts in place of the shop's label: in training, in measures, in maps. No import
    and no crawl changes it, and the shop's label stays beside it. The table can be edited, its
    column verdict says what is right, and `prodcat import` reads it back.

    \b
    prodcat corrections shop.db
    prodcat corrections shop.db -o decisions.csv
    prodcat import decisions.csv shop.db
    prodcat corrections shop.db --undo 12 --who ana
    """
    from dataclasses import asdict

    from prodcat.corpus.corrections import count_corrections, newest
    from prodcat.corpus.corrections import undo as take_back
    from prodcat.corpus.decision_list import write_decisions
    from prodcat.corpus.store import Corpus

    if output is not None and output.suffix.lower() != ".csv":
        raise InputError(f"{output} is no name of a CSV file; end it in .csv.")
    with Corpus.open(corpus, read_only=undo is None) as opened:
        if undo is not None:
            take_back(opened, undo, who=who)
        counts, latest = count_corrections(opened), newest(opened, last)
        if output is not None:
            say(f"{write_decisions(opened, output):,} decisions are in {output}.", err=as_json)
    tables = [build_table(("", ""), decided_facts(counts).items(), title=corpus.name)]
    if latest:
        heads = ("number", "product", "is", "who", "when")
        tables.append(build_table(heads, map(decision_cells, latest), title="newest decisions"))
    data = asdict(counts) | {"newest": [asdict(one) for one in latest]}
    show_or_json(data, tables, as_json=as_json)
