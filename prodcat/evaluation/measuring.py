"""Measure a model directory: with all parts of the products, and with some withheld."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.decision.calibration import Calibration, PatternCalibration, fit_calibration
from prodcat.decision.temperature import softmax
from prodcat.errors import InputError
from prodcat.evaluation.answers import Answers
from prodcat.measures.measure import measure
from prodcat.product import PARTS, pattern_of
from prodcat.runs.format import ACCURACIES, LEAST_PRODUCTS
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
    if other := {given.side for given in answers.values()} - {"val"}:
        raise InputError(f"Thresholds are chosen on the validation split, not on {min(other)}.")
    logits: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for given in answers.values():
        for pattern in set(given.patterns.tolist()):
            rows = given.patterns == pattern
            if pattern not in logits or rows.sum() > len(labels[pattern]):
                logits[pattern], labels[pattern] = given.logits[rows], given.labels[rows]
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


def probabilities(answers: Answers, calibration: Calibration) -> NDArray[np.float64]:
    """Return calibrated probabilities, (N, C), each product's by the parts that it has."""
    temperatures = np.array(
        [_pattern(calibration, pattern).temperature for pattern in answers.patterns]
    )
    return softmax(answers.logits / temperatures[:, None])


def measure_side(
    answers: Mapping[str, Answers],
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> dict[str, Any]:
    """Return the measures of a side, for each selection of parts."""
    measured = {}
    for selection, given in answers.items():
        if not len(given.labels):
            continue
        measured[selection] = measure(
            probabilities(given, calibration),
            given.labels,
            leaf_paths,
            thresholds=_thresholds(given, calibration, "thresholds"),
            path_thresholds=_thresholds(given, calibration, "path_thresholds"),
        )
    return measured


def _thresholds(given: Answers, calibration: Calibration, kind: str) -> dict[float, Any]:
    """Accuracy → each product's own threshold, (N,); infinite where it abstains."""
    by_pattern = {
        pattern: getattr(_pattern(calibration, pattern), kind)
        for pattern in set(given.patterns.tolist())
    }
    found: dict[float, Any] = {}
    for accuracy in ACCURACIES:
        own = {p: thresholds.get(accuracy) for p, thresholds in by_pattern.items()}
        values = [own[pattern] for pattern in given.patterns.tolist()]
        found[accuracy] = np.array([np.inf if v is None else v for v in values])
    return found


def _pattern(calibration: Calibration, pattern: str) -> PatternCalibration:
    return calibration.for_parts(str(pattern).split("+"))
