"""Prototypes of categories, moved towards the unlabelled products that are surely theirs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array, Float64Array, IntArray
from prodcat.decision.temperature import softmax
from prodcat.errors import require

SHARPNESS = 0.04
"""Temperature of the cosines by which products belong to categories."""
SURE = 0.3
"""Products that belong to a category less than that do not move it."""
MOST, FEW = 20.0, 5.0
"""A category is moved by its mean product as if it had at most MOST, against FEW of its own: the
large cannot eat the others."""
STEP = 1.0
TOP_SURE, TOP_WEIGHT, TOP_SHARPNESS = 0.5, 0.03, 0.03
BLOCK = 1024


def unit(rows: Float32Array) -> Float32Array:
    """Return rows of length 1, (N, D); zeros stay."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    result: Float32Array = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return result


Scorer = Callable[[slice], Float32Array]
"""Scores some of the products, (n, C)."""


def moved(prototypes: Float32Array, products: Float32Array, score: Scorer) -> Float32Array:
    """Return prototypes that are nearer to the products which are surely theirs, (C, D).

    Args:
        prototypes: Of unit length, (C, D).
        products: Embeddings of unit length, (N, D).
        score: Their scores: cosines, and what else is known.
    """
    weights = np.zeros(len(prototypes))
    sums = np.zeros(prototypes.shape)
    for start in range(0, len(products), BLOCK):
        part = slice(start, start + BLOCK)
        belong = softmax(score(part), SHARPNESS)
        belong[belong < SURE] = 0
        weights += belong.sum(axis=0)
        sums += belong.T @ products[part]
    means = sums / np.maximum(weights, 1e-9)[:, None]
    capped = np.minimum(weights, MOST)
    return unit((prototypes + STEP * (capped / (capped + FEW))[:, None] * means).astype(np.float32))


def top_scores(
    score: Scorer, products: Float32Array, tops: Sequence[str]
) -> tuple[Float32Array, Float32Array]:
    """Learn the highest level of the tree from what products are surely in.

    A top category is told by all of its products, whatever their leaf (self-training).

    Args:
        score: Of the leaves.
        products: Embeddings of unit length, (N, D).
        tops: The top category of each leaf, (C,).

    Returns:
        What to add to the leaves' scores: weights of an embedding, (C, D), and a bias, (C,).
    """
    weights = np.zeros((len(tops), products.shape[1]), dtype=np.float32)
    bias = np.zeros(len(tops), dtype=np.float32)
    names = sorted(set(tops))
    place = {name: number for number, name in enumerate(names)}
    of_leaf: IntArray = np.array([place[top] for top in tops])
    shares = np.zeros((len(products), len(names)))
    for start in range(0, len(products), BLOCK):
        probs: Float64Array = softmax(score(slice(start, start + BLOCK)), TOP_SHARPNESS)
        for number in range(len(names)):
            shares[start : start + BLOCK, number] = probs[:, of_leaf == number].sum(axis=1)
    best, sure = shares.argmax(axis=1), shares.max(axis=1) > TOP_SURE
    known = np.unique(best[sure])
    if len(known) < 3:  # with two, a regression has one row of weights for both
        return weights, bias
    linear: Any = require("sklearn.linear_model", extra="train")
    model = linear.LogisticRegression(C=10, max_iter=100).fit(products[sure], best[sure])
    rows = {int(number): row for row, number in enumerate(model.classes_)}
    lowest = float(model.intercept_.min())
    for leaf, number in enumerate(of_leaf):
        row = rows.get(int(number))
        if row is not None:
            weights[leaf] = TOP_WEIGHT * model.coef_[row]
        # A top category that no product is surely in gets no more than the least of the others.
        bias[leaf] = TOP_WEIGHT * (lowest if row is None else float(model.intercept_[row]))
    return weights, bias
