"""Ties between products to groups, none of which grows without end."""

from collections.abc import Iterable

Edge = tuple[int, int]
"""Places of two products."""


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
