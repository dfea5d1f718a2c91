"""What each measure is called wherever it is shown, and what it means."""

from dataclasses import dataclass

from prodcat.decision.accuracies import ACCURACIES, CHIEF_ACCURACIES, in_percent, measure_at


@dataclass(frozen=True)
class Measure:
    """What a measure is called, and what it means in one sentence."""

    title: str
    """As a heading of a report."""
    meaning: str
    short: str = ""
    """Beside the measure that it goes with; empty for the title in small letters."""
    alone: str = ""
    """Where nothing around it says what is measured; likewise."""
    reached: str = ""
    """Of a coverage: the measure that says how accurate these answers really were."""
    better: int = 1
    """1 where more is better, -1 where less is."""

    @property
    def on_screen(self) -> str:
        """Heading of a narrow table on the screen."""
        return self.short or self._in_small_letters

    @property
    def on_card(self) -> str:
        """Line of a model card."""
        return self.alone or self._in_small_letters

    @property
    def _in_small_letters(self) -> str:
        return self.title[:1].lower() + self.title[1:]


def _coverage(accuracy: float) -> Measure:
    at = in_percent(accuracy)
    return Measure(
        f"Coverage at {at} %",
        f"Share of products answered when those answered are to be {at} % right;"
        " the threshold is chosen on validation.",
        reached=measure_at("accuracy", accuracy),
    )


def _path_coverage(accuracy: float) -> Measure:
    at = in_percent(accuracy)
    return Measure(
        f"Path coverage at {at} %",
        f"The same at {at} %, where a category above the leaf counts too.",
        reached=measure_at("path_accuracy", accuracy),
    )


def _reached(accuracy: float) -> Measure:
    at = in_percent(accuracy)
    return Measure(
        f"Reached at {at} %",
        f"Accuracy of what is answered at {at} %.",
        short="reached",
        alone="accuracy reached there",
    )


def _path_reached(accuracy: float) -> Measure:
    return Measure(f"Path reached at {in_percent(accuracy)} %", "Accuracy of the paths answered.")


MEASURES = {
    "accuracy": Measure(
        "Accuracy", "Share of products whose best leaf is right.", alone="leaf accuracy"
    ),
    "macro_f1": Measure(
        "Macro-F1", "F1 of each leaf category, averaged: small categories count as much as large."
    ),
    **{measure_at("coverage", accuracy): _coverage(accuracy) for accuracy in ACCURACIES},
    **{measure_at("accuracy", accuracy): _reached(accuracy) for accuracy in ACCURACIES},
    **{measure_at("path_coverage", accuracy): _path_coverage(accuracy) for accuracy in ACCURACIES},
    **{measure_at("path_accuracy", accuracy): _path_reached(accuracy) for accuracy in ACCURACIES},
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

SELECTIVE = tuple(
    measure_at(measure, accuracy)
    for accuracy in CHIEF_ACCURACIES
    for measure in ("coverage", "accuracy")
)
"""Each coverage, and beside it the accuracy that it came with: neither says much alone."""
CHIEF = ("accuracy", "macro_f1", *SELECTIVE)
"""What to look at first."""
