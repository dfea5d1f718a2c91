"""What a model knows of how sure it may be: fitted on validation, kept in its directory.

A network's softmax is usually too sure of itself. A temperature, fitted on products it has not
learnt from, makes "0.9" mean right nine times in ten; what was learnt of the views of a product
puts answers in a better order; and what the validation answers were worth at each threshold gives
the one for any accuracy that is asked for. Which parts a product has changes how sure the network
may be, so each pattern of parts ("name+description+image", "image", ...) has its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float64Array
from prodcat.decision.accuracies import DEFAULT_ACCURACY
from prodcat.decision.confidence import Confidence, sharpen
from prodcat.decision.guarantee import (
    DEFAULT_CONFIDENCE,
    THRESHOLDS,
    Evidence,
    Guarantee,
    check_target,
    guarantee,
)
from prodcat.decision.novelty import familiarity
from prodcat.decision.scores import Scores
from prodcat.decision.temperature import MAX_TEMPERATURE, MIN_TEMPERATURE, softmax
from prodcat.errors import InputError, ModelError
from prodcat.product import pattern_of


@dataclass(frozen=True)
class ValidationEvidence:
    """What the validation answers of a pattern of parts were worth, at each threshold."""

    leaves: Evidence
    """Of answers with the best leaf."""
    paths: Evidence
    """Of answers with a path, leaf or ancestor."""
    path_leaves: Evidence
    """Of those paths that end at a leaf: easy ancestors cannot pay for wrong leaves."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {
            "leaves": self.leaves.to_dict(),
            "paths": self.paths.to_dict(),
            "path_leaves": self.path_leaves.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Any) -> "ValidationEvidence":
        """Read what `to_dict` wrote."""
        kinds = ("leaves", "paths", "path_leaves")
        return cls(*(Evidence.from_dict(data[kind]) for kind in kinds))


@dataclass(frozen=True)
class PatternCalibration:
    """How sure answers may be for products that have the same parts."""

    temperature: float
    thresholds: dict[float, float | None]
    """Accuracy → least probability of the best leaf that keeps it; None where nothing does."""
    n: int
    """Validation products it was fitted on."""
    path_thresholds: dict[float, float | None] = field(default_factory=dict)
    """The same for answered paths, leaf or ancestor; empty when not fitted."""
    confidence: Confidence | None = None
    """What was learnt of the views of a product; None where the temperature says it all."""
    least_familiarity: float | None = None
    """Products less like anything learnt are not answered; None where nobody asked."""
    evidence: ValidationEvidence | None = None
    """For accuracies that nobody fitted; None in models of format 2, which have none but these."""
    promised: float = DEFAULT_CONFIDENCE
    """The confidence that the thresholds were fitted for."""

    def probabilities(self, scores: Scores) -> Float64Array:
        """Return calibrated probabilities, (N, C)."""
        if self.confidence is None:
            return softmax(scores.logits, self.temperature)
        return sharpen(scores.logits, self.confidence.of(scores, self.temperature))

    def is_foreign(self, scores: Scores) -> BoolArray:
        """Whether each product is unlike anything learnt, (N,)."""
        if self.least_familiarity is None:
            return np.zeros(len(scores), dtype=np.bool_)
        return familiarity(scores) < self.least_familiarity

    def for_paths(self, accuracy: float, confidence: float | None = None) -> Guarantee:
        """Return the threshold to answer paths with.

        The one for paths where it was fitted, else the one for leaves.

        Args:
            accuracy: The one that answers shall keep, 0.5 to 0.999.
            confidence: How sure that is to hold; None for what the model was fitted for.

        Raises:
            InputError: If the accuracy is none that can be promised, or the model, of format 2,
                has no threshold for it.
        """
        return self._guarantee(
            self.path_thresholds or self.thresholds, accuracy, confidence, of_paths=True
        )

    def share_answered(self, accuracy: float) -> float | None:
        """Return the share of validation products that get an answer, a path, at an accuracy.

        None in models of format 2, which do not know.
        """
        if self.evidence is None or not self.n:
            return None
        threshold = self.for_paths(accuracy).threshold
        if threshold is None:
            return 0.0
        return self.evidence.paths.answered[THRESHOLDS.index(threshold)] / self.n

    def for_leaves(self, accuracy: float, confidence: float | None = None) -> Guarantee:
        """Return the threshold to answer best leaves with; raises as `for_paths`."""
        return self._guarantee(self.thresholds, accuracy, confidence, of_paths=False)

    def _guarantee(
        self,
        fitted: Mapping[float, float | None],
        accuracy: float,
        confidence: float | None,
        *,
        of_paths: bool,
    ) -> Guarantee:
        self.check(accuracy, confidence)
        as_fitted = confidence in (None, self.promised)
        if as_fitted and (threshold := fitted.get(accuracy)) is not None:
            return Guarantee(threshold)
        if self.evidence is None:
            return Guarantee(None, None)
        proof: tuple[Evidence, ...] = (self.evidence.leaves,)
        if of_paths:
            proof = (self.evidence.paths, self.evidence.path_leaves)
        return guarantee(proof, accuracy, self.promised if confidence is None else confidence)

    def check(self, accuracy: float, confidence: float | None = None) -> None:
        """Refuse an accuracy or a confidence that nothing can be said of; see `for_paths`."""
        check_target(accuracy)
        if confidence is not None and not 0 < confidence < 1:
            raise InputError(f"confidence is {confidence}; it is a share, such as 0.95.")
        if self.evidence is not None:
            return
        fitted = self.path_thresholds or self.thresholds
        if accuracy not in fitted:
            accuracies = ", ".join(map(str, sorted(fitted))) or "none"
            raise InputError(
                f"This model has no threshold for an accuracy of {accuracy}. It has: {accuracies}."
                " Models that were made since find one for any accuracy."
            )
        if confidence not in (None, self.promised):
            raise InputError(
                "This model is of an older format, whose thresholds promise no confidence;"
                " leave it out, or calibrate the model anew with `prodcat calibrate`."
            )


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
    confidence: float = DEFAULT_CONFIDENCE
    """How sure each promise is to hold, over the draws of validation products."""

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
            "confidence": self.confidence,
            "patterns": {
                pattern: {
                    "temperature": fitted.temperature,
                    "thresholds": {str(a): t for a, t in fitted.thresholds.items()},
                    "path_thresholds": {str(a): t for a, t in fitted.path_thresholds.items()},
                    "n": fitted.n,
                    "least_familiarity": fitted.least_familiarity,
                    "confidence": fitted.confidence and fitted.confidence.to_dict(),
                    "evidence": fitted.evidence and fitted.evidence.to_dict(),
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
                    confidence=_read(Confidence, row.get("confidence")),
                    least_familiarity=_read_number(row.get("least_familiarity"), -1e6, 1e6),
                    evidence=_read(ValidationEvidence, row.get("evidence")),
                    promised=_number(data.get("confidence", DEFAULT_CONFIDENCE), 0, 1),
                )
                for pattern, row in data["patterns"].items()
            }
            default_accuracy = _number(data["default_accuracy"], 0, 1)
            confidence = _number(data.get("confidence", DEFAULT_CONFIDENCE), 0, 1)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else error
            raise ModelError(f"This is no stored calibration: {reason}.") from error
        if not patterns:
            raise ModelError("This is no stored calibration: it has no pattern of parts.")
        # Else the first answer would fail, long after the model was loaded.
        for pattern, fitted in patterns.items():
            known = fitted.path_thresholds or fitted.thresholds
            if fitted.evidence is None and default_accuracy not in known:
                raise ModelError(
                    f"This is no stored calibration: {pattern!r} has no threshold"
                    f" for the default accuracy {default_accuracy}."
                )
        return cls(patterns, default_accuracy, confidence)


def _number(value: object, low: float, high: float) -> float:
    # JSON's true is an int to Python.
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"it has {value!r} where a number from {low} to {high} belongs")
    return float(value)


def _read_number(value: object, low: float, high: float) -> float | None:
    return None if value is None else _number(value, low, high)


def _read(kind: Any, data: object) -> Any:
    return None if data is None else kind.from_dict(data)


def _read_thresholds(row: Mapping[str, Any]) -> dict[float, float | None]:
    return {
        _number(float(accuracy), 0, 1): None if threshold is None else _number(threshold, 0, 1)
        for accuracy, threshold in row.items()
    }
