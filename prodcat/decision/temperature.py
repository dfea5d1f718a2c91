"""Logits to probabilities that mean what they say: softmax, and the temperature that it takes."""

import math

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import Float64Array, IntArray, blocks, check_labels, check_logits
from prodcat.errors import InputError

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0


def softmax(logits: ArrayLike, temperature: float = 1.0) -> Float64Array:
    """Turn logits into probabilities.

    Args:
        logits: Raw scores, (N, C), finite, of any size.
        temperature: Divides the logits; above 1 the answer is less sure.

    Returns:
        Probabilities, (N, C), each row summing to 1.

    Raises:
        InputError: If a logit is NaN or infinite, or the temperature not above 0.

    >>> softmax([[1.0, 1.0], [1000.0, -1000.0]]).tolist()
    [[0.5, 0.5], [1.0, 0.0]]
    """
    if not (math.isfinite(temperature) and temperature > 0):
        raise InputError(f"The temperature is {temperature}; it must be finite and above 0.")
    exponentials = np.exp(_below_best(check_logits(logits)) / temperature)
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def fit_temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """Find the temperature under which the labels are most likely.

    Temperature scaling (Guo et al. 2017, On Calibration of Modern Neural Networks).
    The likelihood is concave in 1 / temperature, so its slope is followed to zero by
    Newton's steps, halving the bracket where a step would leave it.

    Args:
        logits: Raw scores of validation products, (N, C).
        labels: Index of each true category, (N,). Products with -1, whose category the
            model does not have, are left out: no temperature makes them likely.

    Returns:
        The temperature, 0.05 to 20; 1 when the products cannot tell, because there are
        none, or a single category, or because every answer is right: the likelihood
        would then have every later answer be sure, right or wrong.

    Raises:
        InputError: If a logit is not finite or a label is no index.

    >>> round(fit_temperature([[2.0, 0.0]] * 4, [0, 0, 0, 1]), 6) == round(2 / math.log(3), 6)
    True
    """
    scores = check_logits(logits)
    indices = check_labels(labels, rows=len(scores), classes=scores.shape[1])
    scores, indices = scores[indices >= 0], indices[indices >= 0]
    low, high = 1 / MAX_TEMPERATURE, 1 / MIN_TEMPERATURE
    slope_low, slope_high = _slope(scores, indices, low)[0], _slope(scores, indices, high)[0]
    # No answer is wrong, so the smaller the temperature the likelier: it would run away.
    if (scores[np.arange(len(indices)), indices] == scores.max(axis=1)).all():
        return 1.0
    if slope_low >= 0:
        return MAX_TEMPERATURE
    if slope_high <= 0:
        return MIN_TEMPERATURE
    inverse = 1.0
    for _ in range(100):
        slope, curvature = _slope(scores, indices, inverse)
        step = slope / curvature if curvature > 0 else math.inf
        if slope == 0 or abs(step) <= 1e-9 * inverse:
            break
        low, high = (low, inverse) if slope > 0 else (inverse, high)
        inside = low < inverse - step < high
        inverse = inverse - step if inside else math.sqrt(low * high)
    return float(min(max(1 / inverse, MIN_TEMPERATURE), MAX_TEMPERATURE))


def _below_best(scores: Float64Array) -> Float64Array:
    """How far each logit lies below the best of its row: 0 or less, no overflow."""
    with np.errstate(over="ignore"):
        below = scores - scores.max(axis=1, keepdims=True)
    # Far enough for a probability of 0, near enough for its square to be finite.
    return np.maximum(below, -1e100)


def _slope(scores: Float64Array, labels: IntArray, inverse: float) -> tuple[float, float]:
    """First and second derivative of the summed negative log-likelihood by 1 / temperature."""
    slope = curvature = 0.0
    for part in blocks(*scores.shape):
        below = _below_best(scores[part])
        weights = np.exp(below * inverse)
        weights /= weights.sum(axis=1, keepdims=True)
        mean = (weights * below).sum(axis=1)
        slope += float((mean - below[np.arange(len(below)), labels[part]]).sum())
        curvature += float((weights * (below - mean[:, None]) ** 2).sum())
    return slope, curvature
