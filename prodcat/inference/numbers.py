"""The numbers behind the answers: probabilities of all categories, and embeddings."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, Float64Array
from prodcat.inference.embedder import Embedder
from prodcat.inference.parts import Parts
from prodcat.inference.rule import Rule
from prodcat.inference.scoring import Scorer

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Embeddings:
    """What a model's encoders say of products, before it is fused."""

    text: Float32Array | None
    """(N, D), zeros where a product has no text; None for a model that reads none."""
    image: Float32Array | None
    """The same of pictures."""
    present: BoolArray
    """Which of (text, image) each product has, (N, 2)."""


def probabilities_of(
    batch: Sequence[Parts], scorer: Scorer, rule: Rule, views: Sequence[str], categories: int
) -> Float64Array:
    """Return the calibrated probability of each leaf, (B, C); NaN where nothing could be read.

    Args:
        batch: The products.
        scorer: Of the model.
        rule: Knows its calibration.
        views: What that depends on.
        categories: How many leaves there are.
    """
    probs = np.full((len(batch), categories), np.nan)
    rows = [row for row, parts in enumerate(batch) if parts.used]
    if rows:
        readable = [batch[row] for row in rows]
        scores = scorer.score(readable, views)
        probs[rows] = rule.judge(scores, [parts.used for parts in readable]).probs
    return probs


def embeddings_of(batch: Sequence[Parts], embedder: Embedder) -> Embeddings:
    """Return the embeddings of a batch; zeros where nothing could be read."""
    return Embeddings(*embedder.embed(batch))


def join_embeddings(shares: Iterable[Embeddings], embedder: Embedder) -> Embeddings:
    """Put those of several batches under each other; of none they are empty."""
    shares = [embeddings_of([], embedder), *shares]
    texts = [share.text for share in shares if share.text is not None]
    images = [share.image for share in shares if share.image is not None]
    return Embeddings(
        np.concatenate(texts) if texts else None,
        np.concatenate(images) if images else None,
        np.concatenate([share.present for share in shares]),
    )


def tell_unread(batch: Sequence[Parts]) -> None:
    """Log what could not be read, for which an array has no place."""
    if unread := [parts for parts in batch if parts.errors]:
        logger.warning(
            "Of %d of %d products not everything could be read: %s",
            len(unread),
            len(batch),
            unread[0].errors[0],
        )
