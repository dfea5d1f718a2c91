"""How good answers are: functions of arrays, the same for training and reports.

N products, C leaf categories. A label of -1 means that the model does not have the
product's true category: every answer is wrong then. A share of no products is NaN.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import (
    BoolArray,
    Float64Array,
    IntArray,
    check_confidence,
    check_labels,
    check_thresholds,
)
from prodcat.errors import InputError
from prodcat.measures.statistics import calibration_error_of, f1_of, measured, ratio_of
from prodcat.taxonomy.paths import CategoryPath


def accuracy(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Share of products whose leaf is right.

    Args:
        labels: True leaf of each product, (N,); -1 if the model does not have it.
        predicted: Answered leaf, (N,).

    >>> accuracy([0, 1, 2, -1], [0, 1, 1, 1])
    0.5
    """
    truth, answer = check_pair(labels, predicted)
    return mean(truth == answer)


def top_k_accuracy(probs: ArrayLike, labels: ArrayLike, k: int = 5) -> float:
    """Share of products whose true leaf is among the *k* most probable.

    Of equally probable leaves the first count as more probable.

    Args:
        probs: Probability of each leaf, (N, C).
        labels: True leaf, (N,).
        k: How many leaves to look at.

    >>> top_k_accuracy([[0.5, 0.3, 0.2], [0.5, 0.3, 0.2]], [1, 2], k=2)
    0.5
    """
    return mean(in_top_k(probs, labels, k))


def in_top_k(probs: ArrayLike, labels: ArrayLike, k: int) -> BoolArray:
    """Whether each product's true leaf is among the *k* most probable, (N,)."""
    scores = np.asarray(probs, dtype=np.float64)
    if scores.ndim != 2 or np.isnan(scores).any():
        raise InputError(f"Expected (N, C) probabilities without NaN, found {scores.shape}.")
    truth = check_labels(labels, rows=len(scores), classes=scores.shape[1])
    of_truth = np.take_along_axis(scores, np.maximum(truth, 0)[:, None], axis=1)
    tied_before = (scores == of_truth) & (np.arange(scores.shape[1]) < truth[:, None])
    # To count what is more probable takes less than to sort all leaves of each product.
    return (truth >= 0) & (((scores > of_truth) | tied_before).sum(axis=1) < k)


def macro_f1(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Mean F1 over the leaves that are true or answered for some product.

    A leaf without a right answer has F1 0. A product labelled -1 counts against the
    leaf it was answered with.

    >>> round(macro_f1([0, 0, 1, 1], [0, 0, 0, 1]), 4)  # (4/5 + 2/3) / 2
    0.7333
    """
    return _f1(labels, predicted, weighted=False)


def weighted_f1(labels: ArrayLike, predicted: ArrayLike) -> float:
    """Mean F1 over leaves, each weighted by how many products it is true for.

    >>> round(weighted_f1([0, 0, 0, 1], [0, 0, 1, 1]), 4)  # (3 * 4/5 + 2/3) / 4
    0.7667
    """
    return _f1(labels, predicted, weighted=True)


def hierarchical_f1(
    true_paths: Sequence[CategoryPath | None], pred_paths: Sequence[CategoryPath]
) -> float:
    """F1 of the categories on the answered paths against those on the true paths.

    Each path stands for the set of its node and all ancestors, without the root of all;
    sets are added up over products (Kiritchenko et al. 2006). A near miss counts partly.

    Args:
        true_paths: True path of each product, (N,); None if the tree does not have it.
        pred_paths: Answered path, (N,); empty when abstained.

    >>> hierarchical_f1([("Shoes", "Boots"), ("Bags",)], [("Shoes", "Clogs"), ("Bags",)])
    0.6666666666666666
    """
    shared, sizes = shared_nodes(true_paths, pred_paths)
    return measured(ratio_of(2 * shared, sizes), len(shared))


def shared_nodes(
    true_paths: Sequence[CategoryPath | None], pred_paths: Sequence[CategoryPath]
) -> tuple[Float64Array, Float64Array]:
    """Nodes that both paths of each product have, and nodes of both added up, each (N,)."""
    _check_lengths(true_paths, pred_paths)
    shared, sizes = np.zeros(len(pred_paths)), np.zeros(len(pred_paths))
    for row, (truth, answer) in enumerate(zip(true_paths, pred_paths, strict=True)):
        truth = truth or ()
        sizes[row] = len(truth) + len(answer)
        for true_name, answered_name in zip(truth, answer, strict=False):
            # Below a wrong turn equal names are of other categories.
            if true_name != answered_name:
                break
            shared[row] += 1
    return shared, sizes


def parent_accuracy(
    true_paths: Sequence[CategoryPath | None], pred_paths: Sequence[CategoryPath]
) -> float:
    """Share of products whose answer has the right parent.

    Leaves at the top of the tree all have the same parent, none.

    Args:
        true_paths: True path of each product, (N,); None if the tree does not have it.
        pred_paths: Answered leaf path, (N,); empty, which is wrong, when abstained.

    >>> parent_accuracy([("Shoes", "Boots"), ("Bags",)], [("Shoes", "Clogs"), ("Shoes", "Clogs")])
    0.5
    """
    return mean(same_parent(true_paths, pred_paths))


def same_parent(
    true_paths: Sequence[CategoryPath | None], pred_paths: Sequence[CategoryPath]
) -> BoolArray:
    """Whether the parent of each product's answer is right, (N,)."""
    _check_lengths(true_paths, pred_paths)
    pairs = zip(true_paths, pred_paths, strict=True)
    same = [bool(true and answer and true[:-1] == answer[:-1]) for true, answer in pairs]
    return np.array(same, dtype=np.bool_)


def expected_calibration_error(confidence: ArrayLike, correct: ArrayLike, bins: int = 15) -> float:
    """Mean distance between how sure answers are and how often they are right.

    Products are sorted by confidence and cut into bins of equally many (Nguyen and
    O'Connor 2015); each bin's distance weighs by its products. Equally confident
    products share their rate of right answers, so that their order changes nothing.

    Args:
        confidence: Calibrated probability of each answer, (N,).
        correct: Whether each answer is right, (N,).
        bins: How many bins; fewer when there are fewer products.

    >>> expected_calibration_error([0.5, 0.5, 1.0, 1.0], [True, False, True, False], bins=2)
    0.25
    """
    sure, right = check_confidence(confidence, correct)
    return measured(calibration_error_of(sure, right, bins), len(sure))


def risk_coverage_curve(
    confidence: ArrayLike, correct: ArrayLike
) -> tuple[Float64Array, Float64Array]:
    """Share of wrong answers against share answered, from the surest product on.

    Geifman and El-Yaniv 2017. One point for each confidence there is.

    Returns:
        Coverage, rising to 1, and risk at that coverage; both empty without products.

    >>> coverage, risk = risk_coverage_curve([0.9, 0.8, 0.8, 0.7], [True, True, False, True])
    >>> coverage.tolist(), risk.round(3).tolist()
    ([0.25, 0.75, 1.0], [0.0, 0.333, 0.25])
    """
    sure, right = check_confidence(confidence, correct)
    order = np.argsort(-sure, kind="stable")
    answered = np.arange(1, len(sure) + 1)
    last_of_tie = np.append(np.diff(sure[order]) < 0, True)[: len(sure)]
    risk = np.cumsum(~right[order]) / answered
    return (answered / max(len(sure), 1))[last_of_tie], risk[last_of_tie]


def coverage_at(confidence: ArrayLike, threshold: ArrayLike | None) -> float:
    """Share of products that get an answer; 0 when no threshold (None) was good enough.

    >>> coverage_at([0.9, 0.8, 0.7], 0.8)
    0.6666666666666666
    """
    return mean(is_answered(confidence, threshold))


def selective_accuracy(
    confidence: ArrayLike, correct: ArrayLike, threshold: ArrayLike | None
) -> float:
    """Share of right answers among those given; NaN when none is.

    >>> selective_accuracy([0.9, 0.8, 0.7], [True, False, False], 0.8)
    0.5
    """
    sure, right = check_confidence(confidence, correct)
    return mean(right[is_answered(sure, threshold)])


def is_answered(confidence: ArrayLike, threshold: ArrayLike | None) -> BoolArray:
    """Whether each product gets an answer, (N,).

    Args:
        confidence: Probability of each answer, (N,).
        threshold: Least confidence to answer with, one for all or (N,); infinite, or
            None for all, to abstain.

    Raises:
        InputError: If a threshold is NaN or there is another number of them.
    """
    sure = np.asarray(confidence, dtype=np.float64)
    least = check_thresholds(np.inf if threshold is None else threshold, rows=len(sure))
    return sure >= least


def check_pair(labels: ArrayLike, predicted: ArrayLike) -> tuple[IntArray, IntArray]:
    """Return true and answered leaves as arrays of one length, or say what is wrong."""
    answer = np.asarray(predicted)
    rows, most = len(np.atleast_1d(answer)), np.iinfo(np.int64).max
    answer = check_labels(answer, rows=rows, classes=most)
    if (answer < 0).any():
        raise InputError("An answered leaf is an index from 0 on, but found -1.")
    return check_labels(labels, rows=rows, classes=most), answer


def mean(values: ArrayLike) -> float:
    """Mean of numbers or truths; NaN of none."""
    flat = np.asarray(values, dtype=np.float64)
    return float(flat.mean()) if len(flat) else float("nan")


def _f1(labels: ArrayLike, predicted: ArrayLike, *, weighted: bool) -> float:
    truth, answer = check_pair(labels, predicted)
    return measured(f1_of(truth, answer, weighted=weighted), len(answer))


def _check_lengths(
    true_paths: Sequence[CategoryPath | None], pred_paths: Sequence[CategoryPath]
) -> None:
    if len(true_paths) != len(pred_paths):
        raise InputError(
            f"Expected as many true paths as answers, found {len(true_paths)}"
            f" and {len(pred_paths)}."
        )
