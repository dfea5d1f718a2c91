"""Measures as statistics of how often each product was drawn."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import Float64Array, IntArray, check_confidence
from prodcat.errors import InputError

Statistic = Callable[[Float64Array], Float64Array]
"""How often each product was drawn, (B, N), to the measure's value for each draw, (B,)."""


def measured(statistic: Statistic, products: int) -> float:
    """Return the measure itself: every product drawn once."""
    return float(statistic(np.ones((1, products)))[0])


def mean_of(values: ArrayLike) -> Statistic:
    """Mean of one value for each product, (N,).

    >>> mean_of([1.0, 0.0])(np.array([[1.0, 1.0], [2.0, 0.0]])).tolist()
    [0.5, 1.0]
    """
    above = np.asarray(values, dtype=np.float64)
    return ratio_of(above, np.ones_like(above))


def ratio_of(above: ArrayLike, below: ArrayLike) -> Statistic:
    """Sum of one value over sum of another, both (N,); NaN where the latter is 0."""
    pair = np.stack([above, below], axis=1).astype(np.float64)

    def statistic(counts: Float64Array) -> Float64Array:
        return divide(*(counts @ pair).T)

    return statistic


def f1_of(labels: IntArray, predicted: IntArray, *, weighted: bool) -> Statistic:
    """Mean F1 over leaves, all alike or *weighted* by how many products each is true for.

    Leaves that no drawn product has or was answered with are left out; labels of -1 are
    no leaf, but their products count against the answered one.

    Args:
        labels: True leaf of each product, (N,).
        predicted: Answered leaf, (N,); -1 where nothing could be answered.
        weighted: Whether leaves weigh by their products.
    """
    has_leaf, has_answer = labels >= 0, predicted >= 0
    right = has_leaf & (labels == predicted)
    named = np.concatenate([labels[has_leaf], predicted[has_answer]])
    # Numbered anew, without gaps: of thousands of leaves some products may name a few.
    leaves, places = np.unique(named, return_inverse=True)
    truth, answer = places[: has_leaf.sum()], places[has_leaf.sum() :]
    hit = right[has_answer]

    def statistic(counts: Float64Array) -> Float64Array:
        values = np.empty(len(counts))
        for row, drawn in enumerate(counts):
            true = np.bincount(truth, drawn[has_leaf], len(leaves))
            both = true + np.bincount(answer, drawn[has_answer], len(leaves))
            hits = np.bincount(answer[hit], drawn[right], len(leaves))
            # A leaf that no drawn product names has nothing in all three, its weight included.
            f1 = 2 * hits / np.maximum(both, 1)
            weights = true if weighted else both > 0
            total = weights.sum()
            values[row] = (f1 * weights).sum() / total if total else np.nan
        return values

    return statistic


def calibration_error_of(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> Statistic:
    """Expected calibration error, see `prodcat.measures.metrics.expected_calibration_error`."""
    sure, right = check_confidence(confidence, correct)
    if bins < 1:
        raise InputError(f"Calibration error needs at least one bin, but found {bins}.")
    order = np.argsort(sure, kind="stable")
    sure, right = sure[order], right[order]
    # Numbered from unsure to sure; equally sure products have one number, and share a rate.
    tie = np.cumsum(np.append(True, sure[1:] > sure[:-1])[: len(sure)]) - 1

    def statistic(counts: Float64Array) -> Float64Array:
        return np.array([_error(drawn[order]) for drawn in counts])

    def _error(drawn: Float64Array) -> float:
        if not drawn.any():
            return float("nan")
        hits: Float64Array = np.bincount(tie, drawn * right).astype(np.float64)
        rate = divide(hits, np.bincount(tie, drawn).astype(np.float64))
        # A product that was drawn twice stands in its bin twice.
        gaps = np.repeat(sure - rate[tie], drawn.astype(np.int64))
        used = min(bins, len(gaps))
        # Cut as numpy.array_split does: the first bins hold one more.
        sizes = np.full(used, len(gaps) // used)
        sizes[: len(gaps) % used] += 1
        sums = np.add.reduceat(gaps, np.cumsum(sizes) - sizes)
        return float(np.abs(sums).sum() / len(gaps))

    return statistic


def divide(above: Float64Array, below: Float64Array) -> Float64Array:
    """Divide, giving NaN for a division by 0."""
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below != 0)
