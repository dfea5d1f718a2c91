"""The tree as labels and answers know it: leaves, the categories above them, the top."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float64Array, IntArray
from prodcat.runs.side import Side
from prodcat.taxonomy.paths import join_path, split_path

TOP_OF_TREE = "(top of the tree)"
"""Parent of the leaves that have none."""


@dataclass(frozen=True, eq=False)
class Level:
    """One level's categories, and which of them each leaf belongs to."""

    name: str
    labels: tuple[str, ...]
    """Paths, in the tree's order."""
    of_leaf: IntArray
    """Index in *labels* for each of the side's paths."""

    def __getitem__(self, leaves: IntArray) -> IntArray:
        return self.of_leaf[leaves]


def level_of(paths: Sequence[str], name: str) -> Level:
    """Return the leaves, their parents, or the tops of the tree.

    Args:
        paths: Of leaves, in the tree's order.
        name: One of `prodcat.analyze.findings.summary.LEVELS`.

    >>> level_of(["Bags", "Shoes > Boots", "Shoes > Clogs"], "top").labels
    ('Bags', 'Shoes')
    >>> level_of(["Bags", "Shoes > Boots", "Shoes > Clogs"], "parent").of_leaf.tolist()
    [0, 1, 1]
    """
    depth = {"leaf": None, "parent": -1, "top": 1}[name]
    if name == "leaf":
        return Level(name, tuple(paths), np.arange(len(paths)))
    above = [join_path(split_path(path)[:depth]) or TOP_OF_TREE for path in paths]
    # Leaves come in the tree's order, and so do the categories above them.
    labels = tuple(dict.fromkeys(above))
    place = {label: i for i, label in enumerate(labels)}
    return Level(name, labels, np.array([place[label] for label in above], dtype=np.int64))


def surest(side: Side, level: Level) -> tuple[IntArray, Float64Array]:
    """Answer each product with a category of the level.

    A category is as probable as the leaves below it together; those beyond the five best,
    which are not stored, hardly count.

    Returns:
        Index of the most probable category, (N,), and its probability, (N,).
    """
    # As an index, the -1 of a leaf that is not there would mean the last category.
    categories = np.where(side.top >= 0, level[side.top], -1)  # (N, 5)
    is_same = categories[:, :, None] == categories[:, None, :]
    together = (is_same @ side.top_probability[:, :, None])[:, :, 0]
    # Below any probability: what is not there never wins.
    masses = np.where(side.top >= 0, together, -1.0)
    best = masses.argmax(axis=1)[:, None]
    answers = np.take_along_axis(categories, best, axis=1)[:, 0]
    # Added up, shares that were rounded may come to a little more than 1.
    return answers, np.minimum(np.take_along_axis(masses, best, axis=1)[:, 0], 1.0)
