"""What each measure is called, and what it means."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """What a measure is called, and what it means in one sentence."""

    title: str
    meaning: str
    better: int = 1
    """1 where more is better, -1 where less is."""


MEASURES = {
    "accuracy": Measure("Accuracy", "Share of products whose best leaf is right."),
    "macro_f1": Measure(
        "Macro-F1", "F1 of each leaf category, averaged: small categories count as much as large."
    ),
    "coverage_at_95": Measure(
        "Coverage at 95 %",
        "Share of products answered when those answered are to be 95 % right;"
        " the threshold is chosen on validation.",
    ),
    "coverage_at_98": Measure(
        "Coverage at 98 %",
        "Share of products answered when those answered are to be 98 % right;"
        " the threshold is chosen on validation.",
    ),
    "accuracy_at_95": Measure("Reached at 95 %", "Accuracy of what is answered at 95 %."),
    "accuracy_at_98": Measure("Reached at 98 %", "Accuracy of what is answered at 98 %."),
    "path_coverage_at_95": Measure(
        "Path coverage at 95 %", "The same at 95 %, where a category above the leaf counts too."
    ),
    "path_coverage_at_98": Measure(
        "Path coverage at 98 %", "The same at 98 %, where a category above the leaf counts too."
    ),
    "path_accuracy_at_95": Measure("Path reached at 95 %", "Accuracy of the paths answered."),
    "path_accuracy_at_98": Measure("Path reached at 98 %", "Accuracy of the paths answered."),
    "parent_accuracy": Measure(
        "Parent accuracy", "Share of products whose best leaf is at least below the right parent."
    ),
    "top_5_accuracy": Measure(
        "Top-5 accuracy", "Share of products whose label is among the five best leaves."
    ),
    "weighted_f1": Measure("Weighted F1", "F1 of each leaf category, weighted by its products."),
    "hierarchical_f1": Measure(
        "Hierarchical F1", "F1 over the categories on the way down: near misses count in part."
    ),
    "calibration_error": Measure(
        "Calibration error", "How far confidence is from accuracy, on average.", better=-1
    ),
}
"""In the order in which they are shown."""
