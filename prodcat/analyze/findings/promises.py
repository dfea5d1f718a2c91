"""Whether a run's thresholds are what its validation products give."""

import numpy as np

from prodcat.decision.thresholds import fit_threshold
from prodcat.runs.format import GOALS
from prodcat.runs.predictions import Side
from prodcat.runs.reading import Run

LEAST_PRODUCTS = 30
"""Training fits thresholds for a set of parts only where as many products have it."""
SAME = 1e-6


def doubts(run: Run) -> tuple[list[str], list[str]]:
    """Check the thresholds of a run against its own validation products.

    They can only have been chosen there, so on the products that have every part the run
    reads, those answered must be right as often as promised; one product of leeway is for
    the one that lies on the threshold itself.

    Returns:
        Why coverage must not be shown, a line for each broken promise; and what a reader
        should know though it breaks none.
    """
    val = run.predictions.side("val")
    rows = _with_all_parts(val, run.predictions.reads)
    broken, odd = [], []
    for goal in GOALS:
        sides = run.predictions.sides.values()
        if not any(np.isfinite(side.thresholds[goal]).any() for side in sides):
            continue
        if not len(val):
            broken.append(
                f"It has thresholds for {goal:.0%}, but no validation products to have chosen"
                " them on; coverage is not shown."
            )
        elif len(rows) < LEAST_PRODUCTS:
            odd.append(
                f"Its threshold for {goal:.0%} cannot be checked: {len(rows)} validation products"
                " have all the parts it reads."
            )
        elif told := _broken(rows, goal):
            broken.append(told)
        elif told := _other(rows, goal):
            odd.append(told)
    return broken, odd


def _with_all_parts(side: Side, parts: tuple[str, ...]) -> Side:
    every = np.ones(len(side), dtype=bool)
    for part in parts:
        every &= side.has[part]
    return side.take(np.flatnonzero(every))


def _broken(rows: Side, goal: float) -> str:
    answered = rows.answered(goal)
    n, right = int(answered.sum()), int(rows.right[answered].sum())
    if not n or (right + 1) / n >= goal:
        return ""
    return (
        f"At its threshold for {goal:.0%}, {right / n:.1%} of its {n:,} answered validation"
        " products are right, so it was not chosen there; coverage is not shown."
    )


def _other(rows: Side, goal: float) -> str:
    """Say where a threshold is not the very one that these products give."""
    fitted = fit_threshold(rows.probability, rows.right, accuracy=goal)
    stored = sorted(set(rows.thresholds[goal].tolist()))
    if len(stored) == 1 and abs(stored[0] - (np.inf if fitted is None else fitted)) <= SAME:
        return ""
    if stored == [np.inf] and fitted is None:
        return ""
    told = " to ".join(f"{threshold:.6g}" for threshold in dict.fromkeys((stored[0], stored[-1])))
    best = "none" if fitted is None else f"{fitted:.6g}"
    return f"Its threshold for {goal:.0%} is {told}, but its validation products give {best}."
