"""The command that makes the vectors of a corpus."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path

import click

from prodcat.cli.options import device_option, json_option, model_option, threads_option
from prodcat.screen import PATH, build_table, progress_bar, show_or_json


@click.command()
@click.argument("corpus", type=PATH)
@click.option(
    "-o",
    "--output",
    type=PATH,
    metavar="FOLDER",
    help="Where to keep them.  [default: beside the corpus, such as shop.vectors]",
)
@model_option
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    metavar="KIND",
    help="fused, text, picture, look or colour; repeatable.  [default: all]",
)
@click.option(
    "--cache",
    type=PATH,
    metavar="FOLDER",
    help="Where to keep what encoders made, for other runs too.  [default: within the output]",
)
@device_option
@threads_option
@json_option
def embed(
    corpus: Path,
    output: Path | None,
    model: Path | None,
    kinds: tuple[str, ...],
    cache: Path | None,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Make the vectors of all products of a corpus, to search and to draw them.

    If it is interrupted, the same command goes on where it was; after a change of the corpus it
    computes what changed.

    \b
    prodcat embed shop.db
    prodcat embed shop.db -o vectors/ --model runs/shop --kind fused --kind look
    """
    from prodcat.vectors.corpus import embed_corpus
    from prodcat.vectors.product_vectors import VectorMaker

    maker = VectorMaker.load(
        model, kinds=kinds or None, threads=threads, cache=cache, device=device
    )
    with progress_bar("embedding") as on_progress:
        vectors = embed_corpus(corpus, maker, folder=output, on_progress=on_progress)
    facts = vectors.facts()
    rows = [
        ("written to", facts["folder"]),
        ("products", facts["products"]),
        *((f"without {kind}", count) for kind, count in facts["without"].items() if count),
        ("not read in full", facts["unread"]),
    ]
    tables = [build_table(("", ""), rows)]
    if facts["problems"]:
        tables.append(build_table(("such as", "what could not be read"), facts["problems"]))
    show_or_json(facts, tables, as_json=as_json)
