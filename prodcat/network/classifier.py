"""The network: a product's text and picture in, a logit for each leaf category out."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from prodcat.config import RunConfig
from prodcat.network.fusion import build_fusion
from prodcat.network.image_encoder import ImageEncoder, build_image_encoder
from prodcat.network.text_encoder import TextEncoder, build_text_encoder


class Embeddings(NamedTuple):
    """What the encoders make of a batch; a missing encoder gives None."""

    text: Tensor | None
    """(B, encoder's width)."""
    image: Tensor | None
    """(B, encoder's width)."""


class ProductClassifier(nn.Module):
    """Two encoders, a fusion and a linear head."""

    def __init__(
        self,
        text_encoder: TextEncoder | None,
        image_encoder: ImageEncoder | None,
        fusion: nn.Module,
        *,
        dim: int,
        categories: int,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.text_encoder, self.image_encoder = text_encoder, image_encoder
        # One wide where there is no encoder: `score` hands in a column of zeros for it.
        self.text_projection = _projection(text_encoder.dim if text_encoder else 1, dim)
        self.image_projection = _projection(image_encoder.dim if image_encoder else 1, dim)
        self.fusion = fusion
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(dim, categories)
        self.dim = dim

    def train(self, mode: bool = True) -> "ProductClassifier":
        """Switch to training, but for frozen encoders: their statistics stay as they are."""
        super().train(mode)
        for encoder in (self.text_encoder, self.image_encoder):
            if encoder is not None and not any(p.requires_grad for p in encoder.parameters()):
                encoder.eval()
        return self

    def encode(
        self, input_ids: Tensor, attention_mask: Tensor, pixel_values: Tensor, present: Tensor
    ) -> Embeddings:
        """Run both encoders, each on the products that have its part.

        Absent pictures are left out, not blanked: blanks would shift batch
        normalisation's statistics, and cost as much as pictures.
        """
        text = image = None
        if self.text_encoder is not None:
            text = self.text_encoder(input_ids, attention_mask)
        if self.image_encoder is not None:
            shown = present[:, 1].clone()
            if shown.sum() < 2:
                # At least two, whatever they show: batch normalisation needs them in training.
                shown[:2] = True
            rows = shown.nonzero().squeeze(1)
            embedded = self.image_encoder(pixel_values[rows])
            image = embedded.new_zeros(len(present), embedded.shape[1]).index_copy(
                0, rows, embedded
            )
        return Embeddings(text, image)

    def encode_all(
        self, input_ids: Tensor, attention_mask: Tensor, pixel_values: Tensor
    ) -> Embeddings:
        """Run both encoders on every product, absent parts too: the same graph for any batch."""
        return Embeddings(
            self.text_encoder(input_ids, attention_mask) if self.text_encoder else None,
            self.image_encoder(pixel_values) if self.image_encoder else None,
        )

    def fuse(self, embeddings: Embeddings, present: Tensor) -> Tensor:
        """Join the embeddings of a batch.

        Args:
            embeddings: What the encoders made of it.
            present: Which of (text, image) of each product to look at, (B, 2) bool.

        Returns:
            Joined vectors, (B, D).
        """
        batch = present.shape[0]  # len() would fix the size in an exported graph
        blank = self.head.weight.new_zeros(batch, 1)
        text = self.text_projection(blank if embeddings.text is None else embeddings.text)
        image = self.image_projection(blank if embeddings.image is None else embeddings.image)
        have = [self.text_encoder is not None, self.image_encoder is not None]
        present = present & torch.tensor(have, device=present.device)
        return self.fusion(text, image, present)

    def score(self, embeddings: Embeddings, present: Tensor) -> Tensor:
        """Join the embeddings of a batch and score every leaf.

        Args:
            embeddings: What the encoders made of it.
            present: Which of (text, image) of each product to look at, (B, 2) bool.

        Returns:
            Logits, (B, C).
        """
        return self.head(self.dropout(self.fuse(embeddings, present)))

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, pixel_values: Tensor, present: Tensor
    ) -> Tensor:
        """Return the leaf logits of a batch, (B, C)."""
        embeddings = self.encode(input_ids, attention_mask, pixel_values, present)
        return self.score(embeddings, present)


def _projection(width: int, dim: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, dim), nn.LayerNorm(dim))


def build_classifier(config: RunConfig, categories: int) -> ProductClassifier:
    """Build the network that the settings describe, frozen where they say so."""
    text = image = None
    if config.text.encoder != "none":
        text = build_text_encoder(config.text).requires_grad_(not config.text.frozen)
    if config.image.encoder != "none":
        image = build_image_encoder(config.image).requires_grad_(not config.image.frozen)
    classifier = ProductClassifier(
        text,
        image,
        build_fusion(config.model.fusion, config.model.dim),
        dim=config.model.dim,
        categories=categories,
        dropout=config.model.dropout,
    )
    # Pretrained encoders come in evaluation mode, and Lightning leaves modes as they are.
    return classifier.train()
