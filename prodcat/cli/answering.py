"""Commands that use a model: one product, a table, the examples, the model itself."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from prodcat.cli.fetching import (
    Fetching,
    cache_option,
    cache_tables,
    picture_cache,
    picture_options,
)
from prodcat.cli.options import (
    answer_options,
    check_address,
    device_option,
    engine_options,
    json_option,
    model_option,
    table_options,
    tree_options,
)
from prodcat.cli.tables import (
    TableShown,
    answers_table,
    categorize_tables,
    model_tables,
    prediction_tables,
)
from prodcat.screen import NOTHING_IN_HAND, PATH, progress_bar, say, show, show_or_json


@click.command()
@click.option("--name", help="The product's name.")
@click.option("--desc", help="Its description.")
@click.option("--image", type=PATH, metavar="FILE", help="Its picture.")
@answer_options
@tree_options
@click.option("--explain", is_flag=True, help="Say why, too; see `prodcat explain`.")
@json_option
def predict(
    name: str | None,
    desc: str | None,
    image: Path | None,
    *,
    explain: bool,
    in_tree: Callable[[Any, Path | None], Any],
    **options: Any,
) -> None:
    """Categorize one product, of which any part may be missing.

    \b
    prodcat predict --name "Nike Men Running Shoes" --image shoe.jpg
    prodcat predict --image shoe.jpg --accuracy 0.98 --json
    prodcat predict --name "Nike Men Running Shoes" --explain
    """
    from prodcat.inference.cached import cached_predictor

    # What a command needs is imported within it: `prodcat --help` works without any of it, at once.
    as_json, model = options.pop("as_json"), options.pop("model")
    if explain:
        why = in_tree(cached_predictor(model), None).explain(name, desc, image, **options)
        told = why.to_dict()
        data = {**told.pop("answer"), "explanation": told}
        show_or_json(data, prediction_tables(why.answer), as_json=as_json)
        if not as_json:
            # Its first line is the answer, which the tables show.
            say("\n".join(why.text.splitlines()[1:]))
        return
    predictor = in_tree(cached_predictor(model), None)
    answer = predictor.predict(name, desc, image, **options)
    show_or_json(answer.to_dict(), prediction_tables(answer), as_json=as_json)


@click.command("categorize")
@click.argument("source")
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="PATH",
    help="File to write: .parquet, .csv, .jsonl or .xlsx, by its name.",
)
@answer_options
@tree_options
@table_options
@picture_options
@cache_option
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Threads that answer, or on Ray actors.  [default: one per core]",
)
@click.option(
    "--processes", is_flag=True, help="Workers are processes; for machines of many cores."
)
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=256,
    show_default=True,
    help="Products that a worker takes at once.",
)
@click.option(
    "--cache",
    type=PATH,
    metavar="FOLDER",
    help="Where to keep embeddings, so that none is computed twice.",
)
@device_option
@click.option(
    "--first",
    type=PATH,
    metavar="FOLDER",
    help="A smaller model that is asked first; --model takes what it is not sure of.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it is there already.")
@click.option(
    "--pictures", is_flag=True, help="Show the first 10,000 products' pictures in an .xlsx."
)
@engine_options
@json_option
def categorize_(
    source: str,
    output: str,
    model: Path | None,
    cache: Path | None,
    first: Path | None,
    device: str,
    columns: Mapping[str, str],
    engine: str,
    address: str | None,
    fetching: Fetching | None,
    in_tree: Callable[[Any, Path | None], Any],
    as_json: bool,
    **options: Any,
) -> None:
    """Categorize all products of a table: Parquet, CSV, JSON, Excel, Arrow, or a corpus.

    A folder of such files, or a quoted pattern such as "parts/*.csv", is one table, and so is
    standard input, named -. Parquet may lie in an object store, such as s3://shop/products/, and
    be written there.

    Each row gives one row, in the same order, with the columns that it had and the answer behind
    them; a broken one says what is wrong, and the end tells what was wrong with how many. If it
    is interrupted, the same command goes on where it was.

    \b
    prodcat categorize new.csv -o answers.xlsx --pictures
    prodcat categorize new.csv -o answers.parquet --model runs/shop/model --accuracy 0.98
    prodcat categorize new.csv -o answers.parquet --column name=title --images pictures/
    prodcat categorize new.csv -o answers.parquet --fetch-pictures
    prodcat categorize new.csv -o answers.xlsx --as google.txt --mapping mapping.xlsx
    prodcat categorize s3://shop/products/ -o s3://shop/answers.parquet --engine ray
    """
    from prodcat.bulk.answering import CategorizeOptions, on_this_machine
    from prodcat.bulk.categorizing import categorize
    from prodcat.bulk.ray.engine import on_ray
    from prodcat.inference.predictor import Predictor

    check_address(engine, address)
    # Before the model is loaded, which takes longer than to say that an option is wrong.
    chosen = CategorizeOptions(columns=columns, **options)
    # One thread to a run of the network: workers that share out batches are faster than workers
    # that share one batch.
    predictor = Predictor.load(model, threads=1, cache=cache, device=device, first=first)
    predictor = in_tree(predictor, Path(source))
    seen = TableShown()
    with picture_cache(fetching) as pictures, progress_bar("categorizing") as on_progress:
        result = categorize(
            source,
            output,
            predictor=predictor,
            options=replace(chosen, fetch_picture=pictures),
            engine=on_ray(address) if engine == "ray" else on_this_machine,
            on_table=seen,
            on_progress=on_progress,
        )
    data = result.to_dict() | {"table": seen.described}
    if pictures is not None:
        data |= {"pictures_fetched": pictures.to_dict()}
    tables = [*categorize_tables(result), *cache_tables(pictures)]
    show_or_json(data, tables, as_json=as_json)
    if not as_json:
        for line in result.remarks:
            say(line)
    if fetching is None and seen.described["image_kind"] == "addresses":
        say("Pictures are web addresses; --fetch-pictures answers with them.", err=True)
    if not result.counts.rows:
        # The file is there, with its headings; but whoever meant to have answers has none.
        say("Error: The table has no rows, so there is no answer.", err=True)
        sys.exit(NOTHING_IN_HAND)


@click.command()
@click.argument("folder", type=PATH, required=False)
@json_option
def model(folder: Path | None, as_json: bool) -> None:
    """Verify a model directory and show what it is.

    \b
    prodcat model                  the bundled model
    prodcat model runs/shop/model
    """
    from prodcat.modeldir.describe import describe_model
    from prodcat.modeldir.reading import read_model_dir

    directory = read_model_dir(folder)
    directory.verify(everything=True)
    facts = describe_model(directory)
    show_or_json(facts, model_tables(facts), as_json=as_json)


@click.command()
@model_option
def demo(model: Path | None) -> None:
    """Categorize the example products that come with prodcat.

    \b
    prodcat demo
    """
    from prodcat.examples import example_products
    from prodcat.inference.cached import cached_predictor

    products = example_products()
    answers = cached_predictor(model).predict_many(products)
    show(answers_table(zip(products, answers, strict=True)))
