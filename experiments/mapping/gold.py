"""Pairs of categories that people reviewed, in halves by the parent of the left one."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from prodcat.taxonomy.paths import join_path
from prodcat.trees.matching.laid_out import LaidOutTree, lay_out
from prodcat.trees.tree_files import read_tree

TREES = {
    "shopify-2025": "shopify-2025-01.en.txt",
    "shopify-2022": "shopify-2022-02.full_names.yml",
    "google": "google-2019-07.en-US.txt",
    "google-de": "google-2019-07.de-DE.txt",
}
TO_GOOGLE = "shopify-2025-01_to_google-2021-09.csv"
VERSIONS = "shopify-2022-02_to_shopify-2025-01.csv"

Gold = list[tuple[int, frozenset[int]]]
"""Place in the left tree, and the places in the right tree any of which is right."""


@dataclass(frozen=True, eq=False)
class Task:
    """From one tree to another, with what is right of some categories."""

    name: str
    left: LaidOutTree
    right: LaidOutTree
    gold: Gold

    def half(self, which: int) -> Gold:
        """The pairs to fit on (0) or to report on (1); siblings are on one side."""
        return [pair for pair in self.gold if self._side(pair[0]) == which]

    def _side(self, place: int) -> int:
        parent = self.left.parents[place]
        name = self.left.ids[parent] if parent >= 0 else ""
        return int(sha256(name.encode()).hexdigest(), 16) % 2

    def differs(self, place: int, right: frozenset[int]) -> bool:
        """Whether the path is another one on the right."""
        return all(self.left.paths[place] != self.right.paths[each] for each in right)


def load_tasks(folder: Path) -> dict[str, Task]:
    """Read the trees and the pairs of `shared/taxonomies`.

    Of a Google category every Shopify category that is mapped to it is right. The German
    tree has the ids of the English one.
    """
    trees = {name: lay_out(read_tree(folder / file)) for name, file in TREES.items()}
    versions = _pairs(folder / VERSIONS, trees["shopify-2022"], trees["shopify-2025"])
    to_google = _pairs(folder / TO_GOOGLE, trees["shopify-2025"], trees["google"])
    tasks = [
        _task("shopify-2022", "shopify-2025", trees, versions),
        _task("shopify-2025", "google", trees, to_google),
    ]
    places = {category: place for place, category in enumerate(trees["google-de"].ids)}
    english = trees["google"].ids
    turned = [(places[english[b]], a) for a, b in to_google if english[b] in places]
    tasks.append(_task("google-de", "shopify-2025", trees, turned))
    return {task.name: task for task in tasks}


def _pairs(file: Path, left: LaidOutTree, right: LaidOutTree) -> list[tuple[int, int]]:
    ours, theirs = (
        {join_path(path): place for place, path in enumerate(tree.paths)} for tree in (left, right)
    )
    with file.open(encoding="utf-8", newline="") as stream:
        rows = [(row["from"], row["to"]) for row in csv.DictReader(stream)]
    return [(ours[a], theirs[b]) for a, b in rows if a in ours and b in theirs]


def _task(
    left: str, right: str, trees: dict[str, LaidOutTree], pairs: Sequence[tuple[int, int]]
) -> Task:
    gold: dict[int, set[int]] = {}
    for a, b in pairs:
        gold.setdefault(a, set()).add(b)
    return Task(
        f"{left} to {right}",
        trees[left],
        trees[right],
        [(place, frozenset(right)) for place, right in gold.items()],
    )
