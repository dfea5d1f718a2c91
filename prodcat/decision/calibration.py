"""From validation logits to a temperature and to thresholds that keep a promised accuracy.

A network's softmax is usually too sure of itself. One number, the temperature,
fitted on products it has not learnt from, makes "0.9" mean right nine times in
ten. Which parts a product has changes how sure the network may be, so each
pattern of parts ("name+description+image", "image", ...) has its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from prodcat.decision.accuracies import ACCURACIES, DEFAULT_ACCURACY
from prodcat.decision.temperature import MAX_TEMPERATURE, MIN_TEMPERATURE, fit_temperature, softmax
from prodcat.decision.thresholds import fit_threshold, path_thresholds
from prodcat.errors import InputError, ModelError
from prodcat.product import pattern_of
from prodcat.taxonomy.paths import CategoryPath


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
            accuracies = ", ".join(map(str, sorted(thresholds))) or "none"
            raise InputError(
                f"This model has no threshold for an accuracy of {accuracy}. It has: {accuracies}."
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
    default_accuracy: float = DEFAULT_ACCURACY

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
        # Else the first answer would fail, long after the model was loaded.
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
    accuracies: Sequence[float] = ACCURACIES,
    leaf_paths: Sequence[CategoryPath] | None = None,
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
    goals = tuple(map(float, accuracies))
    patterns = {}
    for pattern, logits in logits_by_pattern.items():
        if isinstance(labels, Mapping) and pattern not in labels:
            raise InputError(f"There are logits but no labels for products with {pattern!r}.")
        truth = labels[pattern] if isinstance(labels, Mapping) else labels
        temperature = fit_temperature(logits, truth)
        probs = softmax(logits, temperature)
        confidence, correct = probs.max(axis=1), probs.argmax(axis=1) == np.asarray(truth)
        patterns[pattern_of(pattern.split("+"))] = PatternCalibration(
            temperature,
            {goal: fit_threshold(confidence, correct, accuracy=goal) for goal in goals},
            n=len(probs),
            path_thresholds={}
            if leaf_paths is None
            else path_thresholds(probs, truth, leaf_paths, accuracies=goals),
        )
    return Calibration(patterns, default_accuracy=goals[0])


def _number(value: object, low: float, high: float) -> float:
    # JSON's true is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"it has {value!r} where a number from {low} to {high} belongs")
    return float(value)


def _read_thresholds(row: Mapping[str, Any]) -> dict[float, float | None]:
    return {
        _number(float(accuracy), 0, 1): None if threshold is None else _number(threshold, 0, 1)
        for accuracy, threshold in row.items()
    }
