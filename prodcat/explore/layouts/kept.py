"""How faithful a layout is: the share of a product's nearest that are its nearest on the plane."""

import numpy as np

from prodcat.arrays import Float32Array, IntArray, blocks

ASKED = 2000
"""Products that are asked; the share is known to about one per cent then."""


def neighbours_kept(
    vectors: Float32Array, places: Float32Array, *, k: int = 10, asked: int = ASKED, seed: int = 0
) -> float:
    """Return the share of the *k* nearest by vector that are among the *k* nearest by place.

    Args:
        vectors: (N, D); the nearest are those of least Euclidean distance.
        places: (N, 2).
        k: How many.
        asked: Products whose neighbours are compared, drawn by chance; all others may be found.
        seed: Of the draw.

    >>> line = np.arange(20, dtype="f4")[:, None]
    >>> neighbours_kept(line, np.hstack([line, line]), k=2)
    1.0
    """
    rows = np.arange(len(vectors))
    if len(rows) > asked:
        rows = np.sort(np.random.default_rng(seed).choice(rows, asked, replace=False))
    k = min(k, len(vectors) - 1)
    if k < 1:
        return 1.0
    by_vector, by_place = nearest(vectors, rows, k), nearest(places, rows, k)
    pairs = zip(by_vector.tolist(), by_place.tolist(), strict=True)
    return sum(len(set(a) & set(b)) for a, b in pairs) / (k * len(rows))


def nearest(vectors: Float32Array, rows: IntArray, k: int) -> IntArray:
    """Return the indices of the *k* nearest of each of some rows, themselves left out, (R, k)."""
    lengths = (vectors**2).sum(axis=1)
    found = np.empty((len(rows), k), dtype=np.int64)
    for block in blocks(len(rows), len(vectors)):
        part = rows[block]
        squared = lengths - 2 * vectors[part] @ vectors.T
        squared[np.arange(len(part)), part] = np.inf
        among = np.argpartition(squared, k - 1, axis=1)[:, :k]
        order = np.argsort(np.take_along_axis(squared, among, axis=1), axis=1)
        found[block] = np.take_along_axis(among, order, axis=1)
    return found
