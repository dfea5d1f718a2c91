"""Every measure of one set of products, with its interval, ready for JSON."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import BoolArray, Float64Array, IntArray, check_labels, check_probs
from prodcat.decision.decoding import Decoder
from prodcat.measures.bootstrap import interval, resample
from prodcat.measures.metrics import (
    in_top_k,
    is_answered,
    risk_coverage_curve,
    same_parent,
    shared_nodes,
)
from prodcat.measures.statistics import (
    Statistic,
    calibration_error_of,
    f1_of,
    mean_of,
    measured,
    ratio_of,
)
from prodcat.taxonomy.paths import CategoryPath

CURVE_POINTS = 100


def measure(
    probs: ArrayLike,
    labels: ArrayLike,
    leaf_paths: Sequence[CategoryPath],
    *,
    thresholds: Mapping[float, ArrayLike | None],
    path_thresholds: Mapping[float, ArrayLike | None] | None = None,
    bootstrap: int = 1000,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure answers on one set of products.

    Args:
        probs: Calibrated probability of each leaf, (N, C), each row summing to 1.
        labels: True leaf of each product, (N,); -1, a category the model does not have,
            makes every answer wrong.
        leaf_paths: Path of each leaf, (C,).
        thresholds: Accuracy → threshold on the best leaf that promises it, chosen on
            other products; one for all or each product's own, (N,); None or infinite
            where there was none.
        path_thresholds: The same for answered paths, leaf or ancestor.
        bootstrap: How often to draw the products for the 95 % intervals.
        seed: Of the draws.

    Returns:
        ``n``; ``classes`` of the model and ``classes_present`` among the labels; each
        measure as ``{"value", "low", "high"}``, None where no product has it:
        ``accuracy``, ``parent_accuracy``, ``top_5_accuracy``, ``macro_f1``,
        ``weighted_f1``, ``hierarchical_f1``, ``calibration_error``; for an accuracy of
        0.98, ``coverage_at_98`` and the accuracy reached, ``accuracy_at_98``, with
        ``path_coverage_at_98`` and ``path_accuracy_at_98`` likewise; the thresholds used,
        ``threshold_at_98`` and ``path_threshold_at_98``, left out where products differ;
        and ``risk_coverage``, the curve at about a hundred points.

    Raises:
        InputError: If an array or a path cannot be one, or lengths differ.

    >>> found = measure([[0.9, 0.1], [0.6, 0.4]], [0, 1], [("A",), ("B",)], thresholds={0.9: 0.8})
    >>> found["n"], found["accuracy"]["value"]
    (2, 0.5)
    >>> found["coverage_at_90"]["value"], found["accuracy_at_90"]["value"]
    (0.5, 1.0)
    """
    checked = check_probs(probs, classes=len(leaf_paths))
    truth = check_labels(labels, rows=len(checked), classes=len(leaf_paths))
    confidence, answer = checked.max(axis=1), checked.argmax(axis=1)
    right = answer == truth
    statistics = _leaf_statistics(checked, truth, answer, leaf_paths)
    used: dict[str, float | None] = {}
    for goal, threshold in thresholds.items():
        at = f"at_{100 * goal:g}"
        used |= _one_for_all(f"threshold_{at}", threshold)
        answered = is_answered(confidence, threshold)
        statistics |= _selective(answered, answered & right, "", at)
    for goal, threshold in (path_thresholds or {}).items():
        at = f"at_{100 * goal:g}"
        used |= _one_for_all(f"path_threshold_{at}", threshold)
        statistics |= _selective(*_paths(checked, truth, leaf_paths, threshold), "path_", at)
    draws = resample(statistics, len(checked), n=bootstrap, seed=seed)
    return {
        "n": len(checked),
        "classes": len(leaf_paths),
        "classes_present": len(set(truth[truth >= 0].tolist())),
        **{
            name: _with_interval(measured(statistic, len(checked)), draws[name])
            for name, statistic in statistics.items()
        },
        **used,
        "risk_coverage": _curve(confidence, right),
    }


def _leaf_statistics(
    probs: Float64Array, truth: IntArray, answer: IntArray, leaf_paths: Sequence[CategoryPath]
) -> dict[str, Statistic]:
    true_paths = [leaf_paths[leaf] if leaf >= 0 else None for leaf in truth.tolist()]
    paths = [leaf_paths[leaf] for leaf in answer.tolist()]
    shared, sizes = shared_nodes(true_paths, paths)
    return {
        "accuracy": mean_of(answer == truth),
        "parent_accuracy": mean_of(same_parent(true_paths, paths)),
        "top_5_accuracy": mean_of(in_top_k(probs, truth, 5)),
        "macro_f1": f1_of(truth, answer, weighted=False),
        "weighted_f1": f1_of(truth, answer, weighted=True),
        "hierarchical_f1": ratio_of(2 * shared, sizes),
        "calibration_error": calibration_error_of(probs.max(axis=1), answer == truth),
    }


def _selective(answered: BoolArray, right: BoolArray, kind: str, at: str) -> dict[str, Statistic]:
    return {
        f"{kind}coverage_{at}": mean_of(answered),
        f"{kind}accuracy_{at}": ratio_of(right, answered),
    }


def _one_for_all(name: str, threshold: ArrayLike | None) -> dict[str, float | None]:
    found = np.unique(np.asarray(np.inf if threshold is None else threshold, dtype=np.float64))
    if len(found) != 1:
        return {}
    return {name: None if np.isinf(found[0]) else float(found[0])}


def _paths(
    probs: Float64Array,
    truth: IntArray,
    leaf_paths: Sequence[CategoryPath],
    threshold: ArrayLike | None,
) -> tuple[BoolArray, BoolArray]:
    """Whether each product is answered with a path, and with a right one."""
    decoder = Decoder(leaf_paths)
    nodes, masses = decoder.walk(probs)
    depths = decoder.depths(masses, np.inf if threshold is None else threshold)
    ends = np.maximum(depths - 1, 0)[:, None]
    right = np.take_along_axis(nodes == decoder.gold(truth, rows=len(nodes)), ends, axis=1)[:, 0]
    return depths > 0, (depths > 0) & right


def _with_interval(value: float, draws: Float64Array) -> dict[str, float | None]:
    low, high = np.clip(interval(draws, value=value), 0, 1).tolist()
    numbers = {"value": value, "low": low, "high": high}
    return {name: None if math.isnan(n) else n for name, n in numbers.items()}


def _curve(confidence: Float64Array, right: BoolArray) -> dict[str, list[float]]:
    coverage, risk = risk_coverage_curve(confidence, right)
    points = min(CURVE_POINTS, len(coverage))
    kept = np.linspace(0, len(coverage) - 1, points).round().astype(int)
    return {"coverage": coverage[kept].tolist(), "risk": risk[kept].tolist()}
