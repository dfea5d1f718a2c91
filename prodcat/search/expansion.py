"""What a product is, told by its nearest products as well.

The vector of what a product is (kind ``fused``) is drawn towards those of the nearest, each as
much as it is alike, and the nearest are put in order anew: α-weighted query expansion (Radenović,
Tolias and Chum 2018). A product whose own parts say too little is so found among those that its
neighbours agree on; docs/reports/similar.md has what it brings.
"""

import numpy as np

from prodcat.arrays import Float32Array, IntArray

NEIGHBOURS = 6
ALPHA = 2
"""How much sooner nearer ones count. Both chosen on validation products of fashion.parquet, by
the leaf of the six nearest, among training products and among such as no model was taught."""
AMONG = 60
"""So many of the nearest are put in order anew; twice as many tell no more."""


def candidates(k: int) -> int:
    """Return how many of the nearest to put in order anew, to answer with *k*."""
    return max(AMONG, 2 * k)


def expand(
    query: Float32Array, rows: Float32Array, scores: Float32Array, columns: slice
) -> tuple[IntArray, Float32Array]:
    """Put the nearest rows in order anew, by the query drawn towards the first of them.

    Args:
        query: What rows were multiplied with, (D,).
        rows: The nearest, best first, (N, D).
        scores: Their products with the query, (N,).
        columns: Those of the vector that is drawn; it keeps its length.

    Returns:
        The places of the rows, best first, and their products with the drawn query.
    """
    weight = np.linalg.norm(query[columns])
    if weight == 0 or len(rows) == 0:
        return np.arange(len(rows)), scores
    shares = np.maximum(scores[:NEIGHBOURS], 0) ** ALPHA
    block = query[columns] / weight + shares @ rows[:NEIGHBOURS, columns]
    length = np.linalg.norm(block)
    if length == 0:
        return np.arange(len(rows)), scores
    drawn = query.copy()
    drawn[columns] = block * (weight / length)
    anew = (rows @ drawn).astype(np.float32)
    order = np.argsort(-anew, kind="stable")
    return order, anew[order]
