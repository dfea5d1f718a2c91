"""When a product is answered: a threshold, or what keeps a promised accuracy."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from prodcat.arrays import BoolArray, Float64Array
from prodcat.decision.calibration import Calibration
from prodcat.decision.confidence import log_odds_of
from prodcat.decision.guarantee import Guarantee
from prodcat.decision.scores import TOGETHER, VIEWS, Scores
from prodcat.errors import InputError
from prodcat.product import PARTS

logger = logging.getLogger(__name__)

Warned = set[tuple[tuple[str, ...], float]]
"""Parts and accuracies that a caller was told of, so that it is once."""


@dataclass(frozen=True, eq=False)
class Judged:
    """How sure the answers to a batch may be, and how sure they have to be."""

    probs: Float64Array
    """Calibrated, (N, C)."""
    thresholds: Float64Array
    """Least probability to answer with, (N,); infinite for never."""
    foreign: BoolArray
    """Whether a product is unlike anything learnt, and not answered for that, (N,)."""


@dataclass(frozen=True)
class Rule:
    """When to answer: at a threshold, or else at those that keep an accuracy."""

    calibration: Calibration
    accuracy: float
    confidence: float | None
    threshold: float | None
    warned: Warned
    first: "Rule | None" = None
    """That of a smaller model which is asked first."""

    @classmethod
    def of(
        cls,
        calibration: Calibration,
        accuracy: float | None,
        threshold: float | None,
        confidence: float | None,
        *,
        warned: Warned,
    ) -> "Rule":
        """Check what a caller asks for.

        Raises:
            InputError: If it cannot be, or contradicts itself.
        """
        if threshold is not None:
            if accuracy is not None or confidence is not None:
                other = "accuracy" if accuracy is not None else "confidence"
                raise InputError(f"Give {other} or threshold, not both.")
            if not 0.0 <= threshold <= 1.0:
                raise InputError(f"threshold is {threshold}; it is a probability, from 0 to 1.")
        target = calibration.default_accuracy if accuracy is None else accuracy
        if threshold is None:
            for pattern in calibration.patterns.values():
                pattern.check(target, confidence)
        return cls(calibration, target, confidence, threshold, warned)

    def judge(self, scores: Scores, used: Sequence[tuple[str, ...]]) -> Judged:
        """Calibrate a batch, each product by the parts that it has.

        Args:
            scores: Of N products.
            used: Which of name, description and image each has, N.
        """
        probs = np.empty(scores.logits.shape)
        thresholds = np.empty(len(used))
        foreign = np.zeros(len(used), dtype=np.bool_)
        for parts in dict.fromkeys(used):
            rows = np.array([row for row, has in enumerate(used) if has == parts])
            pattern, seen = self.calibration.for_parts(parts), scores.take(rows).seen(parts)
            probs[rows] = pattern.probabilities(seen)
            if self.threshold is not None:
                thresholds[rows] = self.threshold
                continue
            promise = pattern.for_paths(self.accuracy, self.confidence)
            if promise.threshold is None:
                self._warn(parts, promise)
            foreign[rows] = pattern.is_foreign(seen)
            least = np.inf if promise.threshold is None else promise.threshold
            thresholds[rows] = np.where(foreign[rows], np.inf, least)
        return Judged(probs, thresholds, foreign)

    def _warn(self, used: tuple[str, ...], promise: Guarantee) -> None:
        if (used, self.accuracy) in self.warned:
            return
        self.warned.add((used, self.accuracy))
        advice = ""
        if promise.more_products:
            advice = (
                f"It would take about {promise.more_products:,} more labelled products to"
                " calibrate it on. "
            )
        logger.warning(
            "With %s alone, this model cannot promise an accuracy of %g, so it abstains."
            " %sGive more parts, or another accuracy or threshold.",
            " and ".join(used),
            self.accuracy,
            advice,
        )


def warned_of_all(accuracy: float) -> Warned:
    """Return what keeps a rule quiet: parts that are withheld on purpose need no warning."""
    numbers = range(1, len(PARTS) + 1)
    return {(parts, accuracy) for number in numbers for parts in combinations(PARTS, number)}


def views_used(calibration: Calibration) -> tuple[str, ...]:
    """Return the views that how sure answers are, or whether any is given, depends on."""
    patterns = calibration.patterns.values()
    facts = {fact for p in patterns if p.confidence is not None for fact in p.confidence.facts}
    used = {view for view in VIEWS if log_odds_of(view) in facts}
    if any(pattern.least_familiarity is not None for pattern in patterns):
        used.add(TOGETHER)
    return tuple(view for view in VIEWS if view in used)
