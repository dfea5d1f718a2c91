"""The products of the simulation as vectors of frozen encoders, with labels to be told."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array, IntArray
from prodcat.errors import InputError, require

LEVELS = ("gender", "master_category", "sub_category", "article_type")
COMPONENTS = 256
"""Of the names' words and pairs of words, by truncated singular values."""
DESCRIPTION_LENGTH = 0.5
"""Of a description's vector beside a name's of length 1: names say more."""


@dataclass(frozen=True, eq=False)
class Pool:
    """Products to ask about, and others to measure on."""

    vectors: Float32Array
    """What a head learns from, (N, D)."""
    labels: IntArray
    """Leaf of each, (N,)."""
    groups: NDArray[np.str_]
    """Group of near-duplicates of each, (N,)."""
    sides: dict[str, IntArray]
    """train, val and test → places of their products."""

    @property
    def categories(self) -> int:
        """Leaves, C."""
        return int(self.labels.max()) + 1


def read_pool(table: Path, name: Path, description: Path) -> Pool:
    """Read the products.

    Words are weighed and reduced over all products, which needs no label.

    Args:
        table: ``fashion.parquet``.
        name: Vectors of the names as a ``.npy``, (N, D), in the order of the table.
        description: The same of the descriptions.

    Raises:
        InputError: If the vectors are not as many as the products.
    """
    text = require("sklearn.feature_extraction.text", extra="analyze")
    decomposition = require("sklearn.decomposition", extra="analyze")
    columns = ["name", "group", "split", *LEVELS]
    rows = require("pyarrow.parquet", extra="bulk").read_table(table, columns=columns).to_pydict()
    n = len(rows["name"])
    vectors = [np.load(file, allow_pickle=False) for file in (name, description)]
    if any(len(some) != n for some in vectors):
        raise InputError(f"{table} has {n:,} products, and the files of vectors have others.")
    words = text.TfidfVectorizer(
        ngram_range=(1, 2), min_df=3, sublinear_tf=True, dtype=np.float32, token_pattern=r"\w+"
    ).fit_transform([value or "" for value in rows["name"]])
    reduced = decomposition.TruncatedSVD(COMPONENTS, random_state=0, n_iter=3).fit_transform(words)
    reduced /= np.sqrt((reduced**2).sum(axis=1).mean())
    lengths = (1.0, DESCRIPTION_LENGTH)
    parts = [length * _unit(some) for length, some in zip(lengths, vectors, strict=True)]
    leaves = [" > ".join(path) for path in zip(*(rows[level] for level in LEVELS), strict=True)]
    split = np.array(rows["split"])
    return Pool(
        np.concatenate([*parts, reduced], axis=1).astype(np.float32),
        np.unique(leaves, return_inverse=True)[1].astype(np.int64),
        np.array([str(group) for group in rows["group"]]),
        {side: np.flatnonzero(split == side) for side in ("train", "val", "test")},
    )


def _unit(vectors: Float32Array) -> Float32Array:
    centred = vectors - vectors.mean(axis=0)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    unit: Float32Array = centred / np.maximum(length, 1e-9)
    return unit
