"""Hierarchical clustering, and where its dendrogram is drawn."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, Float64Array, IntArray
from prodcat.errors import InputError, require

LINKAGES = ("average", "ward")
"""Average: of cosine distances, for categories. Ward: of Euclidean ones, for pictures."""


@dataclass(frozen=True)
class Join:
    """Two branches that become one."""

    left: int
    right: int
    """Leaves are 0 to N - 1; the first join is N, and so on."""
    height: float
    """The distance at which they join."""
    size: int
    """Leaves below."""


@dataclass(frozen=True)
class Dendrogram:
    """A binary tree of N leaves, and its order from top to bottom."""

    joins: tuple[Join, ...]
    """N - 1 of them, the lowest first."""
    order: tuple[int, ...]
    """Leaves from top to bottom."""
    places: Float64Array
    """Of each leaf and join from top to bottom, (2N - 1,): the first leaf of the order is 0, the
    next 1; a join is halfway between its branches."""

    @property
    def leaves(self) -> int:
        """Number of leaves."""
        return len(self.order)


def cluster(vectors: Float32Array, method: str = "average") -> tuple[Join, ...]:
    """Join vectors, two at a time, those that are nearest first.

    Args:
        vectors: (N, D).
        method: One of `LINKAGES`.

    Returns:
        N - 1 joins; none of a single vector.

    Raises:
        InputError: If the method is unknown.
        MissingDependencyError: If scipy is not installed.
    """
    if method not in LINKAGES:
        raise InputError(f"Linkages are {', '.join(LINKAGES)}, but found {method!r}.")
    if len(vectors) < 2:
        return ()
    hierarchy = require("scipy.cluster.hierarchy", extra="explore")
    distance = require("scipy.spatial.distance", extra="explore")
    points = np.asarray(vectors, dtype=np.float64)
    if method == "average":
        lengths = np.linalg.norm(points, axis=1, keepdims=True)
        points = points / np.where(lengths > 0, lengths, 1.0)
        # Not scipy's cosine, which is none of zeros: such a vector is as far from all others as
        # one that has nothing in common with them.
        pairs = distance.squareform(1 - points @ points.T, checks=False)
    else:
        pairs = distance.pdist(points)
    # Of equal vectors, rounding makes the distance a little less than none.
    table = hierarchy.linkage(np.maximum(pairs, 0.0), method)
    return tuple(Join(int(a), int(b), float(height), int(size)) for a, b, height, size in table)


def arrange(
    joins: Sequence[Join], leaves: int, wanted: Sequence[float] | None = None
) -> Dendrogram:
    """Tell where each leaf and join stands from top to bottom.

    Args:
        joins: Of `cluster`.
        leaves: Their number.
        wanted: Of each leaf, where it would stand best; of two branches, the one whose leaves
            are wanted further up on average goes first. None for the order of scipy.

    Raises:
        InputError: If there are not as many joins as the leaves take.
    """
    if len(joins) != max(leaves - 1, 0):
        raise InputError(f"{leaves} leaves take {leaves - 1} joins, but found {len(joins)}.")
    sums: list[tuple[float, int]] = [(float(at), 1) for at in wanted or [0.0] * leaves]
    for join in joins:
        (a, m), (b, n) = sums[join.left], sums[join.right]
        sums.append((a + b, m + n))
    order: list[int] = []
    stack = [leaves + len(joins) - 1] if leaves else []
    while stack:
        node = stack.pop()
        if node < leaves:
            order.append(node)
            continue
        first, second = joins[node - leaves].left, joins[node - leaves].right
        if wanted is not None and mean(sums[second]) < mean(sums[first]):
            first, second = second, first
        stack += [second, first]
    places = np.zeros(leaves + len(joins))
    places[order] = np.arange(leaves)
    for place, join in enumerate(joins, leaves):
        places[place] = (places[join.left] + places[join.right]) / 2
    return Dendrogram(tuple(joins), tuple(order), places)


def mean(summed: tuple[float, int]) -> float:
    """Return the mean of a sum and a count."""
    return summed[0] / summed[1]


def cut(joins: Sequence[Join], leaves: int, groups: int) -> IntArray:
    """Return the group of each leaf when the last joins are undone, numbered from the first leaf.

    >>> cut((Join(0, 2, 1.0, 2), Join(1, 3, 5.0, 3)), 3, 2).tolist()
    [0, 1, 0]
    """
    parents = list(range(leaves + len(joins)))
    for place, join in enumerate(joins[: max(0, leaves - groups)], leaves):
        parents[join.left] = parents[join.right] = place
    numbers: dict[int, int] = {}
    found = []
    for leaf in range(leaves):
        node = leaf
        while parents[node] != node:
            node = parents[node]
        found.append(numbers.setdefault(node, len(numbers)))
    return np.array(found, dtype=np.int64)
