"""Measure a model directory: with all parts of the products, and with some withheld."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from prodcat.arrays import BoolArray, Float64Array
from prodcat.data.splits import group_products
from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.calibration import Calibration, PatternCalibration
from prodcat.decision.confidence import FOLDS
from prodcat.decision.fitting import LabelledScores, fit_calibration
from prodcat.decision.guarantee import DEFAULT_CONFIDENCE
from prodcat.errors import InputError
from prodcat.evaluation.answers import Answers
from prodcat.measures.measure import SetMeasures, measure
from prodcat.product import PARTS, pattern_of
from prodcat.runs.format import EVERYTHING, LEAST_PRODUCTS
from prodcat.runs.records import Selection
from prodcat.taxonomy.paths import CategoryPath


def calibrate(
    answers: Mapping[str, Answers],
    leaf_paths: Sequence[CategoryPath],
    *,
    default_accuracy: float,
    confidence: float = DEFAULT_CONFIDENCE,
) -> Calibration:
    """Fit what makes answers keep their promise on validation, for each pattern of parts.

    A pattern is fitted on the products that have all of its parts, given just these.

    Raises:
        InputError: If the answers are of another side: thresholds chosen on the test split
            would keep their promise there by choice.
    """
    if strange := {selected.side for selected in answers.values()} - {"val"}:
        raise InputError(f"Thresholds are chosen on the validation split, not on {min(strange)}.")
    by_pattern: dict[str, LabelledScores] = {}
    for selected in answers.values():
        # One text that most of them share would put them all into one fold.
        most = max(1, len(selected.rows) // FOLDS)
        groups = group_products(selected.rows, most=most)
        every = LabelledScores(selected.scores, selected.labels, selected.paths, groups)
        for pattern in set(selected.patterns.tolist()):
            rows = np.flatnonzero(selected.patterns == pattern)
            # Withheld parts bring a pattern about on more products than have just these.
            if pattern not in by_pattern or len(rows) > len(by_pattern[pattern].labels):
                chosen = every.take(rows)
                seen = chosen.scores.seen(pattern.split("+"))
                by_pattern[pattern] = replace(chosen, scores=seen)
    enough = {p for p in by_pattern if len(by_pattern[p].labels) >= LEAST_PRODUCTS}
    # A small corpus is calibrated on the little there is, rather than not at all.
    largest = max(sorted(by_pattern), key=lambda pattern: len(by_pattern[pattern].labels))
    return fit_calibration(
        {pattern: by_pattern[pattern] for pattern in sorted(enough or {largest})},
        leaf_paths,
        default_accuracy=default_accuracy,
        confidence=confidence,
    )


def uncalibrated(default_accuracy: float) -> Calibration:
    """Return the calibration of a model that has none yet, and so never answers."""
    never: dict[float, float | None] = dict.fromkeys((*ACCURACIES, default_accuracy))
    return Calibration({pattern_of(PARTS): PatternCalibration(1.0, never, n=0)}, default_accuracy)


def probabilities(answers: Answers, calibration: Calibration) -> Float64Array:
    """Return calibrated probabilities, (N, C), each product's by the parts that it has."""
    probs = np.empty(answers.logits.shape)
    for pattern in set(answers.patterns.tolist()):
        rows = np.flatnonzero(answers.patterns == pattern)
        seen = answers.scores.take(rows).seen(str(pattern).split("+"))
        probs[rows] = _fitted(calibration, pattern).probabilities(seen)
    return probs


def are_foreign(answers: Answers, calibration: Calibration) -> BoolArray:
    """Whether each product is unlike anything learnt, so that it is not answered, (N,)."""
    foreign = np.zeros(len(answers.labels), dtype=np.bool_)
    for pattern in set(answers.patterns.tolist()):
        rows = np.flatnonzero(answers.patterns == pattern)
        seen = answers.scores.take(rows).seen(str(pattern).split("+"))
        foreign[rows] = _fitted(calibration, pattern).is_foreign(seen)
    return foreign


def measure_side(
    answers: Mapping[str, Answers],
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> tuple[Selection, ...]:
    """Return the measures of a side, for each selection of parts that any product has."""
    selections = []
    for name, selected in answers.items():
        if not len(selected.labels):
            continue
        known = set(leaf_paths)
        taught = np.array([path in known for path in selected.paths])
        selections.append(
            Selection(
                name,
                _measure(selected, calibration, leaf_paths),
                taught=_measure(selected.take(np.flatnonzero(taught)), calibration, leaf_paths)
                if taught.any() and name == EVERYTHING
                else None,
            )
        )
    return tuple(selections)


def _measure(
    answers: Answers, calibration: Calibration, leaf_paths: Sequence[CategoryPath]
) -> SetMeasures:
    patterns = answers.patterns.tolist()
    fitted = {pattern: _fitted(calibration, pattern) for pattern in set(patterns)}
    leaves = {pattern: parts.thresholds for pattern, parts in fitted.items()}
    paths = {pattern: parts.path_thresholds for pattern, parts in fitted.items()}
    foreign = are_foreign(answers, calibration)
    return measure(
        probabilities(answers, calibration),
        answers.labels,
        leaf_paths,
        thresholds=_of_each_product(leaves, patterns, foreign),
        path_thresholds=_of_each_product(paths, patterns, foreign),
        paths=answers.paths,
    )


def _of_each_product(
    thresholds: Mapping[str, Mapping[float, float | None]],
    patterns: Sequence[str],
    foreign: BoolArray,
) -> dict[float, Float64Array]:
    """Accuracy → each product's threshold, (N,); infinite where it abstains.

    Args:
        thresholds: Pattern of parts → accuracy → threshold.
        patterns: Of each product, (N,).
        foreign: Which of them are unlike anything learnt, (N,).
    """
    by_accuracy = {}
    for accuracy in ACCURACIES:
        least = [thresholds[pattern].get(accuracy) for pattern in patterns]
        sure = np.array([np.inf if t is None else t for t in least], dtype=np.float64)
        by_accuracy[accuracy] = np.where(foreign, np.inf, sure)
    return by_accuracy


def _fitted(calibration: Calibration, pattern: str) -> PatternCalibration:
    return calibration.for_parts(str(pattern).split("+"))
