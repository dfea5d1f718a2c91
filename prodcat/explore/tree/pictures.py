"""A dendrogram of a sample of products by how they look, with their pictures."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import BoolArray, IntArray
from prodcat.errors import ImageError, InputError
from prodcat.explore.map_data import Pictures
from prodcat.explore.tree.linkage import Dendrogram, arrange, cluster
from prodcat.inputs.images import DEFAULT_LIMITS
from prodcat.taxonomy.paths import CategoryPath
from prodcat.vectors.look import LookReader

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
    pictures: Pictures,
    has_picture: BoolArray,
    paths: Sequence[CategoryPath | None],
    *,
    most: int = SHOWN,
) -> PictureTree | None:
    """Cluster a sample of products by how they look, by Ward's linkage.

    Of each category about as many are drawn, so that the largest do not fill it.

    Args:
        pictures: Of the products, (N,).
        has_picture: Which have one, (N,).
        paths: Their categories; None for none.
        most: Products at most.

    Returns:
        None where fewer than three pictures can be read.
    """
    reader = LookReader(DEFAULT_LIMITS, None)
    rows, looks = [], []
    for row in _draw(np.flatnonzero(has_picture), paths, most).tolist():
        picture = pictures[row]
        # One that is broken, or gone, is told elsewhere.
        with suppress(ImageError, InputError):
            if picture is not None:
                looks.append(reader.read(picture))
                rows.append(row)
    if len(rows) < 3:
        return None
    joins = cluster(np.stack(looks), "ward")
    return PictureTree(arrange(joins, len(rows)), tuple(rows))


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
