"""The category tree of the ShopStyle-compatible server, from a corpus or from a file."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.taxonomy.tree import Taxonomy

ROOT_ID = "clothes-shoes-and-jewelry"
ROOT_MAX_DEPTH = 20
"""What the API says of the whole tree, however deep it is."""
REAL_NUMBERS = {"mens-dress-shirts": 214}
"""Numeric ids that public clients rely on; the others count up."""


@dataclass(frozen=True, slots=True)
class Node:
    """One category, as the API states it."""

    id: str
    name: str
    short_name: str
    full_name: str
    parent_id: str | None
    has_sizes: bool = True
    has_colors: bool = True
    has_heels: bool = False
    locales: tuple[str, ...] = ("en-US",)


class Tree:
    """Categories below one root, parents before their children."""

    def __init__(self, nodes: Iterable[Node]) -> None:
        by_id = {node.id: node for node in nodes}
        if ROOT_ID not in by_id:
            by_id = {ROOT_ID: root_node()} | by_id
        self._children: dict[str, list[str]] = {}
        for node in by_id.values():
            if node.id != ROOT_ID:
                parent = node.parent_id if node.parent_id in by_id else ROOT_ID
                self._children.setdefault(parent or ROOT_ID, []).append(node.id)
        self.root = by_id[ROOT_ID]
        self.nodes = {ROOT_ID: self.root}
        self.parents: dict[str, str] = {}
        for parent_id, child_id in self._edges(ROOT_ID):
            self.nodes[child_id] = by_id[child_id]
            self.parents[child_id] = parent_id
        self.leaves = [node_id for node_id in self.nodes if node_id not in self._children]
        used = set(REAL_NUMBERS.values())
        free = (number for number in range(1, len(self.nodes) + len(used) + 1))
        free = (number for number in free if number not in used)
        self.numbers = {i: REAL_NUMBERS.get(i) or next(free) for i in self.nodes}
        self._by_number = {str(number): node_id for node_id, number in self.numbers.items()}

    def _edges(self, node_id: str) -> Iterator[tuple[str, str]]:
        for child_id in self._children.get(node_id, ()):
            yield node_id, child_id
            yield from self._edges(child_id)

    def find(self, name: str) -> Node | None:
        """Look a category up by its id or its numeric id."""
        return self.nodes.get(name) or self.nodes.get(self._by_number.get(name, ""))

    def below(self, node_id: str, depth: int | None = None) -> list[Node]:
        """The descendants of a category, down to so many levels."""
        if depth is not None and depth <= 0:
            return []
        nodes = []
        for child_id in self._children.get(node_id, ()):
            nodes.append(self.nodes[child_id])
            nodes += self.below(child_id, None if depth is None else depth - 1)
        return nodes

    def height(self, node_id: str) -> int:
        """Levels below a category; 0 for a leaf."""
        return max((1 + self.height(child) for child in self._children.get(node_id, ())), default=0)

    def ancestors(self, node_id: str) -> list[str]:
        """Ids from the root down to the category, itself included; none if it is unknown."""
        if node_id not in self.nodes:
            return []
        path = [node_id]
        while path[-1] in self.parents:
            path.append(self.parents[path[-1]])
        return path[::-1]

    def leaves_below(self, node_id: str) -> list[str]:
        """Ids of the leaves below a category, or the leaf itself."""
        if node_id not in self._children:
            return [node_id]
        return [node.id for node in self.below(node_id) if node.id not in self._children]


def root_node() -> Node:
    """The root that the API has, for a tree that comes without one."""
    return Node(ROOT_ID, "Clothes and Shoes", "All Categories", "Clothes, Shoes, & Jewelry", None)


def read_tree(path: Path) -> Tree:
    """Read a file of the form of ``categories-2019.json``."""
    data = json.loads(Path(path).read_text("utf-8"))
    return Tree(node_from_file(node_id, row) for node_id, row in data["categories"].items())


def node_from_file(node_id: str, row: dict[str, Any]) -> Node:
    """Turn one entry of the file into a node."""
    return Node(
        id=node_id,
        name=row["name"],
        short_name=row["shortName"],
        full_name=row["fullName"],
        parent_id=row["parent"],
        has_sizes=row.get("hasSizeFilter", False),
        has_colors=row.get("hasColorFilter", True),
        has_heels=row.get("hasHeelHeightFilter", False),
        locales=tuple(row.get("locales", ["en-US"])),
    )


def tree_of(taxonomy: Taxonomy) -> tuple[Tree, dict[str, str]]:
    """Turn a corpus's tree into one with ids fit for URLs; also return corpus id → id."""
    ids: dict[str, str] = {}
    for category in taxonomy:
        slug = slug_of(category.id)
        used = set(ids.values())
        free = (slug if n == 1 else f"{slug}-{n}" for n in range(1, len(ids) + 2))
        ids[category.id] = next(candidate for candidate in free if candidate not in used)
    nodes = [
        Node(
            id=ids[category.id],
            name=category.name,
            short_name=category.name,
            full_name=category.full_name or " ".join(taxonomy.path(category.id)),
            parent_id=ids[category.parent_id] if category.parent_id is not None else None,
            has_heels="shoe" in category.id.lower(),
        )
        for category in taxonomy
    ]
    return Tree(nodes), ids


def slug_of(text: str) -> str:
    """Write a name or id as ShopStyle writes ids.

    >>> slug_of("Women > Shoes > Boots")
    'women-shoes-boots'
    """
    if re.fullmatch(r"[a-z0-9][a-z0-9._-]*", text):
        return text
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "unnamed"
