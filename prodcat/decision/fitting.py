"""Fit a calibration on validation products: for each pattern of parts all that it holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.decision.accuracies import ACCURACIES, DEFAULT_ACCURACY
from prodcat.decision.calibration import Calibration, PatternCalibration, ValidationEvidence
from prodcat.decision.confidence import fit_confidence, folds_of
from prodcat.decision.decoding import Decoder
from prodcat.decision.guarantee import (
    DEFAULT_CONFIDENCE,
    check_target,
    leaf_evidence,
    path_evidence,
)
from prodcat.decision.novelty import fit_least_familiarity
from prodcat.decision.right import right_leaves
from prodcat.decision.scores import Scores
from prodcat.decision.temperature import fit_temperature
from prodcat.errors import InputError
from prodcat.product import pattern_of
from prodcat.taxonomy.paths import CategoryPath


@dataclass(frozen=True, eq=False)
class LabelledScores:
    """Validation products of one pattern of parts."""

    scores: Scores
    labels: IntArray
    """True leaf of each, (N,); -1 where the model does not have its category."""
    paths: Sequence[CategoryPath]
    """True category of each, N."""
    groups: Sequence[str]
    """Near-duplicates share theirs, N: what is learnt from one is not tried on the other."""

    def take(self, rows: IntArray) -> "LabelledScores":
        """Return some of them."""
        places = rows.tolist()
        return LabelledScores(
            self.scores.take(rows),
            self.labels[rows],
            [self.paths[i] for i in places],
            [self.groups[i] for i in places],
        )


def fit_calibration(
    by_pattern: Mapping[str, LabelledScores],
    leaf_paths: Sequence[CategoryPath],
    *,
    accuracies: Sequence[float] = ACCURACIES,
    default_accuracy: float = DEFAULT_ACCURACY,
    confidence: float = DEFAULT_CONFIDENCE,
) -> Calibration:
    """Fit all that makes answers keep their promise, for each pattern of parts.

    Evidence is cross-fitted: whether a product was answered rightly counts at the confidence
    that was learnt from the other products.

    Args:
        by_pattern: Parts joined by ``+`` → validation products with only those parts given.
        leaf_paths: Path of each leaf, (C,).
        accuracies: Those whose thresholds are kept; any other is found when it is asked for.
        default_accuracy: The one to keep where nobody asks for another.
        confidence: How sure each promise is to hold, above 0 and below 1.

    Raises:
        InputError: If there is nothing to fit on, or an accuracy or the confidence cannot be one.
    """
    if not by_pattern:
        raise InputError("Calibration needs at least one pattern of parts.")
    if not 0 < confidence < 1:
        raise InputError(f"confidence is {confidence}; it is a share above 0 and below 1.")
    for accuracy in (*accuracies, default_accuracy):
        check_target(accuracy)
    decoder = Decoder(leaf_paths)
    patterns = {}
    for pattern, products in by_pattern.items():
        fitted = fit_pattern(products, decoder)
        kept = replace(
            fitted,
            promised=confidence,
            thresholds={a: fitted.for_leaves(a, confidence).threshold for a in accuracies},
            path_thresholds={a: fitted.for_paths(a, confidence).threshold for a in accuracies},
        )
        patterns[pattern_of(pattern.split("+"))] = kept
    return Calibration(patterns, default_accuracy, confidence)


def fit_pattern(products: LabelledScores, decoder: Decoder) -> PatternCalibration:
    """Fit all but thresholds, which follow from its evidence, for one pattern of parts."""
    fitted = _learn(products, decoder)
    if not len(products.labels):
        return fitted
    fitted = replace(fitted, least_familiarity=fit_least_familiarity(products.scores))
    probs = _cross_fitted(products, decoder, fitted)
    answerable = ~fitted.is_foreign(products.scores)
    leaves = leaf_evidence(np.where(answerable, probs.max(axis=1), -1.0), _right(products, decoder))
    walks = decoder.walk(probs)
    paths, path_leaves = path_evidence(walks, decoder.gold_of(products.paths), answerable)
    return replace(fitted, evidence=ValidationEvidence(leaves, paths, path_leaves))


def _learn(products: LabelledScores, decoder: Decoder) -> PatternCalibration:
    temperature = fit_temperature(products.scores.logits, products.labels)
    learnt = fit_confidence(products.scores, _right(products, decoder), temperature)
    return PatternCalibration(temperature, {}, n=len(products.labels), confidence=learnt)


def _cross_fitted(
    products: LabelledScores, decoder: Decoder, fitted: PatternCalibration
) -> Float64Array:
    """Return probabilities, (N, C), each product's as learnt from the other folds."""
    if fitted.confidence is None:  # one number, which no product can bend by itself
        return fitted.probabilities(products.scores)
    probs = np.empty(products.scores.logits.shape)
    folds = folds_of(products.groups)
    for fold in np.unique(folds):
        held, others = np.flatnonzero(folds == fold), np.flatnonzero(folds != fold)
        learnt = _learn(products.take(others), decoder)
        probs[held] = learnt.probabilities(products.scores.take(held))
    return probs


def _right(products: LabelledScores, decoder: Decoder) -> BoolArray:
    best = products.scores.logits.argmax(axis=1)
    return right_leaves(best, products.labels, products.paths, decoder.leaf_paths)
