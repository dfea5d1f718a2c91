"""A linear classifier on the embeddings of encoders that stay as they are, and on words."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

UNKNOWN = 0
"""Row of the table of words that stands for padding and for words that training did not see."""

TEXT_LENGTH, IMAGE_LENGTH = 4.0, 1.0
"""Texts say more than pictures, which have more numbers: these are learnt by heart unless they
come second. Tried on few products of many kinds, see experiments/LOG.md."""


class FixedParts(NamedTuple):
    """What a linear classifier reads of a batch; None for an encoder that there is not."""

    text: Tensor | None
    """Embeddings of the texts, (B, D)."""
    words: Tensor | None
    """Rows of the table of words, (B, T); `UNKNOWN` for what says nothing."""
    image: Tensor | None
    """Embeddings of the pictures, (B, D)."""


class Standardize(nn.Module):
    """Bring the numbers of embeddings to mean 0 and to the same deviation.

    Args:
        embeddings: Of the training products that have any, (N, D).
        length: That an embedding has in the mean, afterwards: the longer, the faster is learnt
            from it.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, embeddings: Tensor, length: float) -> None:
        super().__init__()
        if not len(embeddings):  # which nothing is learnt from, and adds nothing
            embeddings = torch.zeros(1, embeddings.shape[1])
        # Of a network in integers, numbers may be the same for all.
        spread = embeddings.std(dim=0, correction=0).clamp(min=1e-3)
        self.register_buffer("mean", embeddings.mean(dim=0))
        self.register_buffer("scale", length / (spread * embeddings.shape[1] ** 0.5))

    def forward(self, embeddings: Tensor) -> Tensor:
        """Return them standardized, (B, D)."""
        return (embeddings - self.mean) * self.scale


class LinearClassifier(nn.Module):
    """Adds up what the text, its words and the picture say of each leaf.

    Args:
        text: Embeddings of training texts, (N, D); None where no text is read.
        image: Embeddings of training pictures, (N, D); None where none are.
        rows: Rows of the table of words; 0 for none.
        width: Numbers of each row.
        categories: Leaves, C.
    """

    def __init__(
        self,
        text: Tensor | None,
        image: Tensor | None,
        *,
        rows: int,
        width: int,
        categories: int,
    ) -> None:
        super().__init__()
        self.text = None if text is None else Standardize(text, TEXT_LENGTH)
        self.image = None if image is None else Standardize(image, IMAGE_LENGTH)
        self.by_text = None if text is None else _zeros(text.shape[1], categories)
        self.by_image = None if image is None else _zeros(image.shape[1], categories)
        self.table = nn.Embedding(rows, width, padding_idx=UNKNOWN) if rows else None
        self.by_words = nn.Linear(width, categories, bias=False) if rows else None
        self.bias = nn.Parameter(torch.zeros(categories))
        if self.table is not None:
            nn.init.normal_(self.table.weight, std=0.05)
            with torch.no_grad():
                self.table.weight[UNKNOWN] = 0.0

    def embed_words(self, words: Tensor) -> Tensor:
        """Add up the rows of each product's words, (B, width); the more there are, the less each.

        By the root of their number, as lengths of sums of unlike vectors grow.
        """
        assert self.table is not None
        known = (words != UNKNOWN).sum(dim=1, keepdim=True).clamp(min=1)
        return self.table(words).sum(dim=1) / known.to(torch.float32).sqrt()

    def forward(self, parts: FixedParts, present: Tensor) -> Tensor:
        """Score every leaf.

        Args:
            parts: What the products have.
            present: Which of (text, image) of each product to look at, (B, 2) bool.

        Returns:
            Logits, (B, C).
        """
        logits = self.bias.expand(len(present), -1)
        has_text, has_image = present.unsqueeze(-1).unbind(dim=1)  # (B, 1) each
        if self.text is not None and self.by_text is not None and parts.text is not None:
            by_text = self.by_text(self.text(parts.text))
            if self.by_words is not None and parts.words is not None:
                by_text = by_text + self.by_words(self.embed_words(parts.words))
            logits = logits + torch.where(has_text, by_text, 0.0)
        if self.image is not None and self.by_image is not None and parts.image is not None:
            logits = logits + torch.where(has_image, self.by_image(self.image(parts.image)), 0.0)
        return logits


def _zeros(width: int, categories: int) -> nn.Linear:
    layer = nn.Linear(width, categories)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
