"""Pictures and vectors that are nearly the same, found without comparing all pairs.

Products are sorted by a hash of which near ones share parts, and each is compared with the few that
come after it (sorted neighbourhood, Hernández and Stolfo 1995; over several hashes).
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import UInt8Array
from prodcat.search.duplicates.embedded import AT_ONCE, Embedded

WINDOW = 12
"""How many that follow are compared."""
BANDS = 4
"""Parts of 16 bits of a picture's hash; two of at most 3 different bits share one."""
PLANES = 14
TABLES = 8
SEED = 18
Verify = Callable[[NDArray[np.int64], NDArray[np.int64]], NDArray[np.bool_]]


def alike_pictures(
    shapes: NDArray[np.uint64], colours: UInt8Array, *, most_bits: int, most_difference: float
) -> Iterator[tuple[int, int]]:
    """Yield pairs of places whose pictures look the same: scaled, encoded anew, but no other.

    Args:
        shapes: Difference hashes, (N,).
        colours: The pictures on a grid, (N, 8, 8, 3).
        most_bits: By which the hashes may differ.
        most_difference: Mean difference of the grids, 0 to 255.
    """
    if len(shapes) < 2:
        return
    flat = colours.reshape(len(colours), -1)

    def same(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        near: NDArray[np.bool_] = np.bitwise_count(shapes[a] ^ shapes[b]) <= most_bits
        places = np.flatnonzero(near)
        difference = np.abs(flat[a[places]].astype(np.int16) - flat[b[places]]).mean(axis=1)
        near[places] = difference <= most_difference
        return near

    # A plain picture, such as a white one, looks like any other plain one.
    telling = np.flatnonzero(np.bitwise_count(shapes) >= 4)
    tone = flat.mean(axis=1)
    for band in range(BANDS):
        keys = (shapes >> np.uint64(16 * band)) & np.uint64(0xFFFF)
        order = telling[np.lexsort((tone[telling], keys[telling]))]
        yield from compare_followers(order, keys, same)


def alike_vectors(vectors: Embedded, *, least_cosine: float) -> Iterator[tuple[int, int]]:
    """Yield pairs of places whose vectors point nearly the same way.

    Args:
        vectors: Of N products; those of zeros are near to none.
        least_cosine: From which on two are nearly the same.
    """
    random = np.random.default_rng(SEED)
    width = vectors.take(np.arange(1)).shape[1] if len(vectors.rows) else 0
    planes = random.standard_normal((width, TABLES * PLANES), dtype=np.float32)
    along = np.zeros((len(vectors.rows), TABLES), np.float32)
    sides = np.zeros((len(vectors.rows), TABLES), np.uint64)
    # Random planes: near vectors lie on the same sides of most (Charikar 2002).
    for places, part in vectors.parts():
        distances = (part @ planes).reshape(len(part), TABLES, PLANES)
        along[places] = distances[:, :, 0]
        sides[places] = ((distances > 0) @ (1 << np.arange(PLANES))).astype(np.uint64)

    def same(a: NDArray[np.int64], b: NDArray[np.int64]) -> NDArray[np.bool_]:
        near = np.empty(len(a), np.bool_)
        for start in range(0, len(a), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            cosines = np.einsum("ij,ij->i", vectors.take(a[part]), vectors.take(b[part]))
            near[part] = cosines >= least_cosine
        return near

    for table in range(TABLES):
        order = np.lexsort((along[:, table], sides[:, table]))
        present = order[along[order, table] != 0]
        yield from compare_followers(present, sides[:, table], same)


def compare_followers(
    order: NDArray[np.int64], keys: NDArray[np.uint64], same: Verify
) -> Iterator[tuple[int, int]]:
    """Yield the pairs, at most `WINDOW` apart in *order* and of one key, that are the same."""
    for step in range(1, WINDOW + 1):
        a, b = order[:-step], order[step:]
        together = keys[a] == keys[b]
        if not together.any():
            return
        a, b = a[together], b[together]
        # In parts, so that memory does not grow with the products.
        for start in range(0, len(a), 50_000):
            one, other = a[start : start + 50_000], b[start : start + 50_000]
            found = same(one, other)
            yield from zip(one[found].tolist(), other[found].tolist(), strict=True)
