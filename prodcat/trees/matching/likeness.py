"""How alike the names of two trees' categories are, seen in several ways."""

from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.trees.matching.laid_out import LaidOutTree
from prodcat.trees.matching.ngrams import Index, Rows, Vocabulary, fold, pieces, words

WAYS = (
    *("name_pieces", "path_pieces", "name_words", "path_words"),
    *("name_in_path", "path_has_name", "name_meaning", "path_meaning"),
)
"""Each is a number from 0 to 1 for each pair; the last two are 0 without an encoder."""
NAME_PIECES, PATH_PIECES, NAME_MEANING, PATH_MEANING = (
    WAYS.index(way) for way in ("name_pieces", "path_pieces", "name_meaning", "path_meaning")
)

AT_ONCE = 64


@dataclass(frozen=True)
class Meanings:
    """Embeddings of names and of paths, of length 1."""

    names: Float32Array
    """(N, D)"""
    paths: Float32Array
    """(N, D)"""


class Likeness:
    """Compares the categories of a left tree with all M of a right one.

    Args:
        left: The left tree.
        right: The right tree.
        meanings: Embeddings of both trees' categories; None without an encoder.
    """

    def __init__(
        self,
        left: LaidOutTree,
        right: LaidOutTree,
        meanings: tuple[Meanings, Meanings] | None = None,
    ) -> None:
        self.left, self.right, self.meanings = left, right, meanings
        left_paths, right_paths = _joined(left), _joined(right)
        names = [*left.names, *right.names]
        self._block_start = -1
        self._block = np.zeros((2, 0, 0), dtype=np.float32)
        self._ways: list[tuple[Rows, Index]] = []
        for cut in (pieces, words):
            for ours, theirs in ((left.names, right.names), (left_paths, right_paths)):
                vocabulary = Vocabulary(cut, [*ours, *theirs])
                index = Index(vocabulary.rows(theirs), len(vocabulary))
                self._ways.append((vocabulary.rows(ours), index))
        vocabulary = Vocabulary(words, names)
        shares = vocabulary.rows(left.names, unit=False)
        self._ways.append((shares, Index(_ones(vocabulary.rows(right_paths)), len(vocabulary))))
        shares = vocabulary.rows(right.names, unit=False)
        self._ways.append((_ones(vocabulary.rows(left_paths)), Index(shares, len(vocabulary))))
        places: dict[str, list[int]] = {}
        for place, name in enumerate(right.names):
            places.setdefault(" ".join(words(name)) or fold(name), []).append(place)
        self._same_name = places
        paths: dict[str, list[int]] = {}
        for place, path in enumerate(right_paths):
            paths.setdefault(fold(path), []).append(place)
        self._same_path = paths
        self._left_paths = [fold(path) for path in left_paths]

    def scores(self, place: int) -> Float32Array:
        """Compare one category of the left tree with all of the right, (`WAYS`, M)."""
        found = np.zeros((len(WAYS), len(self.right)), dtype=np.float32)
        for way, (rows, index) in enumerate(self._ways):
            found[way] = index.scores(*rows.row(place))
        if self.meanings is not None:
            found[NAME_MEANING:] = self._meant(place)
        return found

    def _meant(self, place: int) -> Float32Array:
        """Compare by meaning, (2, M); many rows at once, which takes a tenth of the time."""
        assert self.meanings is not None
        start = place - place % AT_ONCE
        if start != self._block_start:
            ours, theirs = self.meanings
            rows = slice(start, start + AT_ONCE)
            names, paths = ours.names[rows] @ theirs.names.T, ours.paths[rows] @ theirs.paths.T
            self._block_start, self._block = start, np.stack([names, paths])
        return self._block[:, place - start]

    def same_name(self, place: int) -> list[int]:
        """Places of the right categories with the name of a left one."""
        name = self.left.paths[place][-1]
        return self._same_name.get(" ".join(words(name)) or fold(name), [])

    def same_path(self, place: int) -> list[int]:
        """Places of the right categories with the path of a left one."""
        return self._same_path.get(self._left_paths[place], [])


def _joined(tree: LaidOutTree) -> list[str]:
    return [" > ".join(path) for path in tree.paths]


def _ones(rows: Rows) -> Rows:
    return Rows(rows.starts, rows.terms, np.ones_like(rows.weights))


def best_of(scores: Float32Array, count: int) -> list[int]:
    """Return the places of the best in each of several rows of scores, zeros left out."""
    places: dict[int, None] = {}
    for row in scores:
        some = min(count, len(row))
        for place in np.argpartition(-row, some - 1)[:some].tolist():
            if row[place] > 0:
                places[place] = None
    return list(places)
