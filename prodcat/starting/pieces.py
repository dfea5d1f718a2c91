"""Word pieces, and pairs of neighbours: what a graph can tell of a text without its encoder."""

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import require

PLACES = 1 << 20
"""Pairs are found by a hash of so many values; what is unknown is mistaken once in hundreds."""
FACTOR = 1_000_003
MOST = 6000
"""Pieces and pairs that are known, at most, beyond those of the categories themselves."""
LEAST_SEEN = 5
"""Products that a piece or pair has to be in, where no category has it."""
STEPS = 40
RIDGE = 1.0
COLUMNS = 512
"""Categories that are solved for at once."""


def pair_place(left: Any, right: Any) -> Any:
    """Return where a pair of word pieces has its row, as the graph finds it."""
    return (left * FACTOR + right) % PLACES


class Pieces:
    """Which word pieces and pairs have a row, and the rows that a text has.

    Args:
        of_categories: Token ids of phrases of the categories, with the marks around them.
        of_products: The same of products.
    """

    def __init__(
        self, of_categories: Iterable[Sequence[int]], of_products: Iterable[Sequence[int]] = ()
    ) -> None:
        self.singles: dict[int, int] = {}
        self.pairs: dict[int, int] = {}
        for ids in of_categories:
            for kind, key in _keys(ids):
                self._add(kind, key)
        counts = Counter(key for ids in of_products for key in set(_keys(ids)))
        # By count and then by key: no order of a set decides.
        for (kind, key), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
            if count < LEAST_SEEN or len(self) >= MOST:
                break
            self._add(kind, key)

    def _add(self, kind: int, key: int) -> None:
        rows = (self.singles, self.pairs)[kind]
        if key not in rows:
            rows[key] = len(self)

    def __len__(self) -> int:
        return len(self.singles) + len(self.pairs)

    def matrix(self, texts: Sequence[Sequence[int]]) -> Any:
        """Return what texts have, (N, rows), sparse, divided by the root of how many they have."""
        sparse = require("scipy.sparse", extra="train")
        places: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for place, ids in enumerate(texts):
            maps = (self.singles, self.pairs)
            found = [row for kind, key in _keys(ids) if (row := maps[kind].get(key)) is not None]
            places += [place] * len(found)
            columns += found
            values += [max(len(found), 1) ** -0.5] * len(found)
        shape = len(texts), max(len(self), 1)
        return sparse.csr_matrix((np.array(values, np.float32), (places, columns)), shape=shape)


def _keys(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pieces between the marks as (0, id), and all pairs as (1, place)."""
    singles = [(0, int(one)) for one in ids[1:-1]]
    return singles + [(1, int(pair_place(left, right))) for left, right in itertools.pairwise(ids)]


def regress(features: Any, wanted: Any) -> Float32Array:
    """Return weights, (rows, C), by which features, (N, rows), come to what is wanted, (N, C).

    Ridge regression by conjugate gradients, each column for itself; both are sparse.
    """
    features, across = features.tocsr(), features.T.tocsr()
    weights = np.zeros((features.shape[1], wanted.shape[1]), dtype=np.float32)
    for start in range(0, wanted.shape[1], COLUMNS):
        part = wanted[:, start : start + COLUMNS]
        weights[:, start : start + COLUMNS] = _solve(features, across, (across @ part).toarray())
    return weights


def _solve(features: Any, across: Any, rest: Float32Array) -> Float32Array:
    weights = np.zeros(rest.shape, dtype=np.float32)
    step, left = rest.copy(), (rest * rest).sum(axis=0)
    for _ in range(STEPS):
        image = across @ (features @ step) + RIDGE * step
        length = left / np.maximum((step * image).sum(axis=0), 1e-12)
        weights += length * step
        rest = rest - length * image
        before, left = left, (rest * rest).sum(axis=0)
        step = rest + (left / np.maximum(before, 1e-12)) * step
    return weights
