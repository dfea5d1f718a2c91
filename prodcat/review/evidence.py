"""What speaks for one category rather than another, in words for people."""

import re
from collections.abc import Sequence

import numpy as np

from prodcat.arrays import Float64Array, IntArray
from prodcat.errors import require
from prodcat.wording import percent

WORDS = r"\w+"
TIMES = 5.0
"""How much more frequent a word has to be in one category, to be named."""
LEAST_SHARE = 0.02
"""Of the suggestion's names that have the word."""
NAMED = 2


class WordShares:
    """Which share of each category's names has a word.

    Args:
        names: Of products, (N,).
        labels: Index of the category, -1 for none, (N,).
        classes: How many categories there are.
    """

    def __init__(self, names: Sequence[str], labels: IntArray, *, classes: int) -> None:
        counting = require("sklearn.feature_extraction.text", extra="train")
        sparse = require("scipy.sparse", extra="train")
        self._columns: dict[str, int] = {}
        labelled = np.flatnonzero(labels >= 0)
        self._sizes = np.bincount(labels[labelled], minlength=classes)
        vectorizer = counting.CountVectorizer(binary=True, min_df=2, token_pattern=WORDS)
        try:
            words = vectorizer.fit_transform([names[int(row)] for row in labelled])
        except ValueError:  # no word is in two names
            return
        self._columns = vectorizer.vocabulary_
        of_category = sparse.csr_matrix(
            (np.ones(len(labelled)), (labels[labelled], np.arange(len(labelled)))),
            shape=(classes, len(labelled)),
        )
        self._counts = (of_category @ words).tocsc()

    def knows(self, name: str) -> int:
        """Count the words of a name that other names have, too."""
        return sum(word in self._columns for word in set(re.findall(WORDS, name.lower())))

    def shares(self, word: str) -> Float64Array:
        """Return the share of each category's names that has a known word, (C,)."""
        column = self._counts[:, [self._columns[word]]].toarray()[:, 0]
        return np.asarray(column / np.maximum(self._sizes, 1))

    def between(self, name: str, label: int, other: int) -> list[tuple[str, float, float]]:
        """Return the words of a name that speak most for one category rather than another.

        Returns:
            Each with its share among the names of *other* and of *label*.
        """
        found: list[tuple[float, str, float, float]] = []
        for word in dict.fromkeys(re.findall(WORDS, name.lower())):
            if word in self._columns:
                shares = self.shares(word)
                here, there = float(shares[label]), float(shares[other])
                if there >= LEAST_SHARE and there > TIMES * here:
                    found.append((there - here, word, there, here))
        return [each[1:] for each in sorted(found, reverse=True)[:NAMED]]


def words_say(words: Sequence[tuple[str, float, float]], label: str, other: str) -> str:
    """Say what `WordShares.between` found.

    >>> words_say([("boots", 0.62, 0.0)], "Sandals", "Boots")
    'boots is in 62 % of the names of Boots, and in 0 % of those of Sandals'
    """
    said = [
        f"{word} is in {percent(there, digits=0)} of the names of {other},"
        f" and in {percent(here, digits=0)} of those of {label}"
        for word, there, here in words
    ]
    return "; ".join(said)
