"""How much the words and letters of products' names have in common with those of categories."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from prodcat.errors import require
from prodcat.starting.phrases import LITTLE, words_of
from prodcat.taxonomy.paths import CategoryPath

ABOVE = 0.15
"""Weight of the words of a category's ancestors; its own have 1."""
WEIGHT = 0.2
"""Of each overlap, beside the cosine of embeddings."""


class Overlap:
    """Scores names against categories by the words and the letters that they share.

    Words weigh the more the fewer categories have them (inverse document frequency), so that what
    sets siblings apart counts and what they share does not; letters, in runs of 3 to 5 within
    words, find compounds and other endings.

    Args:
        paths: Of the categories, (C,).
    """

    def __init__(self, paths: Sequence[CategoryPath]) -> None:
        text: Any = require("sklearn.feature_extraction.text", extra="train")
        sparse: Any = require("scipy.sparse", extra="train")
        self._sparse = sparse
        weights = [_weights(path) for path in paths]
        counts = Counter(word for row in weights for word in row)
        self._columns = {word: column for column, word in enumerate(counts)}
        self._rarity = {word: np.log(1 + len(paths) / (1 + n)) for word, n in counts.items()}
        self._words = self._matrix(weights)
        self._letters = text.TfidfVectorizer(
            analyzer="char_wb",
            ngram_range=(3, 5),
            sublinear_tf=True,
            preprocessor=lambda name: " ".join(words_of(name)),
        )
        leaves = [path[-1] for path in paths]
        try:
            self._of_letters = self._letters.fit_transform(leaves)
        except ValueError:  # no category has a letter
            self._letters = None

    def scores(self, names: Sequence[str]) -> Any:
        """Return how much each name shares with each category, (N, C), sparse by columns."""
        rows = [{w: 1.0 for w in words_of(name) if w in self._columns} for name in names]
        total = self._matrix(rows) @ self._words.T
        if self._letters is not None:
            total = total + self._letters.transform(names) @ self._of_letters.T
        return (WEIGHT * total).tocsc().astype(np.float32)

    def _matrix(self, rows: Sequence[dict[str, float]]) -> Any:
        """Return rows of unit length, as a sparse matrix."""
        places: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for place, row in enumerate(rows):
            weighted = {word: weight * self._rarity[word] for word, weight in row.items()}
            length = sum(value * value for value in weighted.values()) ** 0.5 or 1.0
            for word, value in weighted.items():
                places.append(place)
                columns.append(self._columns[word])
                values.append(value / length)
        shape = len(rows), max(len(self._columns), 1)
        return self._sparse.csr_matrix((values, (places, columns)), shape=shape)


def _weights(path: CategoryPath) -> dict[str, float]:
    weights: dict[str, float] = {}
    for depth, name in enumerate(path, start=1):
        for word in words_of(name):
            if word not in LITTLE:
                weight = 1.0 if depth == len(path) else ABOVE
                weights[word] = max(weights.get(word, 0.0), weight)
    return weights
