r"""A report as Markdown, with its charts as files beside it.

It shows no product, neither name nor picture, so it may be published where they may not.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from prodcat.analyze.findings.summary import Comparison, Summary
from prodcat.analyze.markdown.tables import (
    difference_cell,
    escaped,
    interval_cell,
    matrix_table,
    measures_table,
    selection_cell,
    size_name,
    table,
    with_unit,
)
from prodcat.decision.accuracies import CHIEF_ACCURACIES, HEADLINE_ACCURACY, measure_at
from prodcat.measures.names import CHIEF, MEASURES
from prodcat.wording import ABSENT, duration, number, p_value, percent, size

FURTHER = tuple(name for name in MEASURES if name not in CHIEF)
COMPARED = ("accuracy", "macro_f1", *(measure_at("coverage", a) for a in CHIEF_ACCURACIES))
BY_PARTS = ("accuracy", "macro_f1", measure_at("coverage", HEADLINE_ACCURACY))
WORST = 10
"""Categories and pairs told of each run."""
MOST_NUMBERS = 10
"""Categories of a matrix that is written out."""


def write_markdown(summary: Summary, charts: Mapping[str, str]) -> str:
    """Write a report as Markdown.

    Args:
        summary: What it says.
        charts: Name of each chart → its path, relative to the report. Those whose names
            begin with ``run-1-`` are of the first run, and so on.
    """
    side = "test" if summary.side == "test" else "validation"
    parts = [
        f"# {escaped(summary.title)}",
        *_marks(summary),
        f"{summary.n:,} {side} products, {summary.classes:,} categories. Numbers in brackets are"
        " the ends of 95 % intervals.",
        *(f"- {escaped(note)}" for note in summary.notes),
        *_runs(summary),
        *_pairs(summary.comparisons),
        *_seeds(summary),
        *_charts(charts),
        *_parts_given(summary),
        *_class_sizes(summary),
        *_failures(summary, charts),
        *_skipped(summary),
    ]
    text = "\n\n".join(part for part in parts if part)
    # Entries of a list stand together, all else apart.
    return re.sub(r"(?m)^(- .*)\n\n(?=- )", r"\1\n", text) + "\n"


def _marks(summary: Summary) -> Iterator[str]:
    if summary.marks:
        lines = "\n> ".join(f"- {escaped(mark)}" for mark in summary.marks)
        yield f"> [!CAUTION]\n> **These runs may not be held side by side.**\n>\n> {lines}"


def _runs(summary: Summary) -> Iterator[str]:
    yield "## Runs"
    if len(summary.runs) > 1:
        yield (
            "Bold: significantly better than every other run, by a paired bootstrap at 5 % after"
            " Holm's correction over all pairs. Runs that differ in their seed alone need not"
            " beat each other. Coverage: share answered at a threshold chosen on validation;"
            " reached: how often those answers are right."
        )
    yield measures_table(summary.runs, [m for m in CHIEF if _any(summary, m)])
    yield measures_table(summary.runs, [m for m in FURTHER if _any(summary, m)])
    headings = ["run", "training", "epochs", "one product", "products/s", "model", "memory"]
    rows = []
    for run in summary.runs:
        training, cost = run.training, run.cost
        rows.append(
            [
                escaped(run.name),
                duration(training.seconds),
                ABSENT if training.epochs is None else f"{training.epochs:,}",
                with_unit(cost.one_product_ms, "ms"),
                number(cost.products_per_s, digits=0),
                size(cost.model_bytes),
                with_unit(cost.peak_memory_mb, "MB", digits=0),
            ]
        )
    yield table(headings, rows)
    if summary.differing:
        yield "Settings in which the runs differ:"
        yield table(
            ["setting", *(escaped(run.name) for run in summary.runs)],
            (
                [escaped(key), *(escaped(run.settings.get(key, ABSENT)) for run in summary.runs)]
                for key in summary.differing
            ),
        )
    for run in summary.runs:
        yield from (f"- **{escaped(run.name)}**: {escaped(line)}" for line in run.warnings)


def _pairs(comparisons: Sequence[Comparison]) -> Iterator[str]:
    if not comparisons:
        return
    yield "## Pairs of runs"
    yield (
        "The second run less the first in percentage points, on the same products; bold"
        " where the difference is significant. McNemar: products that only the first, only the"
        " second gets right."
    )
    shown = [m for m in COMPARED if any(m in pair.differences for pair in comparisons)]
    yield table(
        [
            "first",
            "second",
            "N",
            *(MEASURES[m].title for m in shown),
            "only first",
            "only second",
            "McNemar's p",
        ],
        (
            [
                escaped(pair.first),
                escaped(pair.second),
                f"{pair.n:,}",
                *(difference_cell(pair.differences.get(m)) for m in shown),
                f"{pair.mcnemar.only_first:,}",
                f"{pair.mcnemar.only_second:,}",
                p_value(pair.mcnemar.p),
            ]
            for pair in comparisons
        ),
    )


def _seeds(summary: Summary) -> Iterator[str]:
    if not summary.seed_groups:
        return
    yield "## Runs that differ in their seed alone"
    yield "Mean, with the standard deviation over seeds."
    names = [m for m in CHIEF if any(m in group.measures for group in summary.seed_groups)]
    rows = []
    for group in summary.seed_groups:
        spreads = [group.measures.get(name) for name in names]
        cells = [f"{percent(s.mean)} ± {100 * s.sd:.1f}" if s else ABSENT for s in spreads]
        rows.append([escaped(", ".join(group.runs)), str(len(group.runs)), *cells])
    yield table(["runs", "n", *(MEASURES[name].title for name in names)], rows)


def _parts_given(summary: Summary) -> Iterator[str]:
    names = list(dict.fromkeys(s.name for run in summary.runs for s in run.selections))
    # Everything stands in the table of runs already.
    if len(names) < 2:
        return
    yield "## By parts given"
    for measure in BY_PARTS:
        if not _any(summary, measure):
            continue
        yield f"{MEASURES[measure].title}:"
        rows = []
        for run in summary.runs:
            by_name = {selection.name: selection for selection in run.selections}
            cells = [selection_cell(by_name.get(name), measure) for name in names]
            rows.append([escaped(run.name), *cells])
        yield table(["run", *map(escaped, names)], rows)


def _class_sizes(summary: Summary) -> Iterator[str]:
    # No upper end, None, cannot be sorted among numbers.
    sizes = sorted({(s.low, s.high or 0) for run in summary.runs for s in run.class_sizes})
    if not sizes:
        return
    yield "## Accuracy by training products of the category"
    rows = []
    for run in summary.runs:
        by_ends = {(size.low, size.high or 0): size for size in run.class_sizes}
        cells = [by_ends.get(ends) for ends in sizes]
        rows.append(
            [escaped(run.name), *(interval_cell(c.accuracy) if c else ABSENT for c in cells)]
        )
    every = [s for run in summary.runs for s in run.class_sizes]
    headings = [size_name(next(s for s in every if (s.low, s.high or 0) == key)) for key in sizes]
    yield table(["run", *headings], rows)


def _charts(charts: Mapping[str, str]) -> Iterator[str]:
    shared = [name for name in charts if not re.match(r"run-\d+-", name)]
    if shared:
        yield "## Charts"
    for name in shared:
        yield f"![{name.replace('-', ' ')}]({charts[name]})"


def _failures(summary: Summary, charts: Mapping[str, str]) -> Iterator[str]:
    yield "## Where they fail"
    yield ("Harm: wrong products that a category has a part in, missed by it or put into it.")
    for place, run in enumerate(summary.runs, 1):
        yield f"### {escaped(run.name)}"
        start = f"run-{place}-"
        for name in (name for name in charts if name.startswith(start)):
            yield f"![{name.removeprefix(start).replace('-', ' ')}]({charts[name]})"
        worst = [row for row in run.categories if row.harm][:WORST]
        if not worst:
            yield "No product is wrong."
            continue
        yield table(
            [
                "category",
                "N",
                "trained on",
                "precision",
                "recall",
                "F1",
                "harm",
                "mostly taken for",
            ],
            (
                [
                    escaped(row.path),
                    f"{row.n:,}",
                    ABSENT if row.train_products is None else f"{row.train_products:,}",
                    percent(row.precision),
                    percent(row.recall),
                    percent(row.f1),
                    f"{row.harm:,}",
                    escaped(row.mostly_taken_for) or ABSENT,
                ]
                for row in worst
            ),
        )
        yield table(
            ["label", "answered", "products", "of"],
            (
                [escaped(pair.label), escaped(pair.answer), f"{pair.n:,}", f"{pair.label_n:,}"]
                for pair in islice(run.confused, WORST)
            ),
        )
        # One category is no confusion, and many are a table that no page has room for.
        if 1 < len(run.matrices["top"].labels) <= MOST_NUMBERS:
            yield "Labels in rows, answers in columns, at the top of the tree:"
            yield matrix_table(run.matrices["top"])


def _skipped(summary: Summary) -> Iterator[str]:
    if summary.skipped:
        yield "## Left out"
        yield table(
            ["folder", "reason"], ([escaped(s.path), escaped(s.reason)] for s in summary.skipped)
        )


def _any(summary: Summary, measure: str) -> bool:
    return any(measure in run.measures for run in summary.runs)
