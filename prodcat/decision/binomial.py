"""Exact tails of the binomial distribution, and tests that look at nested samples.

In numpy alone, since using a model needs these for an accuracy that nobody fitted before.
"""

import math
from collections.abc import Sequence

import numpy as np

from prodcat.arrays import Float64Array

MAX_ERRORS = 3_000
"""Up to so many the joint chance of several looks is worked out; beyond, it is bounded."""
HALVINGS = 10


def cumulative(n: int, rate: float, most: int) -> Float64Array:
    """Return the probability of at most 0, 1, … *most* errors in *n* products.

    Args:
        n: Products.
        rate: Of errors, above 0 and below 1.
        most: Errors to go up to.

    >>> cumulative(2, 0.5, 2).tolist()
    [0.25, 0.75, 1.0]
    """
    return np.minimum(np.cumsum(_probabilities(n, rate, most)), 1.0)


def allowed_errors(n: int, rate: float, level: float) -> int:
    """Return the most errors that would be a surprise of that *level*; -1 if none is.

    So many errors or fewer prove, at a confidence of 1 - *level*, that the rate is lower than
    *rate*: the bound of Clopper and Pearson (1934) lies below it.

    >>> allowed_errors(148, 0.02, 0.05), allowed_errors(149, 0.02, 0.05)
    (-1, 0)
    """
    # From the mean on no number of errors is a surprise.
    tail = cumulative(n, rate, math.ceil(n * rate))
    return int(np.searchsorted(tail, level, side="right")) - 1


def level_of_each(looks: Sequence[int], rate: float, level: float) -> float:
    """Return the level for each of several looks at a growing sample, so that all keep *level*.

    If the rate of errors is *rate* and no better, the chance that any of the looks finds few
    enough errors is *level* at most. The looks share most of their products, so this takes far
    less from each than Bonferroni's share: the constant boundary of Pocock (1977), by the exact
    recursion of Armitage, McPherson and Rowe (1969).

    Args:
        looks: Products at each look, rising.
        rate: Of errors, above 0 and below 1.
        level: Chance that is allowed for all looks together.

    >>> level_of_each([500], 0.02, 0.05)
    0.05
    >>> 0.025 < level_of_each([500, 600], 0.02, 0.05) < 0.05
    True
    """
    low, high = level / len(looks), level
    if len(looks) == 1:
        return level
    if allowed_errors(looks[-1], rate, level) > MAX_ERRORS:
        return low
    nested = _Looks(looks, rate)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if nested.any_passes(middle) <= level else (low, middle)
    return low


class _Looks:
    """Several looks at a growing sample; what every level needs of them is worked out once."""

    def __init__(self, looks: Sequence[int], rate: float) -> None:
        self._tails = [cumulative(n, rate, math.ceil(n * rate)) for n in looks]
        longest = max(map(len, self._tails))
        self._new, before = list[Float64Array](), 0
        for n in looks:
            self._new.append(_probabilities(n - before, rate, min(longest, n - before)))
            before = n

    def any_passes(self, level: float) -> float:
        """Return the chance that one of them finds so few errors that they surprise at a level."""
        allowed = [int(np.searchsorted(tail, level, side="right")) - 1 for tail in self._tails]
        most = max(allowed)
        if most < 0:
            return 0.0
        # How probable each number of errors is, where no look has passed yet.
        waiting = np.zeros(most + 1)
        waiting[0] = 1.0
        passed = 0.0
        for new, errors in zip(self._new, allowed, strict=True):
            waiting = np.convolve(waiting, new[: most + 1])[: most + 1]
            passed += float(waiting[: errors + 1].sum())
            waiting[: errors + 1] = 0.0
        return passed


def _probabilities(n: int, rate: float, most: int) -> Float64Array:
    errors = np.arange(1, most + 1)
    steps = np.log((n - errors + 1) / errors) + math.log(rate) - math.log1p(-rate)
    return np.exp(n * math.log1p(-rate) + np.append(0.0, np.cumsum(steps)))
