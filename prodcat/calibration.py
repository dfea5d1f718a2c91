"""From validation logits to a temperature and to thresholds that keep a promised accuracy.

A network's softmax is usually too sure of itself. One number, the temperature,
fitted on products it has not learnt from, makes "0.9" mean right nine times in
ten. Which parts a product has changes how sure the network may be, so each
pattern of parts ("name+description+image", "image", ...) has its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import FloatArray, IntArray, blocks, check_labels, check_logits
from prodcat.decoding import Path
from prodcat.errors import InputError, ModelError
from prodcat.thresholds import fit_threshold, path_threshold

PARTS = ("name", "description", "image")
"""The parts of a product, in the order in which a pattern names them."""

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0


def softmax(logits: ArrayLike, temperature: float = 1.0) -> FloatArray:
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


@dataclass(frozen=True)
class PatternCalibration:
    """Temperature and thresholds for products that have the same parts."""

    temperature: float
    thresholds: dict[float, float | None]
    """Accuracy → least probability of the best leaf that keeps it; None where nothing does."""
    n: int
    """Validation products it was fitted on."""
    path_thresholds: dict[float, float | None] = field(default_factory=dict)
    """The same for answered paths, leaf or ancestor; empty when not fitted."""

    def threshold(self, accuracy: float) -> float | None:
        """Return the threshold to answer paths with, or None to abstain from everything.

        The one for paths where it was fitted, else the one for leaves.

        Raises:
            InputError: If no threshold was fitted for this accuracy.
        """
        thresholds = self.path_thresholds or self.thresholds
        if accuracy not in thresholds:
            known = ", ".join(map(str, sorted(thresholds))) or "none"
            raise InputError(
                f"This model has no threshold for an accuracy of {accuracy}. It has: {known}."
            )
        return thresholds[accuracy]


@dataclass(frozen=True)
class Calibration:
    """How sure a model may be, by which parts a product has.

    >>> full = PatternCalibration(1.5, {0.95: 0.4}, n=100)
    >>> name = PatternCalibration(1.2, {0.95: 0.6}, n=100)
    >>> calibration = Calibration({"name+description+image": full, "name": name})
    >>> calibration.for_parts(["name"]).temperature
    1.2
    >>> calibration.for_parts(["image", "name"]).temperature
    1.5
    """

    patterns: dict[str, PatternCalibration]
    """Parts joined by ``+`` in the order of `PARTS` → what was fitted on such products."""
    default_accuracy: float = 0.95

    def for_parts(self, used: Sequence[str]) -> PatternCalibration:
        """Return what was fitted on products with these parts, or else with the most alike.

        Most alike is what shares most parts, then has the fewest others, then comes first.

        Raises:
            InputError: If a part is none of name, description, image.
            ModelError: If there is no pattern at all.
        """
        parts = set(pattern_of(used).split("+"))
        if not self.patterns:
            raise ModelError("This calibration is empty: it has no pattern of parts.")

        def likeness(pattern: str) -> tuple[int, int]:
            shared = len(parts & set(pattern.split("+")))
            return shared, -len(pattern.split("+"))

        return self.patterns[max(self.patterns, key=likeness)]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "default_accuracy": self.default_accuracy,
            "patterns": {
                pattern: {
                    "temperature": fitted.temperature,
                    "thresholds": {str(a): t for a, t in fitted.thresholds.items()},
                    "path_thresholds": {str(a): t for a, t in fitted.path_thresholds.items()},
                    "n": fitted.n,
                }
                for pattern, fitted in self.patterns.items()
            },
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Calibration":
        """Read what `to_dict` wrote.

        Raises:
            ModelError: If it is no calibration, or a number in it cannot be one.
        """
        try:
            patterns = {
                pattern_of(pattern.split("+")): PatternCalibration(
                    temperature=_number(row["temperature"], MIN_TEMPERATURE, MAX_TEMPERATURE),
                    thresholds=_read_thresholds(row["thresholds"]),
                    path_thresholds=_read_thresholds(row.get("path_thresholds", {})),
                    n=int(_number(row["n"], 0, 2**53)),
                )
                for pattern, row in data["patterns"].items()
            }
            default_accuracy = _number(data["default_accuracy"], 0, 1)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else error
            raise ModelError(f"This is no stored calibration: {reason}.") from error
        if not patterns:
            raise ModelError("This is no stored calibration: it has no pattern of parts.")
        for pattern, fitted in patterns.items():
            if default_accuracy not in (fitted.path_thresholds or fitted.thresholds):
                raise ModelError(
                    f"This is no stored calibration: {pattern!r} has no threshold"
                    f" for the default accuracy {default_accuracy}."
                )
        return cls(patterns, default_accuracy)


def fit_calibration(
    logits_by_pattern: Mapping[str, ArrayLike],
    labels: ArrayLike | Mapping[str, ArrayLike],
    *,
    accuracies: Sequence[float] = (0.95, 0.98),
    leaf_paths: Sequence[Path] | None = None,
) -> Calibration:
    """Fit a temperature and thresholds for each pattern of parts.

    Args:
        logits_by_pattern: Parts joined by ``+`` → raw scores of the validation products
            with only those parts given, (N, C).
        labels: Index of each true category, (N,), the same for all patterns or one array
            for each; -1 where the model does not have it, which counts as a wrong answer.
        accuracies: The accuracies to fit thresholds for; the first is the default.
        leaf_paths: Path of each leaf, (C,), to fit thresholds for answered paths too.

    Raises:
        InputError: If a pattern, a logit, a label or an accuracy cannot be one.
    """
    if not logits_by_pattern or not accuracies:
        raise InputError("Calibration needs at least one pattern of parts and one accuracy.")
    patterns = {}
    for pattern, logits in logits_by_pattern.items():
        if isinstance(labels, Mapping) and pattern not in labels:
            raise InputError(f"There are logits but no labels for products with {pattern!r}.")
        truth = labels[pattern] if isinstance(labels, Mapping) else labels
        temperature = fit_temperature(logits, truth)
        probs = softmax(logits, temperature)
        confidence, correct = probs.max(axis=1), probs.argmax(axis=1) == np.asarray(truth)
        leaves, paths = {}, {}
        for goal in map(float, accuracies):
            leaves[goal] = fit_threshold(confidence, correct, accuracy=goal)
            if leaf_paths is not None:
                paths[goal] = path_threshold(probs, truth, leaf_paths, accuracy=goal)
        patterns[pattern_of(pattern.split("+"))] = PatternCalibration(
            temperature, leaves, n=len(probs), path_thresholds=paths
        )
    return Calibration(patterns, default_accuracy=float(accuracies[0]))


def pattern_of(used: Sequence[str]) -> str:
    """Name the pattern of a product that has these parts.

    Raises:
        InputError: If there is none, or one that no product has.

    >>> pattern_of(["image", "name"])
    'name+image'
    """
    unknown = sorted(set(used) - set(PARTS))
    if unknown or not used:
        found = repr(unknown[0]) if unknown else "none"
        raise InputError(f"A product's parts are {', '.join(PARTS)}, but found {found}.")
    return "+".join(part for part in PARTS if part in used)


def _below_best(scores: FloatArray) -> FloatArray:
    """How far each logit lies below the best of its row: 0 or less, no overflow."""
    with np.errstate(over="ignore"):
        below = scores - scores.max(axis=1, keepdims=True)
    # Far enough for a probability of 0, near enough for its square to be finite.
    return np.maximum(below, -1e100)


def _slope(scores: FloatArray, labels: IntArray, inverse: float) -> tuple[float, float]:
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


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"it has {value!r} where a number from {low} to {high} belongs")
    return float(value)


def _read_thresholds(row: Mapping[str, Any]) -> dict[float, float | None]:
    return {
        _number(float(accuracy), 0, 1): None if threshold is None else _number(threshold, 0, 1)
        for accuracy, threshold in row.items()
    }
