"""Embeddings of the products that are compared, read from disk as they are needed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array
from prodcat.errors import InputError
from prodcat.product import PathLike
from prodcat.search.duplicates.signatures import hashed
from prodcat.vectors.stored import open_vectors

WANTED = ("picture", "text")
"""Kinds of vectors that see a product itself; fused ones see little but its category."""
AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class Embedded:
    """Vectors of the products of a table."""

    blocks: tuple[NDArray[Any], ...]
    """Of each kind, (M, D)."""
    rows: NDArray[np.int64]
    """Row in *blocks* of each product, (N,); -1 for none."""

    def take(self, places: NDArray[np.int64]) -> Float32Array:
        """Return the vectors of some products, their kinds joined, of unit length or zeros."""
        rows = self.rows[places]
        joined = np.concatenate([block[rows] for block in self.blocks], axis=1).astype(np.float32)
        joined[rows < 0] = 0
        length = np.linalg.norm(joined, axis=1, keepdims=True)
        unit: Float32Array = joined / np.maximum(length, np.float32(1e-12))
        return unit

    def parts(self) -> Iterator[tuple[NDArray[np.int64], Float32Array]]:
        """Yield all places and their vectors, some at a time."""
        for start in range(0, len(self.rows), AT_ONCE):
            places = np.arange(start, min(start + AT_ONCE, len(self.rows)))
            yield places, self.take(places)


def embedded(vectors: Float32Array | PathLike, ids: NDArray[np.int64]) -> Embedded:
    """Find each product's vectors: those of its row in an array, or of its id in a folder.

    Args:
        vectors: (N, D), in the order of the products; or what ``prodcat embed`` wrote.
        ids: Hashes of the products' ids, (N,).

    Raises:
        InputError: If they are not of these products, or cannot be read.
    """
    if isinstance(vectors, np.ndarray):
        if vectors.ndim != 2 or len(vectors) != len(ids):
            raise InputError(
                f"Vectors of the shape {vectors.shape} were given for {len(ids):,} products; each"
                " needs one row."
            )
        if not np.isfinite(vectors).all():
            raise InputError("Some of the vectors are not finite.")
        return Embedded((vectors,), np.arange(len(ids)))
    stored = open_vectors(vectors)
    kinds = [kind for kind in WANTED if kind in stored.by_kind]
    if not kinds:
        raise InputError(
            f"The vectors in {vectors} are {', '.join(stored.by_kind)}; near-duplicates are found"
            f" by those of {' and '.join(WANTED)}. Embed with --kind {' --kind '.join(WANTED)}."
        )
    of_id = {hashed(one): row for row, one in enumerate(stored.ids)}
    # A product without one of the kinds would be near to all others without it.
    whole = np.logical_and.reduce([stored.present[kind] for kind in kinds])
    found = np.array([of_id.get(one, -1) if one else -1 for one in ids.tolist()], np.int64)
    if len(ids) and (found < 0).all():
        raise InputError(f"The vectors in {vectors} are of other products: no id is the same.")
    known = found >= 0
    found[known] = np.where(whole[found[known]], found[known], -1)
    return Embedded(tuple(stored.by_kind[kind] for kind in kinds), found)
