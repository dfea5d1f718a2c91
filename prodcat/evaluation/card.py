"""What was measured of a model, as the second half of its card."""

from prodcat.decision.accuracies import ACCURACIES, HEADLINE_ACCURACY, in_percent, measure_at
from prodcat.measures.interval import Interval
from prodcat.measures.measure import SetMeasures
from prodcat.measures.names import MEASURES
from prodcat.runs.format import LEAST_PRODUCTS
from prodcat.runs.records import RunMetrics

HEADING = "## Measured"
LINES = (
    *("accuracy", "parent_accuracy", "top_5_accuracy", "macro_f1", "hierarchical_f1"),
    "calibration_error",
)
"""What is told of validation and test."""
WITHHELD = (
    *("accuracy", "macro_f1"),
    *(measure_at(measure, HEADLINE_ACCURACY) for measure in ("path_coverage", "path_accuracy")),
)
"""What is told of each selection of parts."""


def measured_lines(metrics: RunMetrics, confidence: float) -> list[str]:
    """Return the lines of Markdown from `HEADING` on.

    Args:
        metrics: As in ``metrics.json``.
        confidence: How sure the promises are to hold.
    """
    return [
        HEADING,
        "",
        "Over all labelled products, those of categories that were not taught too: of these an"
        " answer is right where it is a category above theirs. With 95 % bootstrap intervals."
        " Temperatures, thresholds and what answers are ordered by were chosen on validation.",
        "",
        *_table(metrics),
        "",
        "## What passes",
        "",
        "The share of all products that are answered where answers are to be right so often, and"
        f" how often they were. Each promise is to hold for the products to come at"
        f" {in_percent(confidence)} % confidence; where no threshold could prove it, nothing is"
        " answered.",
        "",
        *_passes(metrics),
        "",
        "## Test, with parts withheld",
        "",
        *_withheld(metrics),
        "",
        "## Limits",
        "",
        "- It knows the categories of its tree and no other: most products of another kind are"
        " unlike anything it learnt, and not answered for that; some get the nearest category.",
        "- Its probabilities and promises hold for products like those it was calibrated on;"
        " another shop's need a calibration of their own: `prodcat calibrate`.",
        f"- Thresholds are fitted for each combination of parts that at least {LEAST_PRODUCTS}"
        " validation products had; others use the most alike.",
    ]


def with_measures(card: str, metrics: RunMetrics, confidence: float) -> str:
    """Return a card with other measures than it has."""
    about = card.partition(f"{HEADING}\n")[0].rstrip()
    return "\n".join([about, "", *measured_lines(metrics, confidence), ""])


def _table(metrics: RunMetrics) -> list[str]:
    columns: list[tuple[str, SetMeasures]] = []
    for side, selections in metrics.sides.items():
        everything = selections[0]
        columns.append((side, everything.measured))
        if everything.taught is not None and everything.taught.n < everything.n:
            columns.append((f"{side}, taught categories alone", everything.taught))
    lines = [
        "| measure | " + " | ".join(f"{name}, N = {of.n:,}" for name, of in columns) + " |",
        "|---|" + "---|" * len(columns),
    ]
    for measure in LINES:
        cells = [_cell(of.intervals.get(measure)) for _, of in columns]
        lines.append(f"| {MEASURES[measure].on_card} | " + " | ".join(cells) + " |")
    return lines


def _passes(metrics: RunMetrics) -> list[str]:
    lines = [
        "| promised | side | answered | right | down to a leaf | right |",
        "|---|---|---|---|---|---|",
    ]
    for accuracy in ACCURACIES:
        for side, selections in metrics.sides.items():
            found = selections[0].measures
            names = ("path_coverage", "path_accuracy", "coverage", "accuracy")
            cells = [_cell(found.get(measure_at(name, accuracy))) for name in names]
            lines.append(f"| {in_percent(accuracy)} % | {side} | " + " | ".join(cells) + " |")
    return lines


def _withheld(metrics: RunMetrics) -> list[str]:
    selections = metrics.selections("test")
    if not selections:
        return ["The corpus has no test products."]
    lines = [
        "| given | N | " + " | ".join(MEASURES[name].on_card for name in WITHHELD) + " |",
        "|---|---|" + "---|" * len(WITHHELD),
    ]
    for selection in selections:
        cells = [_cell(selection.measures.get(name)) for name in WITHHELD]
        lines.append(f"| {selection.name} | {selection.n:,} | " + " | ".join(cells) + " |")
    return lines


def _cell(interval: Interval | None) -> str:
    if interval is None or interval.value is None:
        return "–"
    if interval.low is None or interval.high is None:
        return f"{interval.value:.4f}"
    return f"{interval.value:.4f} ({interval.low:.4f}–{interval.high:.4f})"
