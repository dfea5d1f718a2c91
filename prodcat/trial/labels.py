"""The labels of a table, held against the tree of a model."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from prodcat.taxonomy.paths import CategoryPath

Kind = Literal["leaf", "above", "lacking"]
"""A label is a leaf of the model, a category above its leaves, or none that it can answer."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A label, placed in the tree of a model."""

    path: CategoryPath
    """As the tree spells it, as far down as it has the label."""
    kind: Kind
    leaf: int
    """Index of the leaf that stands for it: itself, or the nearest above; -1 for none."""
    respelled: bool
    """The tree has it in other case or spaces."""

    def is_right(self, answer: CategoryPath) -> bool:
        """Tell whether an answer is this category, or one above it.

        >>> LabelPlaces([("Shoes", "Boots")]).place(("Shoes", "Clogs")).is_right(("Shoes",))
        True
        """
        return bool(answer) and self.path[: len(answer)] == answer


class LabelPlaces:
    """Finds labels in the tree of a model: exactly, or else but for case and spaces.

    Args:
        leaf_paths: Path of each leaf that the model answers, (C,).

    >>> places = LabelPlaces([("Shoes", "Boots"), ("Bags",)])
    >>> places.place(("shoes ", "BOOTS"))
    Placed(path=('Shoes', 'Boots'), kind='leaf', leaf=0, respelled=True)
    >>> places.place(("Shoes", "Clogs")).kind, places.place(("Shoes",)).kind
    ('lacking', 'above')
    """

    def __init__(self, leaf_paths: Iterable[CategoryPath]) -> None:
        self.leaves = {path: leaf for leaf, path in enumerate(leaf_paths)}
        self.nodes = {path[:depth] for path in self.leaves for depth in range(1, len(path) + 1)}
        # Sorted, so that of categories that differ in case alone the same is always taken.
        self._folded = {fold(path): path for path in sorted(self.nodes, reverse=True)}
        self._placed: dict[CategoryPath, Placed] = {}

    def place(self, label: CategoryPath) -> Placed:
        """Return where a label stands; most products repeat one, so each is looked up once."""
        if label not in self._placed:
            self._placed[label] = self._place(label)
        return self._placed[label]

    def _place(self, label: CategoryPath) -> Placed:
        path, depth = self._spelled(label)
        kind: Kind = "lacking"
        if depth == len(path):
            kind = "leaf" if path in self.leaves else "above"
        above = (path[:end] for end in range(len(path), 0, -1))
        leaf = next((self.leaves[part] for part in above if part in self.leaves), -1)
        return Placed(path, kind, leaf, respelled=path != label)

    def _spelled(self, label: CategoryPath) -> tuple[CategoryPath, int]:
        """Return a label as the tree spells it, and how many of its levels the tree has."""
        for depth in range(len(label), 0, -1):
            part = label[:depth]
            spelled = part if part in self.nodes else self._folded.get(fold(part))
            if spelled is not None:
                return (*spelled, *label[depth:]), depth
        return label, 0


def fold(path: CategoryPath) -> CategoryPath:
    """Return a path without what makes no difference: case, and spaces around and between words.

    >>> fold((" Women", "T-Shirts  & Tops"))
    ('women', 't-shirts & tops')
    """
    return tuple(" ".join(name.split()).casefold() for name in path)
