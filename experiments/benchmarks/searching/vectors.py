"""Many vectors of products out of few, whose neighbours are as near as those of the real ones."""

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.vectors.unit import unit_rows

STEP = 0.9
"""Of the way from another product to its neighbour, so much is added to a real vector."""
BLOCK = 4096


def at_width(vectors: Float32Array, width: int) -> Float32Array:
    """Return unit vectors of that width, by their principal components where they are wider."""
    if vectors.shape[1] < width:
        raise SystemExit(
            f"The vectors have {vectors.shape[1]} numbers; give some of {width} or more."
        )
    if vectors.shape[1] > width:
        # Without taking off the mean, so that cosines stay what they are.
        _, axes = np.linalg.eigh(vectors.T @ vectors)
        vectors = vectors @ axes[:, -width:]
    return unit_rows(vectors)


def neighbours(vectors: Float32Array, count: int) -> tuple[IntArray, Float32Array]:
    """Return the nearest of each among the others, (N, count), and their cosines."""
    places = np.empty((len(vectors), count), np.int64)
    cosines = np.empty((len(vectors), count), np.float32)
    for start in range(0, len(vectors), BLOCK):
        scores = vectors[start : start + BLOCK] @ vectors.T
        own = np.arange(len(scores))
        scores[own, own + start] = -np.inf
        best = np.argpartition(scores, -count, axis=1)[:, -count:]
        order = np.argsort(-np.take_along_axis(scores, best, axis=1), axis=1)
        best = np.take_along_axis(best, order, axis=1)
        places[start : start + BLOCK] = best
        cosines[start : start + BLOCK] = np.take_along_axis(scores, best, axis=1)
    return places, cosines


def enlarge(vectors: Float32Array, nearest: IntArray, count: int, *, seed: int = 0) -> Float32Array:
    """Return the real vectors and as many drawn ones as are missing to *count*.

    A drawn one is a real one, moved as another product is from one of its ten neighbours: in a
    direction and by a length in which products do differ.
    """
    rng = np.random.default_rng(seed)
    out = np.empty((count, vectors.shape[1]), np.float32)
    real = min(count, len(vectors))
    out[:real] = vectors[:real]
    for start in range(real, count, BLOCK):
        size = min(BLOCK, count - start)
        base, other = rng.integers(len(vectors), size=(2, size))
        beside = nearest[other, rng.integers(nearest.shape[1], size=size)]
        out[start : start + size] = unit_rows(
            vectors[base] + STEP * (vectors[beside] - vectors[other])
        )
    return out
