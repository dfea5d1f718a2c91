"""The tables of the benchmark."""

from collections.abc import Sequence

import numpy as np

from experiments.benchmarks.promises.draws import Outcome, Outcomes, Setup
from experiments.benchmarks.section import Section

SHORT = 0.002
"""How far below its promise an accuracy falls short in earnest."""
HEADINGS = (
    "rule",
    "answered",
    "to a leaf",
    "right",
    "below the promise",
    "by over 0.2 points",
    "leaves below it",
    "abstains from all",
)


def lay_out(outcomes: Outcomes, setup: Setup, products: int) -> list[Section]:
    """Return a table for each accuracy."""
    size = setup.size or products // 2
    note = (
        f"{size:,} calibration and {products - products // 2:,} held-out products in each of"
        f" {setup.draws:,} draws. Means over the draws; then in which share of them the held-out"
        " answers, and those that end at a leaf, are right less often than promised."
    )
    return [
        Section(
            f"{accuracy:.1%} promised, given {setup.given}, {size:,} calibration products",
            note,
            HEADINGS,
            [
                [rule, *_row(drawn, accuracy)]
                for (asked, rule), drawn in outcomes.items()
                if asked == accuracy
            ],
        )
        for accuracy in setup.accuracies
    ]


def _row(drawn: Sequence[Outcome], accuracy: float) -> list[str]:
    reached = np.array([one.accuracy for one in drawn])
    leaves = np.array([one.leaf_accuracy for one in drawn])
    answered = np.array([one.coverage for one in drawn])
    right = reached[~np.isnan(reached)]
    return [
        f"{answered.mean():.1%}",
        f"{np.mean([one.leaf_coverage for one in drawn]):.1%}",
        f"{right.mean():.2%}" if len(right) else "–",
        # A comparison with NaN is false: who does not answer breaks no promise.
        f"{(reached < accuracy).mean():.1%}",
        f"{(reached < accuracy - SHORT).mean():.1%}",
        f"{(leaves < accuracy).mean():.1%}",
        f"{(answered == 0).mean():.1%}",
    ]
