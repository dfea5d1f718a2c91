"""A dendrogram of a sample of products by how they look, with their pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.explore.tree.linkage import Dendrogram, arrange, cluster
from prodcat.taxonomy.paths import CategoryPath

SHOWN = 60
"""Products of the dendrogram at most."""
SEED = 0


@dataclass(frozen=True)
class PictureTree:
    """A dendrogram of products."""

    dendrogram: Dendrogram
    rows: tuple[int, ...]
    """The products, in the order of its leaves' numbers."""


def picture_tree(
    vectors: Float32Array,
    present: BoolArray,
    paths: Sequence[CategoryPath | None],
    *,
    most: int = SHOWN,
) -> PictureTree | None:
    """Cluster a sample of products by Ward's linkage.

    Of each category about as many are drawn, so that the largest do not fill it.

    Args:
        vectors: How the products look, (N, D).
        present: Which have a vector, (N,).
        paths: Their categories; None for none.
        most: Products at most.

    Returns:
        None where fewer than three products have a vector.
    """
    rows = _draw(np.flatnonzero(present), paths, most)
    if len(rows) < 3:
        return None
    joins = cluster(np.asarray(vectors[rows], dtype=np.float32), "ward")
    return PictureTree(arrange(joins, len(rows)), tuple(rows.tolist()))


def _draw(rows: IntArray, paths: Sequence[CategoryPath | None], most: int) -> IntArray:
    rows = np.random.default_rng(SEED).permutation(rows)
    taken: dict[CategoryPath, int] = {}
    turns = []
    for row in rows.tolist():
        path = paths[row] or ()
        turns.append(taken.get(path, 0))
        taken[path] = turns[-1] + 1
    # The first of every category, then the second of each, and so on; large categories first.
    sizes = [-taken[paths[row] or ()] for row in rows.tolist()]
    order = np.lexsort((sizes, turns))[:most]
    return np.sort(rows[order])
