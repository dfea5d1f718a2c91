"""Charts that show one run."""

import math
from collections.abc import Sequence
from dataclasses import replace

from prodcat.analyze.charts.chart import Axis, Chart, MatrixChart, Series
from prodcat.analyze.findings.summary import ReliabilityBin, RunSummary
from prodcat.taxonomy.paths import split_path
from prodcat.wording import ELLIPSIS, percent, shorten

NAME_LENGTH = 28
"""Of a run's name beside a chart; longer ones are cut."""
SHOWN_CATEGORIES = 20
LEARNING = {
    "loss": ("Loss", {"train_loss": "training", "val_loss": "validation"}),
    "accuracy": ("Accuracy", {"train_accuracy": "training", "val_accuracy": "validation"}),
    # Of validation alone: a history has none of training.
    "macro-f1": ("Macro-F1", {"val_macro_f1": "validation"}),
}


def learning_charts(run: RunSummary) -> list[Chart]:
    """Show loss, accuracy and macro-F1 after each epoch, as far as the run has them."""
    charts = []
    best = run.training.best_epoch
    for name, (title, columns) in LEARNING.items():
        series = history_series(run, columns, colours=(0, 1))
        if series:
            charts.append(
                Chart(
                    f"learning-{name}",
                    title,
                    Axis("Epoch", "count"),
                    # A loss is no share: it has no upper end, and is not written in per cent.
                    Axis(title) if name == "loss" else Axis(f"{title}", "share"),
                    tuple(series),
                    note=f"Epoch {best} was kept." if best is not None else "",
                )
            )
    return charts


def history_series(
    run: RunSummary, columns: dict[str, str], *, colours: Sequence[int] = (0, 1)
) -> list[Series]:
    """Draw columns of a run's history.

    Args:
        run: Whose history.
        columns: Column → its name in the chart.
        colours: Of each column.
    """
    history, series = run.history, []
    for colour, (column, name) in zip(colours, columns.items(), strict=False):
        values = history.columns.get(column, ())
        # A loss that ran off to infinity is None, and a gap says more than a point at 0.
        points = [(e, v) for e, v in zip(history.epochs, values, strict=False) if v is not None]
        if not points:
            continue
        written = [f"{v:.3f}" if "loss" in column else percent(v) for _, v in points]
        series.append(
            Series(
                name,
                tuple(float(e) for e, _ in points),
                tuple(v for _, v in points),
                colour=colour,
                marked=True,
                tips=tuple(
                    f"{name}, epoch {e}: {t}" for (e, _), t in zip(points, written, strict=True)
                ),
                legend=name,
            )
        )
    return series


def reliability_chart(run: RunSummary) -> Chart | None:
    """Hold confidence against accuracy, before and after calibration; None without products."""
    before, after = run.reliability.before, run.reliability.after
    series = []
    if before:
        series.append(
            replace(_reliability_series("before calibration", before), colour=1, dashed=True)
        )
    if after:
        series.append(
            replace(
                _reliability_series("after calibration", after),
                colour=0,
                low=tuple(products.low for products in after),
                high=tuple(products.high for products in after),
            )
        )
    if not series:
        return None
    # Not from 0, since models are mostly sure; and both axes alike, so that the line of y = x goes
    # from corner to corner.
    lowest = min(min(products.confidence, products.low) for products in (*before, *after))
    low = max(0.0, math.floor(10 * lowest) / 10)
    return Chart(
        "reliability",
        "Confidence against accuracy",
        Axis("Mean probability", "share", low, 1),
        Axis("Share that is right", "share", low, 1),
        tuple(series),
        note=f"{count_note(run.n)} in bins of about equally many. On the dotted line,"
        " 80 % sure is 80 % right. Bars are 95 % intervals.",
        diagonal=True,
    )


def _reliability_series(name: str, bins: Sequence[ReliabilityBin]) -> Series:
    return Series(
        name,
        tuple(products.confidence for products in bins),
        tuple(products.accuracy for products in bins),
        marked=True,
        tips=tuple(
            f"{name}: {percent(products.confidence)} sure, {percent(products.accuracy)} right,"
            f" {count_note(products.n)}"
            for products in bins
        ),
        legend=name,
    )


def category_chart(run: RunSummary) -> Chart | None:
    """Show F1 of the categories that have a part in most mistakes; None where none has."""
    worst = [row for row in run.categories if row.harm][:SHOWN_CATEGORIES]
    if not worst:
        return None
    return Chart(
        "categories",
        "F1 of the categories with most wrong products",
        Axis("", names=tuple(short_path(row.path) for row in worst)),
        Axis("F1", "share", 0, 1),
        (
            Series(
                run_label(run),
                tuple(float(place) for place in range(len(worst))),
                tuple(row.f1 for row in worst),
                kind="bars",
                tips=tuple(
                    f"{row.path}: F1 {percent(row.f1)}, {row.harm:,} wrong products,"
                    f" {count_note(row.n)}"
                    for row in worst
                ),
            ),
        ),
        note=f"The {len(worst)} with most wrong products, from the top.",
        sideways=True,
    )


def matrix_chart(run: RunSummary, level: str) -> MatrixChart | None:
    """Show what was answered for what at one level of the tree; None without products."""
    matrix = run.matrices.get(level)
    if matrix is None or not matrix.labels:
        return None
    title = {
        "leaf": "Confusion of leaf categories",
        "parent": "Confusion of the categories above the leaves",
        "top": "Confusion at the top of the tree",
    }.get(level, level)
    return MatrixChart(
        f"confusion-{level}",
        title,
        matrix.labels,
        matrix.cells,
        # The top of the tree alone: names of what is below would lie over each other.
        tuple((split_path(g.path)[-1], g.start, g.end) for g in matrix.groups if g.depth == 1),
        note=f"{count_note(run.n)}, {len(matrix.labels):,} categories."
        " Labels from top to bottom, answers from left to right, in the order of the tree.",
    )


def short_path(path: str, *, length: int = 36) -> str:
    """Write the first and the last name of a path.

    >>> short_path("Men > Footwear > Shoes > Boots"), short_path("Bags")
    ('Men … Boots', 'Bags')
    """
    names = split_path(path)
    # A path of one name is not written twice.
    between = f" {ELLIPSIS} " if len(names) > 2 else " › "
    return shorten(between.join(dict.fromkeys((names[0], names[-1]))), length)


def run_label(run: RunSummary) -> str:
    """Return a run's name, short enough to stand beside a chart."""
    return shorten(run.name, NAME_LENGTH)


def count_note(count: int) -> str:
    """Write how many products a number stands on."""
    return f"N = {count:,}"
