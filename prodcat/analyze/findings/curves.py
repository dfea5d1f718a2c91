"""How sure answers are against how often they are right."""

from collections.abc import Mapping

import numpy as np

from prodcat.analyze.findings.levels import level_of, surest
from prodcat.analyze.findings.summary import CoverageCurve, ReliabilityBin, ThresholdPoint
from prodcat.arrays import BoolArray, Float64Array
from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.guarantee import guarantee, leaf_evidence
from prodcat.measures.metrics import (
    coverage_at,
    is_answered,
    risk_coverage_curve,
    selective_accuracy,
)
from prodcat.measures.significance import wilson
from prodcat.runs.reading import Run

CURVE_POINTS = 100
# As many as the calibration error has: the chart shows what that adds up.
BINS = 15


def coverage_curves(run: Run, side: str, *, trusted: bool) -> dict[str, CoverageCurve]:
    """Accuracy against share answered, for the leaf and for its parent.

    The thresholds on the leaf are the run's own. Those on the parent are chosen here, on
    its validation products.

    Args:
        run: Whose answers.
        side: ``test`` or ``val``.
        trusted: Whether the run's thresholds keep their promise on validation.
    """
    rows = run.predictions.side(side)
    parent_sure, parent_right = _parents(run, side)
    on_validation = _parents(run, "val")
    evidence = (leaf_evidence(*on_validation),)
    fitted = {goal: guarantee(evidence, goal).threshold for goal in ACCURACIES}
    parent_thresholds = {
        goal: np.full(len(rows), np.inf if threshold is None else threshold)
        for goal, threshold in fitted.items()
    }
    return {
        "leaf": _curve(rows.probability, rows.right, rows.thresholds if trusted else {}),
        "parent": _curve(parent_sure, parent_right, parent_thresholds),
    }


def _parents(run: Run, side: str) -> tuple[Float64Array, BoolArray]:
    rows = run.predictions.side(side)
    level = level_of(rows.paths, "parent")
    answers, sure = surest(rows, level)
    return sure, answers == level[rows.labels]


def _curve(
    sure: Float64Array, right: BoolArray, thresholds: Mapping[float, Float64Array]
) -> CoverageCurve:
    coverage, risk = risk_coverage_curve(sure, right)
    # A point for each product would look no different, and make the page large.
    places = np.linspace(0, len(coverage) - 1, min(CURVE_POINTS, len(coverage))).round().astype(int)
    points = []
    for goal, threshold in thresholds.items():
        # The accuracy of no answer is no number.
        reached = None
        if is_answered(sure, threshold).any():
            reached = selective_accuracy(sure, right, threshold)
        points.append(ThresholdPoint(goal, coverage_at(sure, threshold), reached))
    return CoverageCurve(
        n=len(sure),
        coverage=tuple(coverage[places].tolist()),
        accuracy=tuple((1 - risk[places]).tolist()),
        points=tuple(points),
    )


def reliability_bins(sure: Float64Array, right: BoolArray) -> tuple[ReliabilityBin, ...]:
    """How often products about equally sure are right, in bins of equally many.

    Args:
        sure: Probability of each answer, (N,).
        right: Whether it is right, (N,).

    >>> [b] = reliability_bins(np.full(4, 0.5), np.array([True, True, True, False]))
    >>> b.n, b.confidence, b.accuracy
    (4, 0.5, 0.75)
    """
    order = np.argsort(sure, kind="stable")
    # Products equally sure share one bin: their order says nothing.
    _, ties = np.unique(sure[order], return_inverse=True)
    bins = np.arange(len(order)) * BINS // max(len(order), 1)
    first = bins[np.searchsorted(ties, ties)] if len(order) else bins
    described = []
    for number in np.unique(first):
        rows = order[first == number]
        interval = wilson(int(right[rows].sum()), len(rows))
        described.append(
            ReliabilityBin(
                n=len(rows),
                confidence=float(sure[rows].mean()),
                accuracy=float(right[rows].mean()),
                # No bin is empty, so both ends are numbers; the zeros are for the type checker.
                low=float(interval.low or 0.0),
                high=float(interval.high or 0.0),
            )
        )
    return tuple(described)
