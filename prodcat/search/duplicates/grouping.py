"""Ties between products to groups, none of which grows without end."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Edge = tuple[int, int]


@dataclass(frozen=True)
class CutKey:
    """What more products share than a group may have, so that it says nothing of any."""

    kind: str
    example: int
    """Place of a product that has it."""
    products: int


class Groups:
    """Products by their group; each starts alone.

    Args:
        products: How many there are.
        most: Products that a group may have.
    """

    def __init__(self, products: int, most: int) -> None:
        self.most = most
        self.chained = 0
        """Ties left out because their groups would have become too large."""
        self._parent, self._sizes = list(range(products)), [1] * products

    def root(self, place: int) -> int:
        """Return the first product of a product's group."""
        parent = self._parent
        # Path halving (van Leeuwen and van der Weide 1977).
        while parent[place] != place:
            parent[place] = parent[parent[place]]
            place = parent[place]
        return place

    def join(self, edges: Iterable[Edge], *, most: int | None = None) -> None:
        """Put the groups of these pairs together, the surest ties first.

        Args:
            edges: Pairs of places.
            most: Products that a group may have that these make; None for `most` of all.
        """
        most = self.most if most is None else min(most, self.most)
        for one, other in edges:
            a, b = self.root(one), self.root(other)
            if a == b:
                continue
            if self._sizes[a] + self._sizes[b] > most:
                self.chained += self._sizes[a] + self._sizes[b] > self.most
                continue
            first, second = min(a, b), max(a, b)
            self._parent[second] = first
            self._sizes[first] += self._sizes[second]

    def members(self) -> list[list[int]]:
        """Return the places of each group of two or more, in order."""
        by_root: dict[int, list[int]] = {}
        for place in range(len(self._parent)):
            root = self.root(place)
            if self._sizes[root] > 1:
                by_root.setdefault(root, []).append(place)
        return list(by_root.values())


def shared_keys(
    kind: str, keys: NDArray[np.int64], *, most: int, spread: NDArray[np.int64] | None = None
) -> tuple[list[Edge], list[CutKey]]:
    """Tie each product to the next one of the same key.

    Args:
        kind: What is shared, for `CutKey`.
        keys: Of each product, (N,); 0 ties nothing.
        most: Products that may share a key.
        spread: Makers of the products, (N,); a key of more than `MOST_MAKERS` of them, such as
            the picture that stands for a missing one, ties nothing. None for not asked.
    """
    places = np.flatnonzero(keys)
    order = places[np.argsort(keys[places], kind="stable")]
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    edges: list[Edge] = []
    cut: list[CutKey] = []
    for run in np.split(order, ends):
        if len(run) < 2:
            continue
        makers = 0 if spread is None else len(np.unique(spread[run]))
        if len(run) > most or makers > MOST_MAKERS:
            cut.append(CutKey(kind, int(run[0]), len(run)))
            continue
        edges += zip(run[:-1].tolist(), run[1:].tolist(), strict=True)
    return edges, cut


MOST_MAKERS = 5
"""Of one picture or text; what more makers share is a placeholder."""


def sharing(members: Sequence[int], keys: NDArray[np.int64]) -> set[int]:
    """Return those of a group that share a key with another one of it."""
    seen: dict[int, list[int]] = {}
    for place in members:
        if keys[place]:
            seen.setdefault(int(keys[place]), []).append(place)
    return {place for places in seen.values() if len(places) > 1 for place in places}
