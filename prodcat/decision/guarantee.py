"""The threshold that keeps a promised accuracy, for the products to come.

The lowest threshold that was right often enough on validation is too low half of the time. Here
a threshold has to prove itself: that its answers are right as often as promised is accepted only
where the opposite would be a surprise, by an exact binomial test (Learn then Test, Angelopoulos
et al. 2021). Which thresholds are tested is fixed before any answer is looked at: those of
`THRESHOLDS` from the one where the model's own probabilities expect the surest test, down to the
last where they still expect the accuracy. Since several are tested, each has to pass at a level
that keeps the chance of any false pass (`level_of_each`).

What this takes for granted: products to come are like the validation products, and answers do
not become more accurate as the threshold falls.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import BoolArray, Float64Array, IntArray, check_confidence
from prodcat.decision.binomial import allowed_errors, level_of_each
from prodcat.decision.decoding import BILLION, Walks
from prodcat.errors import InputError

LOWEST_ACCURACY, HIGHEST_ACCURACY = 0.5, 0.999
"""What can be asked for: below, an answer is a guess; above, no validation set is large enough."""
DEFAULT_CONFIDENCE = 0.95
"""How sure a promise is to hold, over the draws of validation products."""
THRESHOLDS = (
    *(float(1 / (1 + np.exp(-step / 4))) for step in range(28, -13, -1)),
    0.0,
)
"""What may become a threshold: steps of a quarter in log-odds from 0.999 down to 0.047, then all.
Finer steps would come nearer to the lowest that passes, but more looks cost more than that."""
MAX_FACTOR = 1_000
"""Times the validation products, beyond which more of them are no advice."""


@dataclass(frozen=True)
class Evidence:
    """What validation answers were worth at each of `THRESHOLDS`, of which there are M."""

    answered: tuple[int, ...]
    """Products answered, (M,), rising."""
    right: tuple[int, ...]
    """Those answered right, (M,)."""
    expected: tuple[float, ...]
    """As many as the model's probabilities expected to be right, (M,)."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        expected = [round(number, 3) for number in self.expected]
        return {
            "answered": list(self.answered),
            "right": list(self.right),
            "expected": expected,
        }

    @classmethod
    def from_dict(cls, data: Any) -> "Evidence":
        """Read what `to_dict` wrote.

        Raises:
            ValueError: If it is no such evidence.
            KeyError: If a part is missing.
        """
        columns = {field.name: list(data[field.name]) for field in fields(cls)}
        for name, column in columns.items():
            numbers = all(
                isinstance(x, int | float) and not isinstance(x, bool) and x >= 0 for x in column
            )
            if len(column) != len(THRESHOLDS) or not numbers:
                raise ValueError(f"its {name} is not {len(THRESHOLDS)} numbers from 0 on")
        answered, right = columns["answered"], columns["right"]
        if answered != sorted(answered) or any(r > n for r, n in zip(right, answered, strict=True)):
            raise ValueError("its answers do not grow as the threshold falls")
        return cls(tuple(map(int, answered)), tuple(map(int, right)), tuple(columns["expected"]))


@dataclass(frozen=True)
class Guarantee:
    """What can be promised for an accuracy."""

    threshold: float | None
    """Least probability to answer with; None where no threshold proves itself."""
    more_products: int | None = 0
    """About how many more validation products like these it would take, where there is no
    threshold; None where none would do: the model is never right that often."""


def leaf_evidence(confidence: ArrayLike, correct: ArrayLike) -> Evidence:
    """Count answers with the best leaf at each threshold.

    Args:
        confidence: Probability of each product's best leaf, (N,); below 0 for a product that is
            never answered.
        correct: Whether it is right, (N,).
    """
    sure, right = check_confidence(confidence, correct)
    return _count(np.rint(sure * BILLION), right, sure)


def path_evidence(walks: Walks, gold: IntArray, answerable: BoolArray) -> tuple[Evidence, Evidence]:
    """Count answered paths at each threshold: all of them, and those that end at a leaf.

    An answer changes as the threshold falls, from an ancestor down to the leaf.

    Args:
        walks: Of validation products.
        gold: Index of each node at and above the true category, (N, depth).
        answerable: Whether a product is answered at all, whatever the threshold, (N,).
    """
    on_way = (walks.nodes >= 0) & answerable[:, None]
    right, mass = walks.nodes == gold, walks.masses / BILLION
    last = on_way & ~np.pad(on_way[:, 1:], ((0, 0), (0, 1)))
    first = np.zeros_like(on_way)
    first[:, :1] = on_way[:, :1]
    # A step down takes the place of the one above it.
    above_right = np.pad(right[:, :-1], ((0, 0), (1, 0)))
    above_mass = np.pad(mass[:, :-1], ((0, 0), (1, 0)))
    masses = walks.masses[on_way]
    every = _sums(
        masses,
        first[on_way],
        (right.astype(np.int64) - above_right)[on_way],
        (mass - above_mass)[on_way],
    )
    leaves = _count(walks.masses[last], right[last], mass[last])
    return every, leaves


def _count(billionths: ArrayLike, right: BoolArray, mass: Float64Array) -> Evidence:
    ones = np.ones(len(right), dtype=np.int64)
    return _sums(np.asarray(billionths), ones, right.astype(np.int64), mass)


def _sums(masses: Any, answered: Any, right: Any, expected: Any) -> Evidence:
    least = np.rint(np.array(THRESHOLDS) * BILLION)
    order = np.argsort(-masses, kind="stable")
    places = np.searchsorted(-masses[order], -least, side="right")
    columns = (np.append(0, np.cumsum(column[order]))[places] for column in (answered, right))
    counts = [tuple(map(int, column)) for column in columns]
    sums = np.append(0.0, np.cumsum(expected[order]))[places]
    return Evidence(counts[0], counts[1], tuple(map(float, sums)))


def check_target(accuracy: float) -> None:
    """Refuse what cannot be promised, and say what may have been meant.

    Raises:
        InputError: If it is not from 0.5 to 0.999.
    """
    if LOWEST_ACCURACY <= accuracy <= HIGHEST_ACCURACY:
        return
    meant = (
        f" Did you mean {accuracy / 100:g}?"
        if LOWEST_ACCURACY <= accuracy / 100 <= HIGHEST_ACCURACY
        else ""
    )
    raise InputError(
        f"accuracy is {accuracy:g}; it is a share, from {LOWEST_ACCURACY} to"
        f" {HIGHEST_ACCURACY}.{meant}"
    )


@lru_cache(maxsize=1024)
def guarantee(
    evidence: tuple[Evidence, ...], accuracy: float, confidence: float = DEFAULT_CONFIDENCE
) -> Guarantee:
    """Find the lowest threshold at which an accuracy can be promised.

    Args:
        evidence: What must hold together, such as for all answers and for those with a leaf.
        accuracy: Least share of right answers among the products to come that are answered,
            0.5 to 0.999.
        confidence: How sure the promise is to hold for each of *evidence*, above 0, below 1.

    Raises:
        InputError: If the accuracy is none that can be promised.

    >>> sure = leaf_evidence([0.99] * 400 + [0.6] * 100, [True] * 400 + [False] * 100)
    >>> round(guarantee((sure,), 0.98).threshold, 3)
    0.622
    >>> guarantee((leaf_evidence([0.9] * 100, [True] * 100),), 0.98)
    Guarantee(threshold=None, more_products=49)
    """
    check_target(accuracy)
    rate, level = 1 - accuracy, 1 - confidence
    looks = _looks(evidence, accuracy)
    passing = set(looks)
    levels = []
    for one in evidence:
        answered = sorted({one.answered[look] for look in looks if one.answered[look]})
        each = level_of_each(answered, rate, level) if answered else level
        levels.append(each)
        # Where nothing is answered nothing is promised: it is for the other evidence to pass.
        passing -= {
            look
            for look in looks
            if one.answered[look]
            and one.answered[look] - one.right[look]
            > allowed_errors(one.answered[look], rate, each)
        }
    passing = {look for look in passing if evidence[0].answered[look]}
    if passing:
        return Guarantee(THRESHOLDS[max(passing)])
    # Elsewhere answers may look good enough by luck; they count only where nothing does here.
    more = _more_products(evidence, looks, accuracy, min(levels))
    if more is None:
        more = _more_products(evidence, range(len(THRESHOLDS)), accuracy, min(levels))
    return Guarantee(None, more)


def _looks(evidence: Sequence[Evidence], accuracy: float) -> range:
    """Return the places of the thresholds that are tested: a stretch of falling ones."""
    slack = np.full(len(THRESHOLDS), np.inf)
    for one in evidence:
        answered = np.array(one.answered)
        expected = np.array(one.expected) / np.maximum(answered, 1)
        # In standard errors, but for a factor that all have.
        surplus = np.where(answered > 0, (expected - accuracy) * np.sqrt(answered), np.inf)
        slack = np.minimum(slack, surplus)
    slack[np.array(evidence[0].answered) == 0] = -np.inf
    first = last = int(slack.argmax())
    while last + 1 < len(slack) and slack[last + 1] >= 0:
        last += 1
    return range(first, last + 1)


def _more_products(
    evidence: Sequence[Evidence], places: range, accuracy: float, level: float
) -> int | None:
    """About how many more products it takes, if they are answered as these were."""
    n = evidence[0].answered[-1]
    factors = [
        factor
        for place in places
        if evidence[0].answered[place]
        and (factor := _factor(evidence, place, accuracy, level)) is not None
    ]
    return max(1, math.ceil((min(factors) - 1) * n)) if factors else None


def _factor(
    evidence: Sequence[Evidence], place: int, accuracy: float, level: float
) -> float | None:
    """How many times the answers at a threshold it takes until it passes; None for never."""
    pairs = [(one.answered[place], one.right[place]) for one in evidence if one.answered[place]]
    if any(right / answered <= accuracy for answered, right in pairs):
        return None

    def passes(factor: float) -> bool:
        return all(
            math.ceil((answered - right) * factor)
            <= allowed_errors(round(answered * factor), 1 - accuracy, level)
            for answered, right in pairs
        )

    high = 1.0
    while not passes(high):
        high *= 2
        if high > MAX_FACTOR:
            return None
    low = high / 2
    for _ in range(8):
        middle = (low + high) / 2
        low, high = (low, middle) if passes(middle) else (middle, high)
    return max(high, 1.0)
