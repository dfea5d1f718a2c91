"""The most similar training products by the picture: an answer, and a study of what is alike.

A product's category is that of its nearest neighbours (Cover and Hart 1967), the nearer the
weightier. Which they are is kept in the run as ``neighbours.parquet``, for
``python -m experiments.benchmarks.lookalikes``.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.baselines.config import NearestConfig
from experiments.baselines.neighbours import nearest, side_by_side, unit
from experiments.baselines.picture_features import Features, build_features
from prodcat.arrays import Float32Array, IntArray
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.decision.scores import Scores
from prodcat.errors import CorpusError, require
from prodcat.evaluation.answers import product_of_row, readable_side
from prodcat.files import whole
from prodcat.product import Product
from prodcat.runs.directory import RunDir
from prodcat.taxonomy.paths import join_path

FILE = "neighbours.parquet"
EVERYWHERE = ""
"""What stands for no category: neighbours among all training products."""
LEAST_VOTE = 1e-6
"""What a leaf gets that no neighbour has, so that its logarithm is finite."""


class NearestProducts:
    """The training products that look most alike; an ``Answerer``.

    Args:
        config: Settings.
        categories: How many leaves there are.
        runs: Where other runs lie, one of whose encoders may be taken.
        cache: Folder where networks' embeddings are kept.
    """

    readable = frozenset({"image"})

    def __init__(self, config: NearestConfig, categories: int, runs: Path, cache: Path) -> None:
        self.config, self.categories = config, categories
        self.features: list[Features] = build_features(config, runs, cache)
        self.known = np.zeros((0, 0), dtype=np.float32)
        self.labels: IntArray = np.zeros(0, dtype=np.int64)
        self.training = LabelledRows((), (), ())
        self.seen: dict[str, Float32Array] = {}
        """The vectors of all products that were asked for, by id."""

    def fit(self, side: LabelledRows, corpus: Corpus) -> None:
        """Keep the training products that have a picture.

        Raises:
            CorpusError: If none has, or a category to look within has none.
        """
        self.training = readable_side(side, corpus, reads=False, sees=True)
        if not self.training.rows:
            raise CorpusError("No product of the side train has an image.")
        paths = {join_path(path) for path in self.training.paths}
        if missing := [path for path in self.config.within if path not in paths]:
            raise CorpusError(
                f"baseline.within names {missing[0]!r}, of which no training product with a"
                " picture is. Name categories as the corpus has them."
            )
        products = [product_of_row(row, corpus, ["image"]) for row in self.training.rows]
        self.known = side_by_side([features.fit(products) for features in self.features])
        self.known = unit(self.known)
        self.labels = np.array(self.training.labels, dtype=np.int64)

    def score(self, products: Sequence[Product]) -> Scores:
        """Return the logits as scores without further views."""
        return Scores(self.logits(products))

    def logits(self, products: Sequence[Product]) -> Float32Array:
        """Return logarithms of the neighbours' votes, (N, C)."""
        votes = np.full((len(products), self.categories), LEAST_VOTE)
        if products:
            places, cosines = nearest(self.known, self.embed(products), self.config.neighbours)
            # Against the nearest, so that the exponential stays small.
            weights = np.exp(self.config.sharpness * (cosines - cosines[:, :1]))
            rows = np.arange(len(products))[:, None]
            np.add.at(votes, (rows, self.labels[places]), weights)
        found: Float32Array = np.log(votes / votes.sum(axis=1, keepdims=True)).astype(np.float32)
        return found

    def embed(self, products: Sequence[Product]) -> Float32Array:
        """Return the vectors of products, (N, D), of length 1, and keep them by id."""
        vectors = unit(side_by_side([features.embed(products) for features in self.features]))
        self.seen |= {p.id: v for p, v in zip(products, vectors, strict=True) if p.id is not None}
        return vectors

    @property
    def size(self) -> int:
        """Bytes of the training products' vectors, and of what makes such."""
        return self.known.nbytes + sum(features.size for features in self.features)

    def write_neighbours(self, run: RunDir, sides: Mapping[str, LabelledRows]) -> None:
        """Write the neighbours of the products of each side, which were asked for before."""
        pyarrow = require("pyarrow", extra="bulk")
        parquet = require("pyarrow.parquet", extra="bulk")
        schema = pyarrow.schema(
            {
                "within": pyarrow.string(),
                "split": pyarrow.string(),
                "id": pyarrow.string(),
                "rank": pyarrow.int32(),
                "neighbour": pyarrow.string(),
                "cosine": pyarrow.float32(),
            }
        )
        rows = [
            row
            for within in (EVERYWHERE, *self.config.within)
            for split, side in sides.items()
            for row in self._rows(within, split, side)
        ]
        with whole(run.root / FILE) as temporary:
            parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), temporary)

    def _rows(self, within: str, split: str, side: LabelledRows) -> Iterator[dict[str, Any]]:
        known, asked = (
            [i for i, path in enumerate(some.paths) if within in (EVERYWHERE, join_path(path))]
            for some in (self.training, side)
        )
        if not asked:
            return
        queries = np.stack([self.seen[side.rows[i].id] for i in asked])
        places, cosines = nearest(self.known[known], queries, self.config.neighbours)
        for i, found, near in zip(asked, places.tolist(), cosines.tolist(), strict=True):
            for rank, (place, cosine) in enumerate(zip(found, near, strict=True), 1):
                yield {
                    "within": within,
                    "split": split,
                    "id": side.rows[i].id,
                    "rank": rank,
                    "neighbour": self.training.rows[known[place]].id,
                    "cosine": cosine,
                }
