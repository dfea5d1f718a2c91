"""The command that makes the vectors of a corpus."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from pathlib import Path

import click

from prodcat.cli.options import (
    check_address,
    device_option,
    engine_options,
    json_option,
    model_option,
    threads_option,
)
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
@engine_options
@json_option
def embed(
    corpus: Path,
    output: Path | None,
    model: Path | None,
    kinds: tuple[str, ...],
    cache: Path | None,
    device: str,
    threads: int | None,
    engine: str,
    address: str | None,
    as_json: bool,
) -> None:
    """Make the vectors of all products of a corpus, to search and to draw them.

    If it is interrupted, the same command goes on where it was; after a change of the corpus it
    computes what changed.

    \b
    prodcat embed shop.db
    prodcat embed shop.db -o vectors/ --model runs/shop --kind fused --kind look
    prodcat embed shop.db --engine ray --address 10.0.0.1:6379
    """
    from prodcat.bulk.ray.corpus_engine import embed_on_ray
    from prodcat.vectors.corpus import embed_corpus, on_this_machine
    from prodcat.vectors.product_vectors import VectorMaker

    check_address(engine, address)
    maker = VectorMaker.load(
        model, kinds=kinds or None, threads=threads, cache=cache, device=device
    )
    with progress_bar("embedding") as on_progress:
        vectors = embed_corpus(
            *(corpus, maker),
            folder=output,
            engine=embed_on_ray(address) if engine == "ray" else on_this_machine,
            on_progress=on_progress,
        )
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
