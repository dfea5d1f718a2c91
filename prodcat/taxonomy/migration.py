"""From one category tree to its next version."""

from collections.abc import Mapping
from dataclasses import dataclass

from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class Migration:
    """How the categories of one version of a tree are found in another."""

    same: dict[str, str]
    """Old id → new id of those that exist in both, moved or not."""
    moved: tuple[str, ...]
    """Old ids that exist in both, under another path."""
    gone: tuple[str, ...]
    """Old ids that the new tree does not have."""


def migrate(old: Taxonomy, new: Taxonomy, renames: Mapping[str, str] | None = None) -> Migration:
    """Map the ids of an old version of a tree onto a new one.

    Ids are matched exactly, never guessed.

    Args:
        old: The tree that the labels were given in.
        new: The tree that they shall be expressed in.
        renames: Old id → new id, where a person knows better.

    >>> old = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Clogs")])
    >>> new = Taxonomy.from_paths([("Shoes", "Boots")])
    >>> migrate(old, new).gone
    ('Shoes > Clogs',)
    """
    renames = renames or {}
    target = {c: renames.get(c, c) for c in old.categories}
    # A rename to an id that the new tree does not have counts as gone, like any other.
    same = {c: t for c, t in target.items() if t in new}
    return Migration(
        same=same,
        moved=tuple(c for c, t in same.items() if old.path(c) != new.path(t)),
        gone=tuple(c for c in old.categories if c not in same),
    )
