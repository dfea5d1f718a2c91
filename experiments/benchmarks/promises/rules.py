"""Rules that choose a threshold on calibration products, prodcat's and those it was held against.

Each takes evidence that must hold together (`prodcat.decision.guarantee.Evidence`), the accuracy
that is promised and the confidence, and returns the threshold, or None for none.
"""

from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import check_accuracy, check_confidence
from prodcat.decision.binomial import allowed_errors
from prodcat.decision.guarantee import THRESHOLDS, Evidence, guarantee

Rule = Callable[[tuple[Evidence, ...], float, float], float | None]


def lowest_threshold(confidence: ArrayLike, correct: ArrayLike, *, accuracy: float) -> float | None:
    """Find the lowest confidence above which these very answers are right often enough.

    What prodcat promised by until its thresholds had to prove themselves.

    >>> lowest_threshold([0.9, 0.8, 0.7, 0.6], [True, True, False, False], accuracy=0.66)
    0.7
    >>> lowest_threshold([0.9, 0.8], [False, True], accuracy=0.9)
    """
    sure, right = check_confidence(confidence, correct)
    check_accuracy(accuracy)
    if not len(sure):
        return None
    order = np.argsort(-sure, kind="stable")
    sure, right = sure[order], right[order]
    # Division, not multiplication: 49 / 50 is the very float that 0.98 is.
    reached = np.cumsum(right) / np.arange(1, len(sure) + 1) >= accuracy
    last_of_tie = np.append(sure[1:] < sure[:-1], True)
    ends = np.flatnonzero(reached & last_of_tie)
    return float(sure[ends[-1]]) if len(ends) else None


def no_margin(evidence: tuple[Evidence, ...], accuracy: float, confidence: float) -> float | None:
    """Return the lowest threshold that was right often enough: prodcat's rule before."""
    del confidence
    return _lowest(
        all(one.right[place] >= accuracy * one.answered[place] for one in evidence)
        and evidence[0].answered[place] > 0
        for place in range(len(THRESHOLDS))
    )


def clopper_pearson(
    evidence: tuple[Evidence, ...], accuracy: float, confidence: float
) -> float | None:
    """Return the lowest threshold whose own bound passes, though many are looked at."""
    return _lowest(_passes(evidence, place, accuracy, 1 - confidence) for place in _places())


def sgr(evidence: tuple[Evidence, ...], accuracy: float, confidence: float) -> float | None:
    """Search by halves, each look at its share of the level (Geifman and El-Yaniv 2017)."""
    level = (1 - confidence) / np.ceil(np.log2(max(evidence[0].answered[-1], 2)))
    low, high, best = 0, len(THRESHOLDS) - 1, None
    while low <= high:
        middle = (low + high + 1) // 2
        if _passes(evidence, middle, accuracy, level):
            best, low = middle, middle + 1
        else:
            high = middle - 1
    return None if best is None else THRESHOLDS[best]


def fixed_sequence(
    evidence: tuple[Evidence, ...], accuracy: float, confidence: float
) -> float | None:
    """Go down from the promised accuracy until the first threshold fails (Angelopoulos 2021)."""
    best = None
    for place in _places():
        if THRESHOLDS[place] > accuracy:
            continue
        if not _passes(evidence, place, accuracy, 1 - confidence):
            break
        best = place
    return None if best is None else THRESHOLDS[best]


def proven(evidence: tuple[Evidence, ...], accuracy: float, confidence: float) -> float | None:
    """Return what prodcat promises by."""
    return guarantee(evidence, accuracy, confidence).threshold


BEFORE = "no margin"
RULES: dict[str, Rule] = {
    BEFORE: no_margin,
    "Clopper–Pearson": clopper_pearson,
    "SGR": sgr,
    "fixed sequence": fixed_sequence,
    "prodcat": proven,
}


def _places() -> range:
    return range(len(THRESHOLDS))


def _lowest(passing: Iterable[bool]) -> float | None:
    places = [place for place, passes in enumerate(passing) if passes]
    return THRESHOLDS[places[-1]] if places else None


def _passes(evidence: tuple[Evidence, ...], place: int, accuracy: float, level: float) -> bool:
    return evidence[0].answered[place] > 0 and all(
        one.answered[place] - one.right[place] <= _allowed(one.answered[place], 1 - accuracy, level)
        for one in evidence
        if one.answered[place]
    )


_allowed = cache(allowed_errors)
