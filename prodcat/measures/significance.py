"""Tests of whether two runs differ by more than luck, on the same products."""

import math
from collections.abc import Callable, Sequence

import numpy as np

from prodcat.arrays import BoolArray, Float64Array
from prodcat.decision.binomial import cumulative
from prodcat.errors import InputError
from prodcat.measures.bootstrap import interval
from prodcat.measures.interval import Interval

Z = 1.959963984540054
"""Between minus and plus this lies 95 % of a normal distribution."""
LEVEL = 0.05
"""Chance of calling a difference significant where there is none."""
HALVINGS = 60
"""After which two floats from 0 to 1 are next to each other."""


def paired_difference(
    first: Float64Array, second: Float64Array, *, value: float
) -> tuple[float, float, float]:
    """Interval and p of the difference of two measures on the same draws of products.

    Args:
        first: The first run's measure on each draw, (n,).
        second: The second run's on the same draws, (n,).
        value: The difference on the products themselves, second minus first.

    Returns:
        Ends of the 95 % interval, moved back by the draws' bias as `interval` does, and the
        two-sided p: twice the share of draws on the other side of zero (Efron and
        Tibshirani 1993, chapter 15), never below 2 / (n + 1).

    >>> paired_difference(np.zeros(999), np.ones(999), value=1.0)
    (1.0, 1.0, 0.002)
    """
    draws = second - first
    # On a draw without any answered product there is no accuracy of answers.
    draws = draws[~np.isnan(draws)]
    low, high = interval(draws, value=value)
    unbiased = draws - (draws.mean() - value) if len(draws) else draws
    # A hair's breadth: equal measures may differ in their last digit.
    below, above = int((unbiased <= 1e-12).sum()), int((unbiased >= -1e-12).sum())
    # One more above and below the line, as if what was measured were a draw itself: so no p is 0.
    return low, high, min(1.0, 2 * (min(below, above) + 1) / (len(draws) + 1))


def mcnemar(only_first: int, only_second: int) -> float:
    """Two-sided exact p of McNemar's test.

    Args:
        only_first: Products that the first run alone gets right.
        only_second: Products that the second run alone gets right.

    >>> mcnemar(0, 0), round(mcnemar(1, 9), 9)
    (1.0, 0.021484375)
    """
    n, least = only_first + only_second, min(only_first, only_second)
    # With as many on either side, both tails together would be more than 1.
    if 2 * least >= n:
        return 1.0
    # In logarithms: the numbers of ways overflow at about a thousand products.
    steps = np.arange(least, dtype=np.float64)
    ways = np.concatenate([[0.0], np.cumsum(np.log(n - steps) - np.log(steps + 1))])
    return min(1.0, 2 * float(np.exp(ways - n * math.log(2)).sum()))


def holm(p: Sequence[float], level: float = LEVEL) -> BoolArray:
    """Tell which of several tests stay significant when all of them are asked at once.

    Holm 1979: the smallest p is held against level / m, the next against level / (m - 1),
    until one fails.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [True, False, False]
    """
    values = np.asarray(p, dtype=np.float64)
    if np.isnan(values).any():
        raise InputError("A p-value is NaN.")
    order = np.argsort(values, kind="stable")
    passed = values[order] <= level / np.arange(len(values), 0, -1)
    significant = np.zeros(len(values), dtype=bool)
    significant[order] = np.logical_and.accumulate(passed)
    return significant


def wilson(right: int, n: int) -> Interval:
    """Share with its 95 % interval (Wilson 1927), which also holds for few products.

    >>> wilson(0, 0)
    Interval(value=None, low=None, high=None)
    >>> share = wilson(9, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.596, 0.982)
    """
    if not n:
        return Interval()
    share, square = right / n, Z * Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    half = Z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    # A rounding error may put an end a hair outside.
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def clopper_pearson(right: int, n: int) -> Interval:
    """Share with its exact 95 % interval (Clopper and Pearson 1934), for any number of products.

    >>> clopper_pearson(0, 0)
    Interval(value=None, low=None, high=None)
    >>> share = clopper_pearson(9, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.555, 0.997)
    """
    if not n:
        return Interval()
    wrong = n - right
    # As few as these wrong would be a surprise at any higher rate, as many at any lower one.
    most = 1.0 if not right else _rate_where(lambda rate: _at_most(wrong, n, rate) <= LEVEL / 2)
    least = (
        0.0 if not wrong else _rate_where(lambda rate: _at_most(wrong - 1, n, rate) < 1 - LEVEL / 2)
    )
    return Interval(right / n, 1 - most, 1 - least)


def _rate_where(is_above: Callable[[float], bool]) -> float:
    low, high = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if is_above(middle) else (middle, high)
    return (low + high) / 2


def _at_most(wrong: int, n: int, rate: float) -> float:
    return float(cumulative(n, rate, wrong)[-1])
