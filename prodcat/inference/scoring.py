"""From the parts of products to scores of the leaves, of all parts and of single ones."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from copy import copy

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.decision.scores import NAME, PICTURE, TOGETHER, Scores
from prodcat.inference.embedder import Embedder, MapFunction
from prodcat.inference.engine import Engine
from prodcat.inference.parts import Parts
from prodcat.modeldir.reading import ModelDir


class Scorer(ABC):
    """From the parts of products to scores, by one network or by two."""

    @property
    @abstractmethod
    def embedder(self) -> Embedder:
        """Makes the embeddings that are handed on."""

    @abstractmethod
    def score(
        self, batch: Sequence[Parts], views: Sequence[str], spread: MapFunction = map
    ) -> Scores:
        """Score products, each with a part that can be read."""


class OneScorer(Scorer):
    """Scores products by one network.

    Args:
        model: Says which of its answers are added up.
        engine: Runs its head.
        embedder: Runs its encoders.
    """

    def __init__(self, model: ModelDir, engine: Engine, embedder: Embedder) -> None:
        self.name_view = model.name_view
        self.both = model.text is not None and model.image is not None
        self.engine, self._embedder = engine, embedder

    @property
    def embedder(self) -> Embedder:
        """Makes the embeddings that its head scores."""
        return self._embedder

    def remembering(self) -> "OneScorer":
        """Return the same for a few questions about the same texts; see `Embedder.remembering`."""
        twin = copy(self)
        twin._embedder = self._embedder.remembering()
        return twin

    def score(
        self, batch: Sequence[Parts], views: Sequence[str], spread: MapFunction = map
    ) -> Scores:
        """Score products, and look at those of the *views* that cost no encoder's run.

        Those are the parts together and the name alone where the name's answer is added anyway,
        and the picture alone. Where a product has no such view, it is the answer's.

        Args:
            batch: The products, each with a part that can be read.
            views: Which to look at, if the model has them.
            spread: Runs of the network at once, if they shall be.
        """
        named = [row for row, parts in enumerate(batch) if self._has_name_view(parts)]
        pictured = [row for row, parts in enumerate(batch) if self._has_picture_view(parts, views)]
        names = [Parts(batch[row].name, "", None) for row in named]
        text, image, present = self._embedder.embed([*batch, *names], spread)
        if pictured and text is not None and image is not None:
            # Embedded already; the head alone looks at them once more.
            rows = np.append(np.arange(len(present)), pictured)
            text, image, present = text[rows], image[rows], present[rows]
            present[len(batch) + len(named) :, 0] = False
        scores = self.engine.score(text, image, present)
        logits, of_names, of_pictures = np.split(scores, [len(batch), len(batch) + len(named)])
        seen: dict[str, Float32Array] = {}
        if named and not {TOGETHER, NAME}.isdisjoint(views):
            seen = {TOGETHER: logits.copy(), NAME: _with_rows(logits, named, of_names)}
        if pictured:
            seen[PICTURE] = _with_rows(logits, pictured, of_pictures)
        # Their sum is that of the log-probabilities, but for what softmax takes out again.
        logits[named] += np.float32(self.name_view) * of_names
        return Scores(logits, seen)

    def _has_name_view(self, parts: Parts) -> bool:
        return self.name_view > 0 and "name" in parts.used and len(parts.used) > 1

    def _has_picture_view(self, parts: Parts, views: Sequence[str]) -> bool:
        return PICTURE in views and self.both and parts.has_image and len(parts.used) > 1


def _with_rows(logits: Float32Array, rows: Sequence[int], others: Float32Array) -> Float32Array:
    changed = logits.copy()
    changed[rows] = others
    return changed
