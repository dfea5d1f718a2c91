"""The command that learns from what people decided, and what it prints."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodcat.cli.options import json_option, threads_option
from prodcat.errors import require
from prodcat.measures.interval import Interval, percent_range
from prodcat.screen import PATH, build_table, say, show_or_json
from prodcat.taxonomy.paths import join_path
from prodcat.wording import ABSENT, clean, number, p_value, percent

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.learning.result import Learnt, SideResult

MOST = 10
"""Categories, and kinds of decisions, that are shown on the screen."""


@click.command()
@click.argument("corpus", type=PATH)
@click.option(
    "--run", type=PATH, required=True, metavar="FOLDER", help="The run whose model learns on."
)
@click.option(
    "-o",
    "--out",
    type=PATH,
    metavar="FOLDER",
    help="Write the new run there, and leave the old one in place whatever comes of it.",
)
@click.option(
    "--full", is_flag=True, help="Train all of the model, and not its head alone; takes far longer."
)
@click.option(
    "--goal",
    type=float,
    metavar="SHARE",
    help="Say about how many more labels it takes until this share of the products can be answered"
    " at an accuracy of 98 %.  [default: 0.8]",
)
@threads_option
@json_option
def learn(
    corpus: Path,
    run: Path,
    out: Path | None,
    full: bool,
    goal: float | None,
    threads: int | None,
    as_json: bool,
) -> None:
    """Learn from what people decided about the labels of CORPUS.

    The model's head is learnt anew on embeddings that are kept beside the corpus, which takes
    seconds to minutes. The new model takes the place of the old one if it is at least as good on
    validation products, in accuracy and in what it can answer at the accuracy that it promises.
    Else the old one stays, and the new one lies beside, in FOLDER.learnt. learning.html in the new
    run shows both side by side.

    \b
    prodcat learn shop.db --run runs/shop
    prodcat learn shop.db --run runs/shop -o runs/shop-2
    prodcat learn shop.db --run runs/shop --full
    """
    torch = require("torch", extra="train")
    from prodcat.learning.curve import GOAL
    from prodcat.learning.learning import PAGE
    from prodcat.learning.learning import learn as learn_on

    if threads is not None:
        torch.set_num_threads(threads)
    learnt = learn_on(
        *(corpus, run),
        out=out,
        whole=full,
        goal=GOAL if goal is None else goal,
        on_message=lambda line: say(line, err=True),
    )
    show_or_json(learnt.to_dict(), list(learnt_tables(learnt)), as_json=as_json)
    if not as_json:
        say(learnt.verdict)
        say(learnt.outlook)
        say(f"What changed is in {learnt.new / PAGE}.")


def learnt_tables(learnt: "Learnt") -> Iterator["Table"]:
    """Return what was decided, and both models side by side."""
    counts = learnt.decisions.counts
    sides = ", ".join(f"{n:,} {side}" for side, n in learnt.decisions.by_side.items())
    facts = {
        "products decided on": f"{counts.products:,}",
        "  as the shop says": counts.kept,
        "  another category": counts.changed,
        "  none of these": counts.foreign,
        "labels decided on": sides,
    }
    yield build_table(("", ""), facts.items(), title="decisions")
    changes = [
        (clean(kind.stated) or ABSENT, clean(kind.decided) or "none of these", kind.products)
        for kind in learnt.decisions.changes[:MOST]
    ]
    if changes:
        yield build_table(("the shop says", "decided", "products"), changes)
    for side, result in learnt.sides.items():
        yield _measures(learnt, side, result)
        rows = [
            (clean(join_path(c.path)), c.n, c.before, c.after, c.better, c.worse)
            for c in result.categories[:MOST]
        ]
        if rows and side == "test":
            heads = ("category", "products", "right before", "after", "now right", "now wrong")
            yield build_table(heads, rows, title="test, what changed most")


def _measures(learnt: "Learnt", side: str, result: "SideResult") -> "Table":
    rows = []
    for name, title in learnt.titles.items():
        found = result.pair.differences.get(name)
        difference = ABSENT
        if found is not None:
            ends = (
                f"{number(100 * found.low, signed=True)} to {number(100 * found.high, signed=True)}"
            )
            difference = f"{percent(found.value, signed=True)} ({ends}; p {p_value(found.p)})"
        cells = (_cell(measures[name]) for measures in result.measures.values())
        rows.append((title, *cells, difference))
    title = f"{side}, {result.n:,} products, {result.decided:,} of them decided on"
    return build_table(("", *result.measures, "difference"), rows, title=title)


def _cell(interval: Interval) -> str:
    bounds = percent_range(interval)
    return percent(interval.value) + (f" ({bounds})" if bounds else "")
