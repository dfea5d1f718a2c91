"""How alike short texts are by the pieces of their words and by whole words, with numpy alone."""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from prodcat.arrays import Float32Array, IntArray

WORD = re.compile(r"[^\W_]+")
GRAMS = (3, 4)
"""Letters of the pieces that words are cut into, with a space before and behind a word."""
SMALL = frozenset(
    {"and", "or", "for", "of", "the", "with", "in", "to", "a", "an", "und", "oder", "mit"}
    | {"et", "ou", "de", "la", "y", "o", "para"}
)
"""Words that say nothing of a category."""


def fold(text: str) -> str:
    """Return a text without case and accents.

    >>> fold("Möbel & Bäder")
    'mobel & bader'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


@lru_cache(maxsize=200_000)
def words(text: str) -> tuple[str, ...]:
    """Cut a text into its words; of a plural the s goes.

    >>> words("Women's Dresses & Skirts")
    ('women', 'dresse', 'skirt')
    """
    found = WORD.findall(fold(text).replace("'s", "").replace("’s", ""))
    return tuple(_singular(word) for word in found if word not in SMALL)


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=200_000)
def pieces(text: str) -> tuple[str, ...]:
    """Cut the words of a text into pieces.

    >>> pieces("Hat")
    (' ha', 'hat', 'at ', ' hat', 'hat ')
    """
    found = []
    for word in words(text):
        padded = f" {word} "
        for size in GRAMS:
            found += [padded[at : at + size] for at in range(max(1, len(padded) - size + 1))]
    return tuple(found)


@dataclass(frozen=True)
class Rows:
    """Texts as sparse vectors: of each row which terms it has, and their weights."""

    starts: IntArray
    """(N + 1,)"""
    terms: IntArray
    weights: Float32Array

    def row(self, place: int) -> tuple[IntArray, Float32Array]:
        """Terms and weights of one text."""
        part = slice(self.starts[place], self.starts[place + 1])
        return self.terms[part], self.weights[part]


class Vocabulary:
    """The terms of the texts of two trees, and how rare they are.

    Args:
        cut: Cuts a text into terms.
        texts: All that the rarity is counted in.
    """

    def __init__(self, cut: Callable[[str], Sequence[str]], texts: Sequence[str]) -> None:
        self.cut = cut
        counts: Counter[str] = Counter()
        for text in texts:
            counts.update(set(cut(text)))
        self._places = {term: place for place, term in enumerate(counts)}
        rarity = np.log((1 + len(texts)) / (1 + np.array(list(counts.values()), dtype=float))) + 1
        self.rarity: Float32Array = rarity.astype(np.float32)

    def __len__(self) -> int:
        return len(self._places)

    def rows(self, texts: Iterable[str], *, unit: bool = True) -> Rows:
        """Return TF-IDF vectors; terms of no tree are left out.

        Args:
            texts: (N,)
            unit: Of length 1; else the weights are the squares of the rarities, each term once,
                and sum to 1, so that what two texts share is a share.
        """
        starts, terms, weights = [0], [np.zeros(0, np.int64)], [np.zeros(0, np.float32)]
        for text in texts:
            counts = Counter(self._places[term] for term in self.cut(text) if term in self._places)
            places = np.fromiter(counts, np.int64, len(counts))
            rarity = self.rarity[places]
            if unit:
                times = np.fromiter(counts.values(), np.float32, len(counts))
                weight = rarity * (1 + np.log(times))
                weight /= max(1e-9, float(np.sqrt((weight**2).sum())))
            else:
                weight = rarity**2 / max(1e-9, float((rarity**2).sum()))
            starts.append(starts[-1] + len(counts))
            terms.append(places)
            weights.append(weight.astype(np.float32))
        return Rows(np.array(starts), np.concatenate(terms), np.concatenate(weights))


class Index:
    """Finds how much of a text is in each of N others.

    Args:
        rows: Of the others.
        terms: How many terms there are.
    """

    def __init__(self, rows: Rows, terms: int) -> None:
        self.count = len(rows.starts) - 1
        order = np.argsort(rows.terms, kind="stable")
        owners = np.repeat(np.arange(self.count), np.diff(rows.starts))
        self._owners, self._weights = owners[order], rows.weights[order]
        self._starts = np.searchsorted(rows.terms[order], np.arange(terms + 1))

    def scores(self, terms: IntArray, weights: Float32Array) -> Float32Array:
        """Return the products of one sparse vector with all others, (N,)."""
        starts, ends = self._starts[terms], self._starts[terms + 1]
        lengths = ends - starts
        total = int(lengths.sum())
        if not total:
            return np.zeros(self.count, dtype=np.float32)
        # All postings of all terms in one array, without a loop over terms.
        shifts = np.repeat(starts - np.concatenate([[0], lengths.cumsum()[:-1]]), lengths)
        places = np.arange(total) + shifts
        products = self._weights[places] * np.repeat(weights, lengths)
        found = np.bincount(self._owners[places], weights=products, minlength=self.count)
        return found.astype(np.float32)
