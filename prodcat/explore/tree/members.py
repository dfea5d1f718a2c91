"""Products by category, as far as the tree as the data sees it goes."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.taxonomy.paths import CategoryPath
from prodcat.vectors.unit import unit_rows

FEWEST = 3
"""Products with a vector that a category must have: the mean of two says little."""
MOST_CATEGORIES = 400
"""Categories that are compared; of deeper trees with more, those of a level above."""


@dataclass(frozen=True, eq=False)
class Members:
    """The products of each category, with their vectors."""

    vectors: Float32Array
    """Of all products, (N, D), each of unit length or zeros."""
    paths: tuple[CategoryPath, ...]
    """Of the categories, C of them, in the order of the shop's tree."""
    codes: IntArray
    """Each product's category, (N,); -1 for none, too small a one, or without a vector."""
    level: int
    """Levels of the tree that are told apart at most."""
    small: int = 0
    """Categories that are left out since they have too few products."""

    @cached_property
    def rows(self) -> tuple[IntArray, ...]:
        """Products of each category."""
        order = np.argsort(self.codes, kind="stable")
        starts = np.searchsorted(self.codes[order], np.arange(len(self.paths) + 1))
        return tuple(order[a:b] for a, b in pairwise(starts.tolist()))

    def of(self, rows: IntArray) -> Float32Array:
        """Return the vectors of some products, (R, D)."""
        return np.asarray(self.vectors[rows], dtype=np.float32)

    @cached_property
    def sizes(self) -> IntArray:
        """Number of products of each category, (C,)."""
        return np.array([len(rows) for rows in self.rows], dtype=np.int64)

    @cached_property
    def sums(self) -> Float32Array:
        """Sum of the vectors of each category, (C, D)."""
        width = self.vectors.shape[1]
        sums = np.zeros((len(self.paths), width), dtype=np.float32)
        for category, rows in enumerate(self.rows):
            sums[category] = np.asarray(self.vectors[rows], np.float32).sum(axis=0)
        return sums

    @cached_property
    def means(self) -> Float32Array:
        """Mean vector of each category, of unit length, (C, D)."""
        return unit_rows(self.sums)


def gather_members(
    vectors: Float32Array,
    present: BoolArray,
    paths: Sequence[CategoryPath | None],
    *,
    most: int = MOST_CATEGORIES,
) -> Members:
    """Sort products into the categories that are compared.

    These are the labels as they stand; where there are more than *most*, their ancestors at the
    deepest level that has no more.

    Args:
        vectors: Of the products, (N, D).
        present: Which have one, (N,).
        paths: Their categories; None for none.
        most: Categories at most.
    """
    deepest = max((len(path) for path in paths if path), default=0)
    level, small = deepest, 0
    counts: Counter[CategoryPath] = Counter()
    large: list[CategoryPath] = []
    for level in range(deepest, 0, -1):
        counts = Counter(
            path[:level] for path, has in zip(paths, present.tolist(), strict=True) if path and has
        )
        large = [path for path, count in counts.items() if count >= FEWEST]
        small = len(counts) - len(large)
        if len(large) <= most:
            break
    # Still too many at the top: the largest.
    large = sorted(sorted(large, key=lambda path: -counts[path])[:most])
    places = {path: place for place, path in enumerate(large)}
    codes = np.array(
        [
            places.get(path[:level], -1) if path and has else -1
            for path, has in zip(paths, present.tolist(), strict=True)
        ],
        dtype=np.int64,
    )
    return Members(vectors, tuple(large), codes, level, small)
