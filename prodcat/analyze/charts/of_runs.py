"""Charts that show runs side by side."""

import math
from collections.abc import Hashable, Iterable, Sequence
from typing import Any

from prodcat.analyze.charts.chart import Axis, Chart, Series
from prodcat.analyze.charts.of_one_run import count_note, history_series, run_label
from prodcat.analyze.findings.summary import ClassSize, Comparison, CoverageCurve, Summary
from prodcat.decision.accuracies import ACCURACIES, HEADLINE_ACCURACY, in_percent, measure_at
from prodcat.measures.interval import Interval, percent_range
from prodcat.measures.names import MEASURES
from prodcat.wording import percent

MAIN_MEASURES = ("accuracy", "macro_f1", measure_at("coverage", HEADLINE_ACCURACY))


def measure_chart(summary: Summary, measure: str) -> Chart | None:
    """Show one measure of every run with its interval; None where no run has it."""
    # With the place among all runs: by it a run keeps its colour where others lack the measure.
    measured = [
        (i, run)
        for i, run in enumerate(summary.runs)
        if run.measures.get(measure, Interval()).value is not None
    ]
    if not measured:
        return None
    series = [
        _points(
            run_label(run),
            (float(place),),
            [run.measures[measure]],
            colour=i,
            tips=(f"{run_label(run)}: {_with_ends(run.measures[measure])}",),
            # The axis names the runs already.
            legend=False,
        )
        for place, (i, run) in enumerate(measured)
    ]
    return Chart(
        f"measure-{measure.replace('_', '-')}",
        MEASURES[measure].title if measure in MEASURES else measure,
        Axis("", names=tuple(run_label(run) for _, run in measured)),
        Axis("", "share"),
        tuple(series),
        note=f"{count_note(measured[0][1].n)}; the bar is the 95 % interval.",
        sideways=True,
    )


def coverage_chart(summary: Summary, level: str) -> Chart | None:
    """Show how accurate the surest answers are, however many of them; None without a curve."""
    series: list[Series] = []
    for i, run in enumerate(summary.runs):
        curve = run.curves.get(level)
        if curve is not None and curve.coverage:
            series.extend(_coverage_series(run_label(run), i, curve))
    if not series:
        return None
    what = {"leaf": "the leaf category", "parent": "the category above the leaf"}.get(level, level)
    return Chart(
        f"coverage-{level}",
        f"Accuracy against share answered: {what}",
        Axis("Share of products answered, surest first", "share", 0, 1),
        Axis("Accuracy of those answered", "share", _floor(series), 1),
        tuple(series),
        note=f"{count_note(summary.n)}. Each mark is a threshold chosen on validation:"
        f" where it promises {_listed(ACCURACIES)}, and what came of it.",
        guides=ACCURACIES,
    )


def _coverage_series(name: str, colour: int, curve: CoverageCurve) -> list[Series]:
    line = Series(
        name,
        curve.coverage,
        curve.accuracy,
        colour=colour,
        tips=tuple(
            f"{name}: {percent(share)} answered, {percent(accuracy)} of them right"
            for share, accuracy in zip(curve.coverage, curve.accuracy, strict=True)
        ),
        legend=name,
    )
    # A threshold that nothing passes has a coverage of 0, and no accuracy to stand at.
    reached = [point for point in curve.points if point.accuracy is not None]
    if not reached:
        return [line]
    marks = Series(
        name,
        tuple(point.coverage for point in reached),
        tuple(point.accuracy for point in reached),
        kind="points",
        colour=colour,
        tips=tuple(
            f"{name}, threshold for {in_percent(point.goal)} %:"
            f" {percent(point.coverage)} answered, {percent(point.accuracy)} of them right"
            for point in reached
        ),
        legend=name,
    )
    return [line, marks]


def _listed(accuracies: Sequence[float]) -> str:
    written = [f"{in_percent(accuracy)} %" for accuracy in accuracies]
    return " and ".join(filter(None, [", ".join(written[:-1]), written[-1]]))


def _floor(series: Iterable[Series]) -> float:
    """Begin the axis where the curves are, without the noise of the first few products."""
    # The first twentieth of a curve is a handful of products. Marks of thresholds always count:
    # they are what the chart is read for.
    heights = [
        y
        for curve in series
        for x, y in zip(curve.x, curve.y, strict=True)
        if y is not None and (x >= 0.05 or curve.kind == "points")
    ]
    # At a twentieth, and a hundredth below the lowest at least, which would lie on the axis.
    return max(0.0, math.floor(20 * min(heights, default=0.0) - 0.2) / 20)


def progress_chart(summary: Summary) -> Chart | None:
    """Show how every run's macro-F1 on validation grew; None where no run tells epochs."""
    series = []
    for i, run in enumerate(summary.runs):
        series += history_series(run, {"val_macro_f1": run_label(run)}, colours=(i,))
    if not series:
        return None
    return Chart(
        "progress",
        "Macro-F1 on validation after each epoch",
        Axis("Epoch", "count"),
        Axis("Macro-F1", "share"),
        tuple(series),
        note="Runs without epochs are not shown.",
    )


def class_size_chart(summary: Summary) -> Chart | None:
    """Show accuracy on rare and on frequent categories; None where sizes are not known."""
    runs = summary.runs
    sizes = distinct((size.low, size.high) for run in runs for size in run.class_sizes if size.n)
    if not sizes:
        return None
    # Each has a low end of its own, so that None is never held against a number.
    sizes.sort()
    series = []
    for i, run in enumerate(runs):
        by_ends = {(size.low, size.high): size for size in run.class_sizes if size.n}
        placed = [(place, by_ends[size]) for place, size in enumerate(sizes) if size in by_ends]
        name = run_label(run)
        series.append(
            _points(
                name,
                tuple(place + _dodge(i, len(runs)) for place, _ in placed),
                [size.accuracy for _, size in placed],
                colour=i,
                tips=tuple(_size_tip(name, size) for _, size in placed),
            )
        )
    first = {(size.low, size.high): size for run in runs for size in run.class_sizes}
    names = tuple(f"{size_label(*size)}\nN = {first[size].n:,}" for size in sizes)
    return Chart(
        "class-size",
        "Accuracy by the number of training products of the category",
        Axis("Training products of the category", names=names),
        Axis("Accuracy", "share", None, 1),
        tuple(series),
        note="N is the number of products. Bars are 95 % intervals.",
    )


def _size_tip(name: str, size: ClassSize) -> str:
    return (
        f"{name}, {size_label(size.low, size.high)} training products: {_with_ends(size.accuracy)},"
        f" {count_note(size.n)} of {size.categories:,} categories"
    )


def size_label(low: int, high: int | None) -> str:
    """Write the ends of a class size.

    >>> size_label(3, 9), size_label(300, None)
    ('3–9', '300+')
    """
    return f"{low}+" if high is None else f"{low}–{high}"


def parts_chart(summary: Summary, *, measure: str = "accuracy") -> Chart | None:
    """Show a measure when only some parts of a product are given; None where none tells."""
    names = distinct(part.name for run in summary.runs for part in run.selections)
    series = []
    for i, run in enumerate(summary.runs):
        by_name = {part.name: part for part in run.selections if measure in part.measures}
        placed = [(place, by_name[name]) for place, name in enumerate(names) if name in by_name]
        if not placed:
            continue
        label = run_label(run)
        values = [part.measures[measure] for _, part in placed]
        series.append(
            _points(
                label,
                tuple(place + _dodge(i, len(summary.runs)) for place, _ in placed),
                values,
                colour=i,
                tips=tuple(
                    f"{label}, {part.name}: {_with_ends(value)}, {count_note(part.n)}"
                    for (_, part), value in zip(placed, values, strict=True)
                ),
            )
        )
    if not series:
        return None
    title = MEASURES[measure].title if measure in MEASURES else measure
    return Chart(
        f"parts-{measure.replace('_', '-')}",
        f"{title} when only some parts are given",
        Axis("", names=tuple(names)),
        Axis(f"{title}", "share", None, 1),
        tuple(series),
        note=f"{count_note(summary.n)} with everything; a run that reads only a part has no others."
        " Bars are 95 % intervals.",
    )


def difference_chart(pair: Comparison) -> Chart:
    """Show how much better the second of two runs is in each measure."""
    titles = [MEASURES[m].title if m in MEASURES else m for m in pair.differences]
    series = [
        Series(
            title,
            (float(place),),
            (gain.value,),
            kind="points",
            # Green where the second run is better, red where it is worse, else grey.
            colour=2 if gain.significant and gain.value > 0 else 9 if gain.significant else 7,
            low=(gain.low,),
            high=(gain.high,),
            tips=(
                f"{title}: {percent(gain.value, signed=True)}"
                f" ({percent(gain.low, signed=True)} to {percent(gain.high, signed=True)})",
            ),
        )
        for place, (title, gain) in enumerate(zip(titles, pair.differences.values(), strict=True))
    ]
    return Chart(
        "difference",
        "Second run less the first",
        Axis("", names=tuple(titles)),
        Axis("Percentage points", "share"),
        tuple(series),
        note=f"{count_note(pair.n)}. Right of 0 the second run is better. Bars are 95 % intervals"
        " of the paired bootstrap; grey is not significant after Holm's correction.",
        sideways=True,
        guides=(0.0,),
    )


def distinct(values: Iterable[Hashable]) -> list[Any]:
    """Return the values in their order, each once."""
    return list(dict.fromkeys(values))


def _dodge(place: int, of: int) -> float:
    """Move a run's point aside, so that those of several runs stand side by side."""
    # Never over the whole distance, or the last run of one name would stand with the next name.
    return 0.0 if of < 2 else (place / (of - 1) - 0.5) * min(0.7, 0.14 * of)


def _points(
    name: str,
    x: Sequence[float],
    values: Sequence[Interval],
    *,
    colour: int,
    tips: tuple[str, ...],
    legend: bool = True,
) -> Series:
    return Series(
        name,
        tuple(x),
        tuple(interval.value for interval in values),
        kind="points",
        colour=colour,
        low=tuple(interval.low for interval in values),
        high=tuple(interval.high for interval in values),
        tips=tips,
        legend=name if legend else "",
    )


def _with_ends(interval: Interval) -> str:
    ends = percent_range(interval)
    return f"{percent(interval.value)} ({ends})" if ends else percent(interval.value)
