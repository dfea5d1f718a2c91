"""How far a measure could be off by the luck of which products were drawn.

Products are drawn again and again with replacement (Efron 1979). A measure is a
statistic of how often each product was drawn, so means, ratios, F1 and differences
between two models on the same draws all take the same way.
"""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import Float64Array
from prodcat.errors import InputError
from prodcat.measures.statistics import Statistic, measured

BLOCK_DRAWS = 2**21
"""Draws worked on at once, so that memory stays flat."""


def bootstrap_interval(
    statistic: Statistic, products: int, *, n: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Interval around a measure, as wide as the luck of the draw makes it.

    The percentile interval, see `interval`. Draws on which the measure has no value, as
    the accuracy of answers when none is given, are left out.

    Args:
        statistic: The measure, such as `mean_of` (correct).
        products: How many products there are.
        n: How often to draw.
        seed: The same seed gives the same draws, whatever the statistic.
        level: Share of the draws that the interval holds, between 0 and 1.

    Returns:
        Its ends; NaN when no draw had a value.

    Raises:
        InputError: If a number is negative or *level* not between 0 and 1.

    >>> from prodcat.measures.statistics import mean_of
    >>> bootstrap_interval(mean_of([1.0, 1.0, 1.0]), products=3)
    (1.0, 1.0)
    """
    draws = resample({"only": statistic}, products, n=n, seed=seed)["only"]
    return interval(draws, level, value=measured(statistic, products))


def resample(
    statistics: Mapping[str, Statistic], products: int, *, n: int = 1000, seed: int = 0
) -> dict[str, Float64Array]:
    """Values of several measures on the same draws, (n,) each.

    Raises:
        InputError: If the number of products or draws is negative.
    """
    if products < 0 or n < 0:
        raise InputError(f"Cannot draw {n} times from {products} products.")
    # The empty array is for no draws at all, which cannot be joined.
    values: dict[str, list[Float64Array]] = {name: [np.empty(0)] for name in statistics}
    # From no products nothing can be drawn, and numpy would raise.
    for counts in _draws(products, n, seed) if products else ():
        for name, statistic in statistics.items():
            values[name].append(statistic(counts))
    return {name: np.concatenate(parts) for name, parts in values.items()}


def interval(
    draws: ArrayLike, level: float = 0.95, *, value: float | None = None
) -> tuple[float, float]:
    """Ends between which the middle share *level* of the draws lies; NaN is left out.

    Drawing with replacement shifts some measures: it doubles the noise in a calibration
    error, and loses the rare leaves of a macro-F1. The interval is moved back by that
    bias, the mean of the draws less the measure (Efron and Tibshirani 1993, chapter 10).

    Args:
        draws: The measure on each draw, (n,).
        level: Share of the draws, between 0 and 1.
        value: The measure itself; None to move nothing.

    >>> interval([0.0, 1.0, 2.0, 3.0, 4.0], level=0.5)
    (1.0, 3.0)
    >>> interval([0.0, 1.0, 2.0, 3.0, 4.0], level=0.5, value=1.5)
    (0.5, 2.5)
    """
    if not 0 < level < 1:
        raise InputError(f"The level of an interval is between 0 and 1, but found {level}.")
    values = np.asarray(draws, dtype=np.float64)
    values = values[~np.isnan(values)]
    if not len(values):
        return float("nan"), float("nan")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    bias = 0.0 if value is None else float(values.mean()) - value
    return float(low) - bias, float(high) - bias


def _draws(products: int, n: int, seed: int) -> Iterator[Float64Array]:
    """How often each product was drawn, block by block of (B, products)."""
    rng = np.random.default_rng(seed)
    # However it is cut, the draws are the same: blocks go on with one stream of numbers.
    step = max(1, BLOCK_DRAWS // products)
    for start in range(0, n, step):
        rows = min(step, n - start)
        drawn = rng.integers(0, products, (rows, products))
        # Each row counts in places of its own, so that one call counts them all.
        drawn += np.arange(rows)[:, None] * products
        counts = np.bincount(drawn.ravel(), minlength=rows * products)
        yield counts.reshape(rows, products).astype(np.float64)
