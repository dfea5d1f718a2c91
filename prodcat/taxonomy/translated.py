"""The leaves of a model, as they are called in another tree."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class TranslatedLeaves:
    """What each leaf of a model is in another tree.

    >>> leaves = TranslatedLeaves((("Footwear",), ("Footwear",), None))
    >>> leaves.paths, leaves.places
    ((('Footwear',),), (0, 0, None))
    """

    targets: tuple[CategoryPath | None, ...]
    """Path of each leaf there, (C,); None where it has no place."""

    @classmethod
    def of(cls, mapping: TreeMapping, leaf_paths: Sequence[CategoryPath]) -> "TranslatedLeaves":
        """Translate leaves by a mapping, whose left tree is looked through by path.

        A leaf that is split stops at what its counterparts stand below. One that the left tree
        does not have is what the nearest of its ancestors is.
        """
        by_path = {mapping.left.path(c): c for c in mapping.left.categories}
        return cls(tuple(_translated(path, mapping, by_path) for path in leaf_paths))

    def after(self, moved: "TranslatedLeaves") -> "TranslatedLeaves":
        """Return what the leaves of a moved model are, where these are those it was moved to."""
        return TranslatedLeaves(
            tuple(None if place is None else self.targets[place] for place in moved.places)
        )

    @cached_property
    def paths(self) -> tuple[CategoryPath, ...]:
        """The different ones, in the order of the leaves."""
        return tuple(dict.fromkeys(path for path in self.targets if path is not None))

    @cached_property
    def places(self) -> tuple[int | None, ...]:
        """Index in `paths` of each leaf, (C,)."""
        number = {path: place for place, path in enumerate(self.paths)}
        return tuple(None if path is None else number[path] for path in self.targets)

    @cached_property
    def is_one_to_one(self) -> bool:
        """Whether each leaf has a place of its own."""
        return len(self.paths) == len(self.targets)

    @cached_property
    def fingerprint(self) -> str:
        """Hash of what the leaves are called."""
        return sha256(json.dumps(self.targets).encode()).hexdigest()[:16]


def _translated(
    path: CategoryPath, mapping: TreeMapping, by_path: Mapping[CategoryPath, str]
) -> CategoryPath | None:
    for depth in range(len(path), 0, -1):
        category = by_path.get(path[:depth])
        if category is None:
            continue
        ids = [each.category for each in mapping[category].counterparts]
        above = common_parent(mapping.right, ids) if ids else None
        return None if above is None else mapping.right.path(above)
    return None


def common_parent(tree: Taxonomy, categories: Sequence[str]) -> str | None:
    """Return the lowest category that is or stands above all of these; None where none does.

    >>> tree = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)])
    >>> common_parent(tree, ["Shoes > Boots", "Shoes > Clogs"])
    'Shoes'
    >>> common_parent(tree, ["Shoes > Boots", "Bags"]) is None
    True
    """
    found = None
    for nodes in zip(*(tree.ancestors(category) for category in categories), strict=False):
        if len(set(nodes)) > 1:
            break
        found = nodes[0]
    return found
