"""The command that looks for what is wrong in a corpus."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path
from typing import TYPE_CHECKING

import click

from prodcat.cli.options import json_option, model_option, threads_option
from prodcat.screen import PATH, build_table, progress_bar, say, show_or_json
from prodcat.wording import percent, shorten

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.review.checking import Check

CELL = 50


@click.command()
@click.argument("corpus", type=PATH)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="File to write: .csv, .xlsx, or .html with pictures; repeatable.",
)
@model_option
@click.option(
    "--vectors",
    type=PATH,
    metavar="FOLDER",
    help="Where the vectors are, or are made.  [default: beside the corpus, such as shop.vectors]",
)
@click.option(
    "--duplicates/--no-duplicates",
    default=True,
    show_default=True,
    help="Look for near-duplicates, too, which takes a look at each picture.",
)
@click.option(
    "--queue/--no-queue",
    default=True,
    show_default=True,
    help="Put what is found into the corpus' queue, for `prodcat review` and `prodcat serve`.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Another one draws anew.")
@click.option(
    "--first",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="Products of each kind to show.",
)
@threads_option
@json_option
def check(
    corpus: Path,
    outputs: tuple[Path, ...],
    model: Path | None,
    vectors: Path | None,
    duplicates: bool,
    queue: bool,
    seed: int,
    first: int,
    threads: int | None,
    as_json: bool,
) -> None:
    """Find the products of CORPUS that most deserve a person's look.

    Labels that look wrong, by what is said of each product without its own label; duplicates whose
    labels contradict each other; products that fit nowhere, or that have too little to decide by;
    and categories that lie in each other. Nothing is changed but the queue of `prodcat review`.

    In a table that was written, the column verdict is for you; `prodcat import` reads it back. What
    a person decided on is asked again only where the evidence against it is strong.

    \b
    prodcat check shop.db
    prodcat check shop.db -o suspicions.xlsx -o suspicions.html
    prodcat import suspicions.xlsx shop.db
    """
    from prodcat.corpus.store import Corpus
    from prodcat.review.checking import CHECKED, check_corpus
    from prodcat.review.queue import fill
    from prodcat.review.writing import check_output, write_check
    from prodcat.search.duplicates.finding import find_duplicates
    from prodcat.training.held_out import answer_held_out
    from prodcat.vectors.corpus import embed_corpus
    from prodcat.vectors.product_vectors import VectorMaker

    for output in outputs:
        check_output(output)
    maker = VectorMaker.load(model, threads=threads)
    with progress_bar("embedding") as on_progress:
        embedded = embed_corpus(corpus, maker, folder=vectors, on_progress=on_progress)
    near = None
    if duplicates:
        with progress_bar("looking for duplicates") as on_progress:
            near = find_duplicates(corpus, on_progress=on_progress)
    with (
        Corpus.open(corpus, read_only=not queue) as opened,
        progress_bar("judging labels") as on_progress,
    ):
        found = check_corpus(
            opened,
            embedded,
            answer_held_out,
            duplicates=near,
            seed=seed,
            on_progress=on_progress,
        )
        if queue:
            fill(opened, found.suspicions, kinds=CHECKED)
        for output in outputs:
            write_check(found, output, pictures=opened.images)
    show_or_json(found.to_dict(first), check_tables(found, first), as_json=as_json)
    if not as_json and queue and found.suspicions:
        say(f"Decide with `prodcat review {corpus}`, or on the page of `prodcat serve`.")


def check_tables(found: "Check", first: int) -> list["Table"]:
    """What was found: counts, and the first products of each kind."""
    from prodcat.review.writing import KINDS, rows_of

    facts: list[tuple[str, object]] = [
        ("products", found.products),
        ("with a label", found.labelled),
        ("decided by people", found.decided),
        ("labels that are wrong, about", percent(found.rate, digits=2)),
        *((KINDS[kind].lower(), count) for kind, count in found.counts().items()),
        ("pairs of categories that lie in each other", len(found.mixed)),
    ]
    tables = [build_table(("", ""), facts, title="A look at the catalogue")]
    rows = list(rows_of(found))
    for kind, title in KINDS.items():
        shown = [row for row in rows if row["kind"] == kind][:first]
        if shown:
            cells = [
                (
                    shorten(row["name"] or row["id"], CELL),
                    shorten(row["label"], CELL),
                    shorten(row["answer"], CELL),
                    percent(row["value"], digits=0),
                    row["covers"],
                )
                for row in shown
            ]
            headings = ("product", "label", "suggestion", "value", "covers")
            tables.append(build_table(headings, cells, title=title))
    return tables
