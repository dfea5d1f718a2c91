"""From calibrated probabilities to one path of the tree, or to no answer.

A category is as probable as all the leaves below it together. The answer goes down
the most probable branch while that is probable enough, so it may end at an ancestor
where the leaf is not sure enough.

Probabilities are compared, and given, in whole billionths. Sums of floats differ in
their last bits by the order of adding; without rounding 0.1 + 0.2 would reach a
threshold of 0.3 in one order and miss it in another, and a product could be answered
differently alone than in a batch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import (
    Float64Array,
    IntArray,
    blocks,
    check_labels,
    check_probs,
    check_thresholds,
)
from prodcat.errors import InputError
from prodcat.taxonomy.paths import CategoryPath

FINE = 2.0**48
"""Leaf probabilities are whole numbers of 1 / FINE, whose float sums are exact in any order."""
BILLION = 1_000_000_000


@dataclass(frozen=True)
class Decision:
    """The answer for one product."""

    path: CategoryPath
    """Names from the root to the answer; empty when abstained."""
    probability: float
    """Of the answer, the threshold at least; of the best leaf when abstained."""
    abstained: bool
    top: tuple[tuple[int, float], ...]
    """Index and probability of the best leaves, most probable first."""
    between: tuple[tuple[CategoryPath, float], ...] = ()
    """The two best categories a level below the answer, where it is no leaf."""


@dataclass(frozen=True, eq=False)
class Walks:
    """The way of each product down its most probable branch, whatever the threshold.

    To walk takes far longer than to ask how far down a threshold lets an answer go, so several
    thresholds are asked for on the same walks.
    """

    nodes: IntArray
    """Index in `Decoder.node_paths` of each node on the way, (N, depth), -1 after the end."""
    masses: IntArray
    """Its probability in billionths, likewise; it falls on the way down."""
    all_masses: Float64Array | None = None
    """That of every node, (N, nodes + 1), where the products were few enough for one block."""

    def depths(self, thresholds: ArrayLike) -> IntArray:
        """How many nodes of its way each product is answered with, (N,); 0 to abstain."""
        return _depths(self.masses, check_thresholds(thresholds, rows=len(self.masses)))


def walk_down(
    probs: Sequence[float], leaf_paths: Sequence[CategoryPath], *, threshold: float
) -> tuple[CategoryPath, float] | None:
    """Follow the most probable branch down the tree while it is probable enough.

    A category is as probable as all the leaves below it together, so the answer
    is always one path of the tree: never boots without shoes.

    A path may be the beginning of others, when a category has products of its own
    besides those of its children. The walk ends there when those are at least as
    probable as each child. Of children alike, the first in *leaf_paths* is taken.

    Args:
        probs: Calibrated probability of each leaf, (C,), summing to 1.
        leaf_paths: Path of each leaf, (C,).
        threshold: Least probability to answer with, 0 to 1, compared in billionths;
            infinite to abstain.

    Returns:
        The category's path and its probability, or None to abstain.

    Raises:
        InputError: If the paths are no tree, or the probabilities none.

    >>> leaves = [("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)]
    >>> walk_down([0.5, 0.375, 0.125], leaves, threshold=0.4)
    (('Shoes', 'Boots'), 0.5)
    >>> walk_down([0.5, 0.375, 0.125], leaves, threshold=0.8)
    (('Shoes',), 0.875)
    >>> walk_down([0.5, 0.375, 0.125], leaves, threshold=0.9)
    """
    _check_paths(leaf_paths)
    least = float(np.rint(check_thresholds(threshold, rows=1) * BILLION)[0])
    fine = [round(p * FINE) for p in check_probs([probs], classes=len(leaf_paths))[0].tolist()]
    path: CategoryPath = ()
    answer = None
    while True:
        depth = len(path)
        masses: dict[CategoryPath, int] = {}
        for leaf, mass in zip(leaf_paths, fine, strict=True):
            if leaf[:depth] == path:
                branch = leaf[: depth + 1]
                masses[branch] = masses.get(branch, 0) + mass
        billionths = {
            branch: min(round(mass / FINE * BILLION), BILLION) for branch, mass in masses.items()
        }
        best = max(billionths, key=lambda branch: (billionths[branch], branch == path))
        if best == path or billionths[best] < least:
            return answer
        path = best
        answer = path, max(billionths[path] / BILLION, float(threshold))


class Decoder:
    """Answers many products at once, each as `walk_down` would.

    >>> decoder = Decoder([("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)], top=1)
    >>> for decision in decoder.decode([[0.5, 0.375, 0.125]] * 3, [0.4, 0.8, 0.9]):
    ...     print(decision.path, decision.probability, decision.top)
    ('Shoes', 'Boots') 0.5 ((0, 0.5),)
    ('Shoes',) 0.875 ((0, 0.5),)
    () 0.5 ((0, 0.5),)
    """

    def __init__(self, leaf_paths: Sequence[CategoryPath], *, top: int = 5) -> None:
        _check_paths(leaf_paths)
        if top < 1:
            raise InputError(f"A decision holds at least its best leaf, but top is {top}.")
        self.leaf_paths = tuple(leaf_paths)
        self.top = min(top, len(self.leaf_paths))
        nodes: dict[CategoryPath, int] = {}
        """Every category, numbered as the leaves first name them."""
        chains = [
            tuple(nodes.setdefault(path[: i + 1], len(nodes)) for i in range(len(path)))
            for path in self.leaf_paths
        ]
        self.node_paths = tuple(nodes)
        self._nodes = nodes
        self._depth = max(map(len, chains))
        self._lay_columns(chains)
        # Equal to no node, nor to the -1 after the end of a walk. A label of -1 picks the last
        # row, which stands for a category that the model does not have.
        self._gold = np.full((len(chains) + 1, self._depth), -2)
        for row, chain in zip(self._gold, chains, strict=False):
            row[: len(chain)] = chain

    def _lay_columns(self, chains: Sequence[tuple[int, ...]]) -> None:
        """Order the leaves so that each node's lie side by side, and list its branches.

        A column of masses is a node, or what a node with children has of its own, or
        the last: a filler less probable than any.
        """
        self._order = np.array(sorted(range(len(chains)), key=chains.__getitem__))
        spans: dict[int, tuple[int, int]] = {}
        branches: list[list[int]] = [[] for _ in range(len(self.node_paths) + 1)]
        for place, leaf in enumerate(self._order.tolist()):
            above = len(self.node_paths)  # the root of all
            for node in chains[leaf]:
                if node not in spans:
                    branches[above].append(node)
                spans[node] = spans.get(node, (place, 0))[0], place + 1
                above = node
        columns = [spans[node] for node in range(len(self.node_paths))]
        places = np.argsort(self._order).tolist()
        for leaf, chain in enumerate(chains):
            if branches[chain[-1]]:
                # Of equals the first is taken: a category's own products before those of a child.
                branches[chain[-1]].insert(0, len(columns))
                columns.append((places[leaf], places[leaf] + 1))
        self._starts, self._ends = np.array(columns).T
        self._branches = np.full((len(branches), max(map(len, branches))), len(columns))
        for row, below in zip(self._branches, branches, strict=True):
            row[: len(below)] = below

    def decode(self, probs: ArrayLike, thresholds: ArrayLike) -> list[Decision]:
        """Answer a batch of products.

        Args:
            probs: Calibrated probability of each leaf, (N, C), each row summing to 1.
            thresholds: Least probability to answer with, one for all or (N,), 0 to 1,
                compared in billionths; infinite to abstain.

        Raises:
            InputError: If a probability or a threshold cannot be one, or shapes differ.
        """
        checked = check_probs(probs, classes=len(self.leaf_paths))
        least = check_thresholds(thresholds, rows=len(checked))
        walks = self._walk(checked)
        depths = _depths(walks.masses, least)
        leaves, best = self._best(checked)
        decisions = []
        for row, depth in enumerate(depths.tolist()):
            top = tuple(zip(leaves[row].tolist(), best[row].tolist(), strict=True))
            if depth:
                path = self.node_paths[walks.nodes[row, depth - 1]]
                # In whole billionths a probability reaches a threshold of more digits from below.
                probability = float(max(walks.masses[row, depth - 1] / BILLION, least[row]))
            else:
                path, probability = (), top[0][1]
            ends = depth == self._depth or walks.nodes[row, depth] < 0
            between = () if ends else self._between(walks, checked, row, depth)
            decisions.append(Decision(path, probability, depth == 0, top, between))
        return decisions

    def _between(
        self, walks: Walks, probs: Float64Array, row: int, depth: int
    ) -> tuple[tuple[CategoryPath, float], ...]:
        kept, way = walks.all_masses, walks.nodes[row]
        columns = self._column_masses(probs[row, None])[0] if kept is None else kept[row]
        branches = self._branches[way[depth - 1] if depth else len(self.node_paths)]
        # What a category has of its own has no name below it.
        nodes = [node for node in branches.tolist() if node < len(self.node_paths)]
        best = sorted(nodes, key=lambda node: -columns[node])[:2]
        return tuple((self.node_paths[node], float(columns[node] / BILLION)) for node in best)

    def walk(self, probs: ArrayLike) -> Walks:
        """Follow the most probable branch of each product as far down as it goes."""
        return self._walk(check_probs(probs, classes=len(self.leaf_paths)))

    def _walk(self, probs: Float64Array) -> Walks:
        nodes = np.full((len(probs), self._depth), -1, dtype=np.int64)
        masses = nodes.copy()
        kept = None
        for part in blocks(len(probs), len(self._starts) + self._branches.shape[1]):
            columns = self._column_masses(probs[part])
            kept = columns if len(columns) == len(probs) else None
            rows = np.arange(len(columns))
            now = np.full(len(columns), len(self.node_paths))
            for level in range(self._depth):
                branches = self._branches[now[rows]]
                best = branches[
                    np.arange(len(rows)), columns[rows[:, None], branches].argmax(axis=1)
                ]
                down = best < len(self.node_paths)
                rows, best = rows[down], best[down]
                now[rows] = best
                nodes[part][rows, level] = best
                masses[part][rows, level] = columns[rows, best]
        return Walks(nodes, masses, kept)

    def gold(self, labels: ArrayLike, *, rows: int) -> IntArray:
        """Index of each node above and at the true leaf, (N, depth); -2 where there is none."""
        return self._gold[check_labels(labels, rows=rows, classes=len(self.leaf_paths))]

    def gold_of(self, paths: Sequence[CategoryPath]) -> IntArray:
        """The same for true categories by their paths, of which the tree may have a part only."""
        gold = np.full((len(paths), self._depth), -2)
        for row, path in zip(gold, paths, strict=True):
            for level in range(min(len(path), self._depth)):
                row[level] = self._nodes.get(path[: level + 1], -2)
        return gold

    def _column_masses(self, probs: Float64Array) -> Float64Array:
        fine = np.rint(probs[:, self._order] * FINE)
        # A node's leaves lie side by side, so its mass is a difference of two sums, exact as they
        # are whole numbers below 2 ** 53.
        below = np.zeros((len(fine), fine.shape[1] + 1))
        np.cumsum(fine, axis=1, out=below[:, 1:])
        masses = np.full((len(fine), len(self._starts) + 1), -1.0)
        masses[:, :-1] = _billionths(below[:, self._ends] - below[:, self._starts])
        return masses

    def _best(self, probs: Float64Array) -> tuple[IntArray, Float64Array]:
        """Index and probability of the best leaves, (N, top); of equals the first."""
        # The very best is told as the walk tells it; of the rest, dust may decide.
        first = _billionths(np.rint(probs * FINE)).argmax(axis=1)
        falling = -probs
        falling[np.arange(len(probs)), first] = -np.inf
        leaves = falling.argsort(axis=1, kind="stable")[:, : self.top]
        best = np.take_along_axis(probs, leaves, axis=1)
        return leaves, _billionths(np.rint(best * FINE)) / BILLION


def _depths(masses: IntArray, thresholds: Float64Array) -> IntArray:
    return (masses >= np.rint(thresholds * BILLION)[:, None]).sum(axis=1)


def _billionths(masses: Float64Array) -> Float64Array:
    return np.minimum(np.rint(masses / FINE * BILLION), BILLION)


def _check_paths(leaf_paths: Sequence[CategoryPath]) -> None:
    if not leaf_paths:
        raise InputError("A tree needs at least one leaf path.")
    for path in leaf_paths:
        if not isinstance(path, tuple) or not path:
            raise InputError(f"A path is a tuple of one or more names, found {path!r}.")
    if len(set(leaf_paths)) < len(leaf_paths):
        twice = next(path for path in leaf_paths if list(leaf_paths).count(path) > 1)
        raise InputError(f"The path {twice!r} appears twice; each leaf has its own.")
