"""When an answer is right, for products of whatever category."""

from collections.abc import Sequence

import numpy as np

from prodcat.arrays import BoolArray, IntArray
from prodcat.taxonomy.paths import CategoryPath


def right_leaves(
    answers: IntArray,
    labels: IntArray,
    paths: Sequence[CategoryPath],
    leaf_paths: Sequence[CategoryPath],
) -> BoolArray:
    """Whether each answered leaf is right, (N,): the label, or above a category that is no leaf.

    Args:
        answers: Best leaf of each product, (N,).
        labels: The leaf that stands for its category, (N,); -1 for none.
        paths: Its category, N.
        leaf_paths: Path of each leaf, (C,).
    """
    leaves = set(leaf_paths)
    right = answers == labels
    for row in np.flatnonzero(~right).tolist():
        answer, true = leaf_paths[answers[row]], paths[row]
        # A category with products of its own is a leaf, and may have others below it.
        right[row] = true not in leaves and true[: len(answer)] == answer
    return right
