"""The command that evaluates models on a labelled table, and what it prints."""
# ruff: noqa: D301  (click keeps the lines of an example that follow a backspace character)

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from prodcat.cli.options import json_option, table_options
from prodcat.cli.tables import TableShown, read_line
from prodcat.decision.accuracies import HEADLINE_ACCURACY
from prodcat.measures.interval import Interval, percent_range
from prodcat.screen import PATH, build_table, progress_bar, say, show_or_json
from prodcat.taxonomy.paths import join_path
from prodcat.wording import ABSENT, clean, p_value, percent

if TYPE_CHECKING:
    from rich.table import Table

    from prodcat.trial.result import Evaluation, LabelCount

MOST_LABELS = 10
"""Of a kind that are listed on the screen."""


@click.command()
@click.argument("table")
@click.option(
    "--model",
    "models",
    type=PATH,
    multiple=True,
    metavar="FOLDER",
    help="Model directory; several are compared.  [default: the bundled one]",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    type=PATH,
    multiple=True,
    metavar="FILE",
    help="Write .xlsx, .html or .json, by its name; repeatable.",
)
@click.option(
    "--accuracy",
    type=float,
    default=HEADLINE_ACCURACY,
    show_default=True,
    metavar="SHARE",
    help="How often answers shall be right.",
)
@click.option(
    "--confidence",
    type=float,
    metavar="SHARE",
    help="How sure that is to hold for the products to come.  [default: the model's, 0.95]",
)
@click.option(
    "--category",
    metavar="COLUMNS",
    help="Column of the label's path, or columns of its levels with commas between.",
)
@click.option(
    "--separator", help="What stands between the levels of a path.  [default: it is found out]"
)
@table_options
@click.option("--split", metavar="NAME", help="Only rows whose split column says so, as test.")
@click.option(
    "--pictures/--no-pictures",
    default=None,
    help="Show the products' pictures in .xlsx and .html.  [default: where they are few]",
)
@click.option(
    "--workers", type=click.IntRange(min=1), help="Threads that answer.  [default: one per core]"
)
@json_option
def evaluate(
    table: str,
    models: Sequence[Path],
    outputs: Sequence[Path],
    accuracy: float,
    columns: Mapping[str, str],
    category: str | None,
    pictures: bool | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Find out how models do on TABLE, whose products have their right category.

    TABLE is whatever `prodcat categorize` reads, be it 20 products or 20,000. It tells how often
    each model is right, how much it answers at --accuracy, whether that was kept, and how surely
    this can be said of so many products; of several models, which is better. The workbook and
    the page show every product with what each model says of it.

    \b
    prodcat evaluate labelled.csv -o check.xlsx
    prodcat evaluate labelled.csv --category department,type --model runs/shop/model
    prodcat evaluate labelled.csv --model runs/a/model --model runs/b/model -o check.html
    """
    from prodcat.trial.evaluating import EvaluateOptions
    from prodcat.trial.evaluating import evaluate as evaluate_models
    from prodcat.trial.writing import check_outputs, write_evaluation

    check_outputs(outputs, table)
    shows = any(output.suffix.lower() in (".xlsx", ".html") for output in outputs)
    chosen = EvaluateOptions(
        columns={**columns} | ({"category": category} if category is not None else {}),
        pictures=pictures if shows else False,
        **options,
    )
    with progress_bar("evaluating") as on_progress:
        evaluation = evaluate_models(
            table,
            models or None,
            accuracy=accuracy,
            options=chosen,
            on_table=TableShown(),
            on_progress=on_progress,
        )
    for output in outputs:
        write_evaluation(evaluation, output)
    show_or_json(
        evaluation.to_dict(products=False), list(evaluation_tables(evaluation)), as_json=as_json
    )
    if not as_json:
        for line in told_of(evaluation):
            say(line)


def evaluation_tables(evaluation: "Evaluation") -> Iterator["Table"]:
    """Return the measures of each model, which is better, and what is odd in the table."""
    models = evaluation.models
    products = f"{evaluation.n:,} of {evaluation.rows:,} rows"
    rows: list[tuple[str, ...]] = [("labelled products", *([products] * len(models)))]
    rows += [
        (title, *(_cell(model.measures.get(name)) for model in models))
        for name, title in evaluation.titles.items()
    ]
    rows.append(("products of leaves that it has", *(f"{m.n_taught:,}" for m in models)))
    if any(0 < model.n_taught < evaluation.n for model in models):
        accuracies = (_cell(model.taught.get("accuracy")) for model in models)
        rows.append(("leaf accuracy on these alone", *accuracies))
    columns = [("the file", read_line(evaluation.read_as))]
    columns += [(field, " + ".join(names)) for field, names in evaluation.columns.items()]
    yield build_table(("read", "from"), columns, title=evaluation.table)
    yield build_table(("", *(model.name for model in models)), rows)
    if evaluation.pairs:
        pairs = [
            (
                f"{pair.first} and {pair.second}",
                pair.better or "cannot be told",
                pair.mcnemar.only_first,
                pair.mcnemar.only_second,
                p_value(pair.mcnemar.p),
            )
            for pair in evaluation.pairs
        ]
        yield build_table(("pair", "better", "only first right", "only second right", "p"), pairs)
    for names, model in evaluation.label_groups:
        for kind, counts in model.labels.items():
            if counts:
                yield _label_table(f"{names}: labels {kind}", counts)
    if evaluation.left_out:
        reasons = [
            (r.reason, r.count, ", ".join(map(str, r.rows)), "yes" if r.answered else "no")
            for r in evaluation.left_out
        ]
        yield build_table(("rows with", "rows", "the first", "takes part"), reasons)


def told_of(evaluation: "Evaluation") -> Iterator[str]:
    """Return what is told in sentences: what to know before, and each model's promise."""
    yield from evaluation.notes
    for model in evaluation.models:
        yield f"{model.name}: {model.promise}"


def _label_table(title: str, counts: Sequence["LabelCount"]) -> "Table":
    products = sum(count.products for count in counts)
    rows = [(clean(join_path(count.label)), count.products) for count in counts[:MOST_LABELS]]
    if rest := len(counts) - len(rows):
        others = sum(count.products for count in counts[MOST_LABELS:])
        rows.append((f"and {rest:,} more", others))
    return build_table((f"{title} ({len(counts):,})", f"products ({products:,})"), rows)


def _cell(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return ABSENT
    bounds = percent_range(interval)
    return percent(interval.value) + (f" ({bounds})" if bounds else "")
