"""The vector of what a product is: the joined vector, and beside it what the leaves' scores say.

The model answers from all parts and from the name alone together, and so does this: the joined
vectors of both are added, and the leaves' probabilities that come of both stand beside them. With
them the six nearest are of the same leaf more often, see docs/reports/similar.md.
"""

from functools import lru_cache

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.vectors.unit import unit_rows

CODE_WIDTH = 128
"""Numbers that stand for the leaves, however many there are."""
CODE_WEIGHT = 0.3
"""Of the leaves' probabilities in the cosine; the joined vector has the rest. Chosen on the
validation products of fashion.parquet, by the leaf of the six nearest; from 0.2 to 0.5 it is the
same to half a thousandth."""
SEED = 18


def join_kind(joined: Float32Array, logits: Float32Array) -> Float32Array:
    """Return what a product is, (B, D + CODE_WIDTH), of unit length.

    The dot product of two is the cosine of their joined vectors and, with `CODE_WEIGHT`, the
    Bhattacharyya coefficient of their probabilities of the leaves, but for what chance adds.

    Args:
        joined: The head's joined vectors, (B, D).
        logits: Scores of the leaves, (B, C).
    """
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    probs = np.exp(shifted)
    roots = np.sqrt(probs / probs.sum(axis=1, keepdims=True)).astype(np.float32)
    codes = unit_rows(roots @ leaf_codes(logits.shape[1]))
    whole = [(1 - CODE_WEIGHT) ** 0.5 * unit_rows(joined), CODE_WEIGHT**0.5 * codes]
    return unit_rows(np.concatenate(whole, axis=1))


@lru_cache(maxsize=4)
def leaf_codes(leaves: int) -> Float32Array:
    """Return a vector for each leaf, (C, CODE_WIDTH), nearly at right angles to all others.

    Signs drawn at random keep dot products (Achlioptas 2003), and the same ones are drawn on
    every machine.
    """
    bits = np.random.Generator(np.random.PCG64(SEED)).integers(0, 2, size=(leaves, CODE_WIDTH))
    return ((2 * bits - 1) / CODE_WIDTH**0.5).astype(np.float32)
