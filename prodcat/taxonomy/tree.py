"""The category tree: nodes, paths, parents, leaves and versions.

A category is known by its id; names may repeat under different parents. Trees
that come as paths alone (``Women > Shoes > Boots``) get their path as id.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from prodcat.errors import TaxonomyError
from prodcat.taxonomy.paths import CategoryPath, join_path

MAX_DEPTH = 100
"""Levels of a tree. Each category has the names of all above it, so that the path of a chain of
thousands would fill the memory; shops' trees have less than ten."""
MAX_CATEGORIES = 500_000


@dataclass(frozen=True)
class Category:
    """One node of the tree."""

    id: str
    name: str
    parent_id: str | None = None
    full_name: str = ""
    """The shop's own unambiguous name, such as "Women's Bootcut Jeans"; may be empty."""


class Taxonomy:
    """A forest of categories.

    >>> tree = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)])
    >>> tree.leaf_ids
    ('Shoes > Boots', 'Shoes > Sandals', 'Bags')
    >>> tree.path("Shoes > Boots")
    ('Shoes', 'Boots')
    >>> tree.kind("Shoes"), tree.kind("Bags"), tree.kind("Hats")
    ('internal', 'leaf', 'unknown')
    """

    def __init__(self, categories: Iterable[Category], version: str = "") -> None:
        self.categories: dict[str, Category] = {}
        for category in categories:
            if category.id in self.categories:
                raise TaxonomyError(f"Category id {category.id!r} appears twice; ids are unique.")
            self.categories[category.id] = category
            if len(self.categories) > MAX_CATEGORIES:
                raise TaxonomyError(f"The tree has more than {MAX_CATEGORIES:,} categories.")
        self._children: dict[str | None, list[str]] = {}
        # Not until all are there: a parent may come after its children.
        for category in self.categories.values():
            if category.parent_id is not None and category.parent_id not in self.categories:
                raise TaxonomyError(
                    f"Category {category.id!r} has the parent {category.parent_id!r},"
                    " which is not in the tree."
                )
            self._children.setdefault(category.parent_id, []).append(category.id)
        self._paths: dict[str, CategoryPath] = {}
        self._lay_paths()
        self.version = version or self.fingerprint()

    def _lay_paths(self) -> None:
        queue = list(self._children.get(None, []))
        # The queue grows while we go through it: a parent's path is there before its children
        # need it.
        for category_id in queue:
            category = self.categories[category_id]
            above = self._paths[category.parent_id] if category.parent_id is not None else ()
            if len(above) >= MAX_DEPTH:
                raise TaxonomyError(
                    f"Category {category_id!r:.200} lies below {MAX_DEPTH} others; a tree has at"
                    f" most {MAX_DEPTH} levels."
                )
            self._paths[category_id] = (*above, category.name)
            queue.extend(self._children.get(category_id, []))
        # From the roots every category is reached, but for those whose parents lead back to them.
        if len(queue) < len(self.categories):
            lost = sorted(set(self.categories) - set(queue))
            raise TaxonomyError(
                f"Categories {', '.join(map(repr, lost[:5]))} hang in a cycle, below no root."
            )

    @classmethod
    def from_paths(cls, paths: Iterable[Sequence[str]], version: str = "") -> "Taxonomy":
        """Build the tree of all *paths* and their ancestors; the joined path is the id."""
        categories: dict[str, Category] = {}
        for path in paths:
            for depth in range(1, len(path) + 1):
                category_id = join_path(path[:depth])
                if category_id not in categories:
                    parent_id = join_path(path[: depth - 1]) if depth > 1 else None
                    categories[category_id] = Category(category_id, path[depth - 1], parent_id)
        return cls(categories.values(), version)

    @property
    def leaf_ids(self) -> tuple[str, ...]:
        """Ids of the nodes without children, in the order given."""
        return tuple(c for c in self.categories if c not in self._children)

    def __len__(self) -> int:
        return len(self.categories)

    def __contains__(self, category_id: object) -> bool:
        return category_id in self.categories

    def path(self, category_id: str) -> CategoryPath:
        """Names from the root down to the category.

        Raises:
            TaxonomyError: If the tree has no such id.
        """
        if category_id not in self._paths:
            raise TaxonomyError(f"The tree has no category {category_id!r}.")
        return self._paths[category_id]

    def parent(self, category_id: str) -> str | None:
        """Id of the parent; None for a root."""
        # For its error: the id may be none of ours.
        self.path(category_id)
        return self.categories[category_id].parent_id

    def children(self, category_id: str | None) -> tuple[str, ...]:
        """Ids of the children; of the roots for None."""
        return tuple(self._children.get(category_id, ()))

    def ancestors(self, category_id: str) -> tuple[str, ...]:
        """Ids from the root down to the category, itself included."""
        above: list[str] = []
        node: str | None = category_id
        # It comes to an end: a tree with a ring is refused when it is made.
        while node is not None:
            above.append(node)
            node = self.parent(node)
        return tuple(reversed(above))

    def kind(self, category_id: str) -> str:
        """Tell a gold label's kind: ``"leaf"``, ``"internal"`` or ``"unknown"``."""
        if category_id not in self.categories:
            return "unknown"
        return "internal" if category_id in self._children else "leaf"

    def fingerprint(self) -> str:
        """Short hash of ids, names and parents, the same for the same tree."""
        # Sorted: a source may list the same tree in another order the next time.
        rows = sorted((c.id, c.name, c.parent_id or "") for c in self.categories.values())
        return sha256(json.dumps(rows).encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"version": self.version, "categories": [asdict(c) for c in self]}

    def __iter__(self) -> Iterator[Category]:
        return iter(self.categories.values())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Taxonomy":
        """Read what `to_dict` wrote.

        Raises:
            TaxonomyError: If it is not a tree.
        """
        try:
            categories = [_checked(Category(**row)) for row in data["categories"]]
            version = str(data["version"])
        except (KeyError, TypeError) as error:
            raise TaxonomyError(f"This is no stored category tree: {error}.") from error
        return cls(categories, version)


def _checked(category: Category) -> Category:
    """Refuse a category that is not all of texts: it comes from a file of anybody's."""
    parent = "" if category.parent_id is None else category.parent_id
    for text in (category.id, category.name, parent, category.full_name):
        if not isinstance(text, str):
            raise TypeError(f"{text!r:.50} is no text, as a category's id and names are")
    return category
