"""Exact nearest neighbours by cosine: every vector is held against every other."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import IntArray
from prodcat.errors import InputError

Real = TypeVar("Real", np.float32, np.float64)

AT_ONCE = 512
"""Queries held against all vectors at once, so that memory stays flat."""


def nearest(
    known: NDArray[Real], queries: NDArray[Real], count: int
) -> tuple[IntArray, NDArray[Real]]:
    """Find the vectors that point most nearly where each query does.

    Args:
        known: Of length 1 each, (N, D).
        queries: Of length 1 each, (M, D).
        count: How many to find, 1 or more; where there are fewer, all.

    Returns:
        Their places in *known* and their cosines, both (M, min(count, N)), the nearest first;
        of equal ones the earlier.

    Raises:
        InputError: If there is none to find, or the two differ in width.

    >>> known = np.array([[1.0, 0.0], [0.0, 1.0], [0.6, 0.8]])
    >>> places, cosines = nearest(known, np.array([[0.0, 1.0]]), 2)
    >>> places.tolist(), cosines.tolist()
    ([[1, 2]], [[1.0, 0.8]])
    """
    count = min(count, len(known))
    if count < 1 or known.shape[1:] != queries.shape[1:]:
        raise InputError(
            f"Cannot find the {count} nearest of vectors of shape {known.shape} to vectors of"
            f" shape {queries.shape}: expected one or more, of the same width."
        )
    places = np.empty((len(queries), count), dtype=np.int64)
    cosines = np.empty((len(queries), count), dtype=known.dtype)
    for start in range(0, len(queries), AT_ONCE):
        rows = slice(start, start + AT_ONCE)
        all_cosines = queries[rows] @ known.T
        # In the order of places, which the stable sort after it keeps among equals.
        best = np.sort(np.argpartition(-all_cosines, count - 1, axis=1)[:, :count], axis=1)
        found = np.take_along_axis(all_cosines, best, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")
        places[rows] = np.take_along_axis(best, order, axis=1)
        cosines[rows] = np.take_along_axis(found, order, axis=1)
    return places, cosines


def unit(vectors: NDArray[Real]) -> NDArray[Real]:
    """Bring each to length 1, but for zeros.

    >>> unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.divide(vectors, np.where(lengths > 0, lengths, 1), dtype=vectors.dtype)


def side_by_side(parts: Sequence[NDArray[Real]]) -> NDArray[Real]:
    """Join vectors of the same products, (N, D) each, so that none outweighs another."""
    return np.concatenate([unit(part) for part in parts], axis=1)
