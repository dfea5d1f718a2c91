"""ShopStyle's category tree, which comes as a flat list."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from crawler.errors import SourceError
from crawler.sources.reading.loose_values import read_objects, read_word
from prodcat.taxonomy.tree import Category


@dataclass(frozen=True)
class CategoryNode:
    """A category, and all the names it is known by."""

    category: Category
    names: frozenset[str]


def parse_categories(answer: Mapping[str, Any]) -> list[CategoryNode]:
    """Read the flat list of categories.

    Raises:
        SourceError: If there is none.
    """
    entries = answer.get("categories")
    if not isinstance(entries, list):
        raise SourceError("ShopStyle did not answer with categories.", reason="no-categories")
    nodes: dict[str, CategoryNode] = {}
    for entry in read_objects(entries):
        category_id = read_word(entry.get("id"))
        if not category_id:
            continue
        name = read_word(entry.get("name")) or category_id
        parent = read_word(entry.get("parentId")) or None
        full_name = read_word(entry.get("fullName"))
        names = {category_id, read_word(entry.get("numId")), read_word(entry.get("localizedId"))}
        nodes[category_id] = CategoryNode(
            Category(category_id, name, parent, full_name), frozenset(names - {""})
        )
    return list(nodes.values())


def leaves_below(nodes: Iterable[CategoryNode], start: str) -> list[str]:
    """Return the ids of the leaves at or below a category; of all when it is empty.

    >>> tree = [Category("a", "A"), Category("b", "B", "a"), Category("c", "C", "a")]
    >>> nodes = [CategoryNode(category, frozenset({category.id})) for category in tree]
    >>> leaves_below(nodes, "a"), leaves_below(nodes, "c"), leaves_below(nodes, "x")
    (['b', 'c'], ['c'], ['x'])
    """
    nodes = list(nodes)
    parents = {node.category.id: node.category.parent_id for node in nodes}
    internal = set(parents.values())
    starts = {node.category.id for node in nodes if start in node.names}
    # The API took it for a category, even though its tree does not show it.
    if start and not starts:
        return [start]
    leaves = []
    for leaf in (category_id for category_id in parents if category_id not in internal):
        # A tree from outside may have rings, which are gone around once.
        above, passed = leaf, set[str]()
        while start and above and above not in starts and above not in passed:
            passed.add(above)
            above = parents.get(above) or ""
        if not start or above in starts:
            leaves.append(leaf)
    return leaves
