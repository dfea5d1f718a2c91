"""The products of the trial: embedded once, whichever branch is left out afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import IntArray
from prodcat.batches.dataset import ProductDataset
from prodcat.batches.embedded import EmbeddedDataset
from prodcat.batches.withholding import PartDropout
from prodcat.config import RunConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.errors import InputError
from prodcat.inputs.tokens import TextReader
from prodcat.network.classifier import ProductClassifier
from prodcat.taxonomy.paths import CategoryPath
from prodcat.training.precompute import embed_sides


@dataclass(frozen=True)
class Branch:
    """The leaves of the tree that are left out, and those that are kept."""

    name: str
    kept: IntArray
    """Index of each leaf that is kept, rising."""

    @classmethod
    def of(cls, name: str, leaf_paths: Sequence[CategoryPath]) -> "Branch":
        """Find all leaves at or below categories of this name, wherever they stand in the tree.

        Raises:
            InputError: If there is none, or none else.

        >>> leaves = [("Men", "Bags"), ("Women", "Bags", "Clutches"), ("Women",), ("Men",)]
        >>> Branch.of("Bags", leaves).kept
        array([2, 3])
        """
        kept = np.array([i for i, path in enumerate(leaf_paths) if name not in path], dtype=np.intp)
        if len(kept) == len(leaf_paths):
            raise InputError(
                f"No category that is learnt is called {name!r}; see `prodcat inspect`."
            )
        if len(kept) < 2:
            raise InputError(f"Without {name!r} fewer than 2 categories are left to learn.")
        return cls(name, kept)


def draw_sample(labels: Sequence[int], most: int, least: int, seed: int) -> list[int]:
    """Draw products, *least* of each leaf first so that all leaves stay, and return their places.

    >>> draw_sample([0, 0, 0, 0, 0, 0, 1], most=3, least=1, seed=0).count(6)
    1
    """
    seen: Counter[int] = Counter()
    first: list[int] = []
    rest: list[int] = []
    for place in np.random.default_rng(seed).permutation(len(labels)).tolist():
        (first if seen[labels[place]] < least else rest).append(place)
        seen[labels[place]] += 1
    return sorted([*first, *rest][:most])


def embed(
    classifier: ProductClassifier,
    sides: Mapping[str, LabelledRows],
    corpus: Corpus,
    reader: TextReader,
    config: RunConfig,
) -> dict[str, EmbeddedDataset]:
    """Embed training and validation products, or find their embeddings beside the corpus."""
    dropout = PartDropout.of(config.text, config.image)
    datasets = {
        side: ProductDataset(rows, corpus.images, config.image, dropout=dropout)
        for side, rows in sides.items()
    }
    return embed_sides(classifier, datasets, reader, config, corpus.path.parent / "embeddings")
