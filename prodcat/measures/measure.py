"""Every measure of one set of products, with its interval."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import BoolArray, Float64Array, IntArray, check_labels, check_probs
from prodcat.decision.accuracies import measure_at
from prodcat.decision.decoding import Decoder
from prodcat.decision.right import right_leaves
from prodcat.measures.bootstrap import interval, resample
from prodcat.measures.interval import Interval
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

# More could not be told apart in a chart, and are stored for every selection of parts.
CURVE_POINTS = 100


@dataclass(frozen=True)
class RiskCoverage:
    """Share of wrong answers against share answered, from the surest product on."""

    coverage: tuple[float, ...] = ()
    """Rising to 1, at about a hundred places."""
    risk: tuple[float, ...] = ()


@dataclass(frozen=True)
class SetMeasures:
    """What was measured on one set of products."""

    n: int
    classes: int | None = None
    """Categories that the model can answer."""
    classes_present: int | None = None
    """Those among the labels."""
    intervals: Mapping[str, Interval] = field(default_factory=dict)
    """Measure → its value; `prodcat.measures.names.MEASURES` says what each is."""
    thresholds: Mapping[str, float | None] = field(default_factory=dict)
    """``threshold_at_98``, ``path_threshold_at_98`` … → the one that all products have; None where
    nothing is answered, left out where products differ."""
    risk_coverage: RiskCoverage = field(default_factory=RiskCoverage)


def measure(
    probs: ArrayLike,
    labels: ArrayLike,
    leaf_paths: Sequence[CategoryPath],
    *,
    thresholds: Mapping[float, ArrayLike | None],
    path_thresholds: Mapping[float, ArrayLike | None] | None = None,
    paths: Sequence[CategoryPath] | None = None,
    bootstrap: int = 1000,
) -> SetMeasures:
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
        paths: True category of each product, N. Where it is none of the leaves, an answer is
            right that is an ancestor of it. None for those of the labels.
        bootstrap: How often to draw the products for the 95 % intervals; the draws are always
            the same, so that equal answers have equal intervals.

    Returns:
        Among its intervals ``accuracy``, ``parent_accuracy``, ``top_5_accuracy``,
        ``macro_f1``, ``weighted_f1``, ``hierarchical_f1`` and ``calibration_error``; for an
        accuracy of 0.98, ``coverage_at_98`` and the accuracy reached, ``accuracy_at_98``,
        with ``path_coverage_at_98`` and ``path_accuracy_at_98`` likewise.

    Raises:
        InputError: If an array or a path cannot be one, or lengths differ.

    >>> answers = [[0.9, 0.1], [0.6, 0.4]]
    >>> both = measure(answers, [0, 1], [("A",), ("B",)], thresholds={0.9: 0.8})
    >>> both.n, both.intervals["accuracy"].value
    (2, 0.5)
    >>> both.intervals["coverage_at_90"].value, both.intervals["accuracy_at_90"].value
    (0.5, 1.0)
    """
    checked = check_probs(probs, classes=len(leaf_paths))
    truth = check_labels(labels, rows=len(checked), classes=len(leaf_paths))
    confidence, answer = checked.max(axis=1), checked.argmax(axis=1)
    true_paths = [leaf_paths[leaf] if leaf >= 0 else None for leaf in truth.tolist()]
    right = answer == truth
    if paths is not None:
        true_paths = list(paths)
        right = right_leaves(answer, truth, paths, leaf_paths)
    statistics = {
        **_leaf_statistics(checked, truth, right, true_paths, leaf_paths),
        **_selective_statistics(confidence, right, thresholds),
        **_path_statistics(checked, true_paths, leaf_paths, path_thresholds or {}),
    }
    # All on the same draws, so that measures can be held against each other.
    draws = resample(statistics, len(checked), n=bootstrap)
    return SetMeasures(
        n=len(checked),
        classes=len(leaf_paths),
        classes_present=len(set(truth[truth >= 0].tolist())),
        intervals={
            name: _with_interval(measured(statistic, len(checked)), draws[name])
            for name, statistic in statistics.items()
        },
        thresholds={
            **_same_for_all("threshold", thresholds),
            **_same_for_all("path_threshold", path_thresholds or {}),
        },
        risk_coverage=_curve(confidence, right),
    )


def _leaf_statistics(
    probs: Float64Array,
    truth: IntArray,
    right: BoolArray,
    true_paths: Sequence[CategoryPath | None],
    leaf_paths: Sequence[CategoryPath],
) -> dict[str, Statistic]:
    answer = probs.argmax(axis=1)
    paths = [leaf_paths[leaf] for leaf in answer.tolist()]
    shared, sizes = shared_nodes(true_paths, paths)
    return {
        "accuracy": mean_of(right),
        "parent_accuracy": mean_of(same_parent(true_paths, paths)),
        "top_5_accuracy": mean_of(in_top_k(probs, truth, 5)),
        "macro_f1": f1_of(truth, answer, weighted=False),
        "weighted_f1": f1_of(truth, answer, weighted=True),
        "hierarchical_f1": ratio_of(2 * shared, sizes),
        "calibration_error": calibration_error_of(probs.max(axis=1), right),
    }


def _selective_statistics(
    confidence: Float64Array, right: BoolArray, thresholds: Mapping[float, ArrayLike | None]
) -> dict[str, Statistic]:
    statistics: dict[str, Statistic] = {}
    for accuracy, threshold in thresholds.items():
        answered = is_answered(confidence, threshold)
        statistics[measure_at("coverage", accuracy)] = mean_of(answered)
        statistics[measure_at("accuracy", accuracy)] = ratio_of(answered & right, answered)
    return statistics


def _path_statistics(
    probs: Float64Array,
    true_paths: Sequence[CategoryPath | None],
    leaf_paths: Sequence[CategoryPath],
    thresholds: Mapping[float, ArrayLike | None],
) -> dict[str, Statistic]:
    statistics: dict[str, Statistic] = {}
    if not thresholds:
        return statistics
    # Walked once for all accuracies, since that is what takes the time.
    decoder = Decoder(leaf_paths)
    walks = decoder.walk(probs)
    # A category that the model does not have is below none of its nodes.
    right_nodes = walks.nodes == decoder.gold_of([path or () for path in true_paths])
    for accuracy, threshold in thresholds.items():
        depths = walks.depths(np.inf if threshold is None else threshold)
        # Where nothing is answered there is no end. Any place will do: `right` is false there.
        ends = np.maximum(depths - 1, 0)[:, None]
        right = (depths > 0) & np.take_along_axis(right_nodes, ends, axis=1)[:, 0]
        statistics[measure_at("path_coverage", accuracy)] = mean_of(depths > 0)
        statistics[measure_at("path_accuracy", accuracy)] = ratio_of(right, depths > 0)
    return statistics


def _same_for_all(
    kind: str, thresholds: Mapping[float, ArrayLike | None]
) -> dict[str, float | None]:
    """Name the thresholds that all products have, so none where each part has its own."""
    names: dict[str, float | None] = {}
    for accuracy, threshold in thresholds.items():
        values = np.unique(np.asarray(np.inf if threshold is None else threshold, dtype=np.float64))
        if len(values) == 1:
            names[measure_at(kind, accuracy)] = None if np.isinf(values[0]) else float(values[0])
    return names


def _with_interval(value: float, draws: Float64Array) -> Interval:
    # Moved back by the draws' bias, an end may lie outside of what a share can be.
    low, high = np.clip(interval(draws, value=value), 0, 1).tolist()
    return Interval(*(None if math.isnan(number) else number for number in (value, low, high)))


def _curve(confidence: Float64Array, right: BoolArray) -> RiskCoverage:
    coverage, risk = risk_coverage_curve(confidence, right)
    points = min(CURVE_POINTS, len(coverage))
    places = np.linspace(0, len(coverage) - 1, points).round().astype(int)
    return RiskCoverage(tuple(coverage[places].tolist()), tuple(risk[places].tolist()))
