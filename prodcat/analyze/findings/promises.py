"""Whether a run's thresholds keep what they promise, on validation and on the side reported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from prodcat.decision.accuracies import ACCURACIES, in_percent, measure_at
from prodcat.decision.binomial import allowed_errors
from prodcat.decision.guarantee import DEFAULT_CONFIDENCE
from prodcat.measures.interval import Interval
from prodcat.runs.format import LEAST_PRODUCTS
from prodcat.runs.reading import Run
from prodcat.runs.side import Side


@dataclass(frozen=True)
class Doubt:
    """Why a run's coverage at an accuracy may be worth less than it looks."""

    accuracy: float
    """The one that its threshold promises."""
    message: str
    """For the reader, a sentence."""
    breaks: bool = False
    """The promise does not hold on the run's own validation products: none of its coverages can
    be believed then, and none is shown."""


def doubts_of(run: Run) -> tuple[Doubt, ...]:
    """Check the thresholds of a run against its own validation products.

    They can only have been chosen there, so on the products that have every part the run
    reads, those answered must be right as often as promised; one product of leeway is for
    the one that lies on the threshold itself.

    Returns:
        Broken promises first, then what a reader should know though it breaks none.
    """
    return tuple(sorted(_doubts(run), key=lambda doubt: not doubt.breaks))


def _doubts(run: Run) -> Iterator[Doubt]:
    val = run.predictions.side("val")
    rows = _with_all_parts(val, run.predictions.reads)
    for accuracy in run.predictions.accuracies:
        sides = run.predictions.sides.values()
        if not any(np.isfinite(side.thresholds[accuracy]).any() for side in sides):
            continue  # it never answers, and so promises nothing
        if not len(val):
            yield Doubt(
                accuracy,
                f"It has thresholds for {in_percent(accuracy)}%, but no validation products to"
                " have chosen them on; coverage is not shown.",
                breaks=True,
            )
        elif len(rows) < LEAST_PRODUCTS:
            # Training fits no thresholds for so few, so these may be from other products.
            yield Doubt(
                accuracy,
                f"Its threshold for {in_percent(accuracy)}% cannot be checked: {len(rows)}"
                " validation products have all the parts it reads.",
            )
        elif message := _broken(rows, accuracy):
            yield Doubt(accuracy, message, breaks=True)
        elif message := _without_proof(rows, accuracy):
            yield Doubt(accuracy, message)


def fallen_short(measures: Mapping[str, Interval]) -> tuple[Doubt, ...]:
    """Find the accuracies at which answers are right less often than promised.

    Thresholds keep their promise on validation; elsewhere they do so about. Where even the
    upper end of what was reached lies below, more coverage is no merit.

    >>> [doubt] = fallen_short({"accuracy_at_98": Interval(0.96, 0.95, 0.97)})
    >>> doubt.message
    'What it answers at 98% is right in 96.0% only, on these products.'
    """
    doubts = []
    for accuracy in ACCURACIES:
        reached = measures.get(measure_at("accuracy", accuracy), Interval())
        if reached.value is not None and reached.high is not None and reached.high < accuracy:
            message = (
                f"What it answers at {in_percent(accuracy)}% is right in {reached.value:.1%} only,"
                " on these products."
            )
            doubts.append(Doubt(accuracy, message))
    return tuple(doubts)


def _with_all_parts(side: Side, parts: tuple[str, ...]) -> Side:
    """Those products alone that thresholds of one pattern of parts were fitted on."""
    every = np.ones(len(side), dtype=bool)
    for part in parts:
        every &= side.has[part]
    return side.take(np.flatnonzero(every))


def _broken(rows: Side, accuracy: float) -> str:
    answered = rows.answered(accuracy)
    n, right = int(answered.sum()), int(rows.right[answered].sum())
    if not n or (right + 1) / n >= accuracy:
        return ""
    return (
        f"At its threshold for {in_percent(accuracy)}%, {right / n:.1%} of its {n:,} answered"
        " validation products are right, so it was not chosen there; coverage is not shown."
    )


def _without_proof(rows: Side, accuracy: float) -> str:
    """Say where the answers on validation do not prove what is promised for those to come."""
    answered = rows.answered(accuracy)
    n, right = int(answered.sum()), int(rows.right[answered].sum())
    # At the usual confidence: a run does not tell the one that its thresholds were tested at.
    if not n or n - right <= allowed_errors(n, 1 - accuracy, 1 - DEFAULT_CONFIDENCE):
        return ""
    return (
        f"At its threshold for {in_percent(accuracy)}%, {right:,} of its {n:,} answered validation"
        f" products are right: enough for them, but no proof of {in_percent(accuracy)}% for the"
        " products to come. Train it again, or calibrate its model anew."
    )
