"""The command ``prodcat``: each command reads its options, calls one function, prints."""

# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from prodcat.cli.options import (
    PATH,
    answer_options,
    json_option,
    model_option,
    table_options,
    threads_option,
)
from prodcat.cli.tables import (
    answers_table,
    categorize_table,
    corpus_tables,
    import_tables,
    measures_table,
    model_tables,
    prediction_tables,
)
from prodcat.errors import require
from prodcat.screen import Cli, progress_bar, show, show_logs, show_or_json


def _show_version(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        from prodcat.version import installed_version

        click.echo(f"prodcat {installed_version()}")
        ctx.exit()


@click.group(cls=Cli, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Categorize products by name, description and picture, any of them missing.

    \b
    prodcat demo                        see it at work
    prodcat predict --name "Blue jeans" ask for one product
    prodcat categorize new.csv -o answers.parquet
    """
    show_logs()


@main.command()
@click.option("--name", help="The product's name.")
@click.option("--desc", help="Its description.")
@click.option("--image", type=PATH, metavar="FILE", help="Its picture.")
@answer_options
@json_option
def predict(name: str | None, desc: str | None, image: Path | None, **options: Any) -> None:
    """Categorize one product, of which any part may be missing.

    \b
    prodcat predict --name "Nike Men Running Shoes" --image shoe.jpg
    prodcat predict --image shoe.jpg --accuracy 0.98 --json
    """
    from prodcat.inference.cached import cached_predictor

    as_json, model = options.pop("as_json"), options.pop("model")
    answer = cached_predictor(model).predict(name, desc, image, **options)
    show_or_json(answer.to_dict(), prediction_tables(answer), as_json=as_json)


@main.command("categorize")
@click.argument("source")
@click.option("-o", "--output", required=True, metavar="PATH", help="Parquet file to write.")
@answer_options
@table_options
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
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="What to compute with; cuda needs onnxruntime-gpu.",
)
@click.option(
    "--first",
    type=PATH,
    metavar="FOLDER",
    help="A smaller model that is asked first; --model takes what it is not sure of.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it is there already.")
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    metavar="ENGINE",
    help="Where to answer: local, in this process, or ray, on a Ray cluster.",
)
@click.option(
    "--address",
    metavar="HOST:PORT",
    help="The Ray cluster to use.  [default: $RAY_ADDRESS, or one on this machine]",
)
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
    **options: Any,
) -> None:
    """Categorize all products of a table: Parquet, CSV, JSON lines, or a corpus.

    A folder of Parquet files, or a quoted pattern such as "parts/*.csv", is one table.
    Parquet may lie in an object store, such as s3://shop/products/, and be written there.

    Each row gives one row, in the same order; a broken one says what is wrong. If it is
    interrupted, the same command goes on where it was.

    \b
    prodcat categorize new.csv -o answers.parquet --model runs/shop/model --accuracy 0.98
    prodcat categorize new.csv -o answers.parquet --column name=title --images pictures/
    prodcat categorize s3://shop/products/ -o s3://shop/answers.parquet --engine ray
    """
    from prodcat.bulk.answering import CategorizeOptions, on_this_machine
    from prodcat.bulk.categorizing import categorize
    from prodcat.bulk.ray.engine import on_ray
    from prodcat.inference.predictor import Predictor

    if address is not None and engine != "ray":
        raise click.UsageError("--address is of a Ray cluster; give --engine ray with it.")
    chosen = CategorizeOptions(columns=columns, **options)
    predictor = Predictor.load(model, threads=1, cache=cache, device=device, first=first)
    with progress_bar("categorizing") as on_progress:
        result = categorize(
            source,
            output,
            predictor=predictor,
            options=chosen,
            engine=on_ray(address) if engine == "ray" else on_this_machine,
            on_progress=on_progress,
        )
    show(categorize_table(result))


@main.command("import")
@click.argument("source", type=PATH)
@click.argument("corpus", type=PATH)
@table_options
@click.option(
    "--category",
    metavar="COLUMNS",
    help="Column of the category's path, or columns of its levels with commas between.",
)
@click.option("--separator", default=" > ", show_default=True, help="Between levels of a path.")
@click.option("--source-name", metavar="NAME", help="The shop's name.  [default: the file's]")
@json_option
def import_(
    source: Path,
    corpus: Path,
    columns: Mapping[str, str],
    category: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Read products and their categories from SOURCE into CORPUS.

    SOURCE is Parquet, CSV, JSON lines, or a folder with styles.csv and images/. Importing
    again changes nothing; an interrupted import goes on.

    \b
    prodcat import products.csv shop.db
    prodcat import products.csv shop.db --column name=title --category department,type
    """
    from prodcat.corpus.store import Corpus
    from prodcat.importing import import_products

    asked = {**columns} | ({"category": category} if category is not None else {})
    with Corpus.open(corpus, create=True) as opened, progress_bar("importing") as on_progress:
        summary = import_products(source, opened, columns=asked, on_progress=on_progress, **options)
    show_or_json(summary.to_dict(), import_tables(summary), as_json=as_json)


@main.command()
@click.argument("corpus", type=PATH)
@json_option
def corpus(corpus: Path, as_json: bool) -> None:
    """Count what CORPUS holds, and show what looks odd in it.

    \b
    prodcat corpus shop.db
    """
    from prodcat.corpus.describe import describe_corpus
    from prodcat.corpus.store import Corpus

    with Corpus.open(corpus, read_only=True) as opened:
        report = describe_corpus(opened)
    show_or_json(report.to_dict(), corpus_tables(report), as_json=as_json)


@main.command()
@click.argument("corpus", type=PATH)
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="The run directory.")
@click.option("--config", type=PATH, metavar="FILE", help="Settings as YAML.")
@click.option(
    "--set",
    "changes",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one setting, such as train.lr=1e-3; repeatable.",
)
@threads_option
def train(
    corpus: Path, out: Path, config: Path | None, changes: Sequence[str], threads: int | None
) -> None:
    """Train a model on CORPUS, or go on with a run that was interrupted.

    \b
    prodcat train shop.db --out runs/shop
    prodcat train shop.db --out runs/quick --set train.max_epochs=2 --set image.encoder=none
    """
    from prodcat.config import load_config

    settings = load_config(config, changes)
    torch = require("torch", extra="train")
    require("pytorch_lightning", extra="train")
    from prodcat.training.fit import train as fit

    if threads is not None:
        torch.set_num_threads(threads)
    result = fit(corpus, settings, out, on_message=lambda line: click.echo(line, err=True))
    show(measures_table(result.metrics))
    click.echo(f"The model is in {result.run_dir / 'model'}.")


@main.command()
@click.argument("runs", type=PATH, nargs=-1, required=True, metavar="RUN...")
@click.option("--out", type=PATH, required=True, metavar="FOLDER", help="Where to write.")
@click.option(
    "--side",
    type=click.Choice(["test", "val"]),
    default="test",
    show_default=True,
    metavar="SIDE",
    help="Which products to report: test or val.",
)
@click.option("--force", is_flag=True, help="Put runs on other data side by side too, marked.")
@click.option(
    "--pictures/--no-pictures", default=True, help="Show products' pictures.  [default: yes]"
)
@click.option("--excel-pictures", is_flag=True, help="Put them into the workbook too.")
@click.option(
    "--corpus", type=PATH, metavar="FILE", help="Beside which the pictures are, if it has moved."
)
def analyze(runs: Sequence[Path], out: Path, **options: Any) -> None:
    """Report runs, alone or side by side: which is better, where it fails, what it costs.

    RUN is a run directory, or a folder that holds several. Writes a page for the browser,
    Markdown with its charts, an Excel workbook, and the mistakes as CSV.

    \b
    prodcat analyze runs/shop --out report
    prodcat analyze runs/ --out report --no-pictures
    """
    from prodcat.analyze import ReportOptions, report

    chosen = ReportOptions(**options)
    made = report(runs, out, options=chosen, on_message=lambda line: click.echo(line, err=True))
    click.echo(f"The report is in {made.files[0]}.")


@main.command()
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

    found = read_model_dir(folder)
    found.verify(everything=True)
    facts = describe_model(found)
    show_or_json(facts, model_tables(facts), as_json=as_json)


@main.command()
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
