"""Measure a model directory: with all parts of the products, and with some withheld."""

from collections.abc import Mapping, Sequence

import numpy as np

from prodcat.arrays import Float32Array, Float64Array, IntArray
from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.calibration import Calibration, PatternCalibration, fit_calibration
from prodcat.decision.temperature import softmax
from prodcat.errors import InputError
from prodcat.evaluation.answers import Answers
from prodcat.measures.measure import SetMeasures, measure
from prodcat.product import PARTS, pattern_of
from prodcat.runs.format import LEAST_PRODUCTS
from prodcat.runs.records import Selection
from prodcat.taxonomy.paths import CategoryPath


def calibrate(
    answers: Mapping[str, Answers],
    leaf_paths: Sequence[CategoryPath],
    *,
    default_accuracy: float,
) -> Calibration:
    """Fit temperatures and thresholds on validation, for each pattern of parts.

    A pattern is fitted on the products that have all of its parts, given just these.

    Raises:
        InputError: If the answers are of another side: thresholds chosen on the test split
            would keep their promise there by choice.
    """
    if strange := {selected.side for selected in answers.values()} - {"val"}:
        raise InputError(f"Thresholds are chosen on the validation split, not on {min(strange)}.")
    logits: dict[str, Float32Array] = {}
    labels: dict[str, IntArray] = {}
    for selected in answers.values():
        for pattern in set(selected.patterns.tolist()):
            rows = selected.patterns == pattern
            # Withheld parts bring a pattern about on more products than have just these.
            if pattern not in logits or rows.sum() > len(labels[pattern]):
                logits[pattern], labels[pattern] = selected.logits[rows], selected.labels[rows]
    enough = {p for p in logits if len(labels[p]) >= LEAST_PRODUCTS}
    # A small corpus is calibrated on the little there is, rather than not at all.
    chosen = enough or {max(sorted(logits), key=lambda pattern: len(labels[pattern]))}
    # The first accuracy is the default one.
    accuracies = sorted(ACCURACIES, key=lambda accuracy: accuracy != default_accuracy)
    return fit_calibration(
        {pattern: logits[pattern] for pattern in sorted(chosen)},
        {pattern: labels[pattern] for pattern in sorted(chosen)},
        accuracies=accuracies,
        leaf_paths=leaf_paths,
    )


def uncalibrated(default_accuracy: float) -> Calibration:
    """Return the calibration of a model that has none yet, and so never answers."""
    never: dict[float, float | None] = dict.fromkeys(ACCURACIES)
    return Calibration({pattern_of(PARTS): PatternCalibration(1.0, never, n=0)}, default_accuracy)


def probabilities(answers: Answers, calibration: Calibration) -> Float64Array:
    """Return calibrated probabilities, (N, C), each product's by the parts that it has."""
    temperatures = np.array(
        [_fitted(calibration, pattern).temperature for pattern in answers.patterns]
    )
    # Each product has a temperature of its own, so the logits are divided before.
    return softmax(answers.logits / temperatures[:, None])


def measure_side(
    answers: Mapping[str, Answers],
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> tuple[Selection, ...]:
    """Return the measures of a side, for each selection of parts that any product has."""
    return tuple(
        Selection(name, _measure(selected, calibration, leaf_paths))
        for name, selected in answers.items()
        if len(selected.labels)
    )


def _measure(
    answers: Answers, calibration: Calibration, leaf_paths: Sequence[CategoryPath]
) -> SetMeasures:
    patterns = answers.patterns.tolist()
    fitted = {pattern: _fitted(calibration, pattern) for pattern in set(patterns)}
    leaves = {pattern: parts.thresholds for pattern, parts in fitted.items()}
    paths = {pattern: parts.path_thresholds for pattern, parts in fitted.items()}
    return measure(
        probabilities(answers, calibration),
        answers.labels,
        leaf_paths,
        thresholds=_of_each_product(leaves, patterns),
        path_thresholds=_of_each_product(paths, patterns),
    )


def _of_each_product(
    thresholds: Mapping[str, Mapping[float, float | None]], patterns: Sequence[str]
) -> dict[float, Float64Array]:
    """Accuracy → each product's threshold, (N,); infinite where it abstains.

    Args:
        thresholds: Pattern of parts → accuracy → threshold.
        patterns: Of each product, (N,).
    """
    by_accuracy = {}
    for accuracy in ACCURACIES:
        least = [thresholds[pattern].get(accuracy) for pattern in patterns]
        by_accuracy[accuracy] = np.array([np.inf if t is None else t for t in least])
    return by_accuracy


def _fitted(calibration: Calibration, pattern: str) -> PatternCalibration:
    return calibration.for_parts(str(pattern).split("+"))
