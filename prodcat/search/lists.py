"""Rows in lists of neighbours, so that a search looks at the few lists near its query.

The lists are those of k-means (Lloyd 1982) on a sample, and a row is in the list of its nearest
centre: the inverted file of Sivic and Zisserman (2003), as faiss has it.
"""

import numpy as np

from prodcat.arrays import Float32Array, IntArray

ROWS_IN_ONE_BLOCK = 8192
"""Rows that are compared with all centres at once."""
SAMPLE = 64
"""Rows per list from which its centre is learnt."""
ROUNDS = 10


def fit_centres(
    sample: Float32Array, start: Float32Array, *, rounds: int = ROUNDS, seed: int = 0
) -> Float32Array:
    """Return the centres of k-means, (L, D).

    Args:
        sample: Rows to learn from, (S, D).
        start: Centres to start from, (L, D).
        rounds: How often they are moved, at most.
        seed: Of the rows that a list without any starts from anew.
    """
    rng, lists = np.random.default_rng(seed), len(start)
    centres = start.copy()
    for _ in range(rounds):
        before = centres.copy()
        nearest = nearest_lists(sample, centres)
        counts = np.bincount(nearest, minlength=lists)
        order = np.argsort(nearest, kind="stable")
        ends = np.cumsum(counts)
        filled = np.flatnonzero(counts)
        sums = np.add.reduceat(sample[order], (ends - counts)[filled], axis=0)
        centres[filled] = sums / counts[filled, None]
        # A list that nothing is near to splits one of the largest in two.
        for empty, large in zip(np.flatnonzero(counts == 0), np.argsort(-counts), strict=False):
            centres[empty] = sample[rng.choice(order[ends[large] - counts[large] : ends[large]])]
        if np.array_equal(centres, before):
            break
    return centres


def nearest_lists(rows: Float32Array, centres: Float32Array) -> IntArray:
    """Return the list of each row, (N,): the one whose centre is nearest."""
    half_squares = 0.5 * np.square(centres).sum(axis=1)
    nearest = np.empty(len(rows), dtype=np.int64)
    for start in range(0, len(rows), ROWS_IN_ONE_BLOCK):
        block = slice(start, start + ROWS_IN_ONE_BLOCK)
        nearest[block] = (rows[block] @ centres.T - half_squares).argmax(axis=1)
    return nearest


def order_centres(centres: Float32Array) -> IntArray:
    """Return an order of the lists in which those that follow each other are near each other.

    Rows lie in the order of their lists: a search reads fewer and longer stretches.
    """
    left = np.ones(len(centres), dtype=bool)
    order = np.empty(len(centres), dtype=np.int64)
    place = 0
    for turn in range(len(centres)):
        order[turn] = place
        left[place] = False
        distances = np.square(centres - centres[place]).sum(axis=1)
        distances[~left] = np.inf
        place = int(distances.argmin())
    return order
