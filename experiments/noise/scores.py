"""Scores of labels that others use, beside which ours stands.

Self-confidence, normalized margin and the filter by a confident joint are those of cleanlab
(Northcutt, Jiang and Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset Labels),
written anew after the paper.
"""

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, Float64Array, IntArray

DISCOUNTS = (0.01, 0.03)


def usual_scores(logs: Float32Array, labels: IntArray) -> dict[str, Float64Array]:
    """Return scores that are the higher, the likelier a label is wrong, (N,) each.

    Args:
        logs: Logarithms of probabilities out of fold, (N, C).
        labels: Index of the category, (N,).
    """
    places = np.arange(len(labels))
    probs = np.exp(logs.astype(np.float64))
    own = probs[places, labels]
    rest = logs.astype(np.float64)
    rest[places, labels] = -np.inf
    best = rest.max(axis=1)
    sizes = np.bincount(labels, minlength=logs.shape[1])
    found = {
        "self-confidence": -own,
        "normalized margin": np.exp(best) - own,
        "margin of logarithms": best - logs[places, labels],
    }
    for discount in DISCOUNTS:
        found[f"discounted, {discount:g}"] = best - np.log(own + discount / np.sqrt(sizes[labels]))
    return found


def confident_flags(logs: Float32Array, labels: IntArray) -> BoolArray:
    """Return which labels the default filter of cleanlab calls wrong, (N,).

    A product is confidently of the category of the largest probability among those that reach
    their own threshold, the mean probability of the products labelled with it. As many of each
    category are called wrong as the calibrated joint has off its diagonal, those of the least
    self-confidence (prune by noise rate).
    """
    classes = logs.shape[1]
    places = np.arange(len(labels))
    probs = np.exp(logs.astype(np.float64))
    own = probs[places, labels]
    sizes = np.bincount(labels, minlength=classes)
    thresholds = np.bincount(labels, weights=own, minlength=classes) / np.maximum(sizes, 1)
    reached = np.where(probs >= np.maximum(thresholds, 1e-12) - 1e-6, probs, -1.0)
    confident = reached.argmax(axis=1)
    has_one = reached.max(axis=1) > 0
    joint = np.zeros((classes, classes))
    np.add.at(joint, (labels[has_one], confident[has_one]), 1)
    # Rows to the sizes that the labels have.
    rows = joint.sum(axis=1)
    joint[rows == 0, np.flatnonzero(rows == 0)] = 1
    joint *= (sizes / np.maximum(joint.sum(axis=1), 1e-12))[:, None]
    flags = np.zeros(len(labels), dtype=bool)
    for label in range(classes):
        here = np.flatnonzero(labels == label)
        for other in range(classes):
            count = round(joint[label, other])
            if other != label and count:
                margin = probs[here, other] - own[here]
                flags[here[np.argsort(-margin, kind="stable")[:count]]] = True
    # Those whose label is the likeliest category are never called wrong.
    flags &= probs.argmax(axis=1) != labels
    return flags


def average_precision(scores: Float64Array, is_wrong: BoolArray) -> float:
    """Return the area under precision and recall, the mean of the precisions at each hit.

    >>> average_precision(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]))
    0.8333333333333333
    """
    hits = is_wrong[np.argsort(-scores, kind="stable")]
    precision = hits.cumsum() / np.arange(1, len(hits) + 1)
    return float(precision[hits].mean()) if hits.any() else 0.0


def precision_at(scores: Float64Array, is_wrong: BoolArray, most: int = 100) -> float:
    """Return which share of the first ones is wrong.

    >>> precision_at(np.array([3.0, 2.0, 1.0]), np.array([True, False, True]), 2)
    0.5
    """
    return float(is_wrong[np.argsort(-scores, kind="stable")[:most]].mean())
