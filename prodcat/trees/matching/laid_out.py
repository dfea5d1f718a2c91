"""A tree as arrays: categories numbered so that all below one follow it."""

from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class LaidOutTree:
    """N categories from the top down, each followed by those below it."""

    tree: Taxonomy
    ids: tuple[str, ...]
    """(N,)"""
    paths: tuple[CategoryPath, ...]
    """(N,)"""
    parents: IntArray
    """Places of the parents, (N,); -1 for a root."""
    ends: IntArray
    """Place behind the last category below each, (N,)."""
    depths: IntArray
    """Levels above each, (N,)."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def names(self) -> list[str]:
        """The last names of the paths, (N,)."""
        return [path[-1] for path in self.paths]

    def children(self) -> list[list[int]]:
        """Places of the children of each, (N,)."""
        found: list[list[int]] = [[] for _ in self.ids]
        for place, parent in enumerate(self.parents):
            if parent >= 0:
                found[parent].append(place)
        return found

    def below(self, values: Float32Array) -> Float32Array:
        """Sum values over each category and all below it, (..., N) to (..., N)."""
        zero = np.zeros((*values.shape[:-1], 1), dtype=values.dtype)
        sums = np.concatenate([zero, values.cumsum(axis=-1)], axis=-1)
        return sums[..., self.ends] - sums[..., :-1]


def lay_out(tree: Taxonomy) -> LaidOutTree:
    """Number the categories of a tree.

    >>> laid = lay_out(Taxonomy.from_paths([("a", "b"), ("c",), ("a", "d")]))
    >>> laid.ids, laid.parents.tolist(), laid.ends.tolist()
    (('a', 'a > b', 'a > d', 'c'), [-1, 0, 0, -1], [3, 2, 3, 4])
    """
    ids: list[str] = []
    parents: list[int] = []
    stack = [(category, -1) for category in reversed(tree.children(None))]
    while stack:
        category, parent = stack.pop()
        place = len(ids)
        ids.append(category)
        parents.append(parent)
        stack.extend((child, place) for child in reversed(tree.children(category)))
    sizes = np.ones(len(ids), dtype=np.int64)
    for place in range(len(ids) - 1, -1, -1):
        if parents[place] >= 0:
            sizes[parents[place]] += sizes[place]
    paths = tuple(tree.path(category) for category in ids)
    return LaidOutTree(
        tree,
        tuple(ids),
        paths,
        np.array(parents, dtype=np.int64),
        np.arange(len(ids)) + sizes,
        np.array([len(path) - 1 for path in paths], dtype=np.int64),
    )
