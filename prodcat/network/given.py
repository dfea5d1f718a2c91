"""A classifier without its encoders: what they made of the products is given."""

from typing import Any

from torch import Tensor, nn

from prodcat.config import RunConfig
from prodcat.network.classifier import Embeddings, ProductClassifier
from prodcat.network.fusion import build_fusion
from prodcat.network.linear import FixedParts


class GivenEncoder(nn.Module):
    """Stands for an encoder whose embeddings are known; it has a width and no weights."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim


class EmbeddedHead(nn.Module):
    """All of a `ProductClassifier` that comes after its encoders.

    Args:
        config: Settings of the run.
        text: Width of the text encoder's embeddings; None where there is none.
        image: The same of the image encoder.
        categories: Leaves, C.
    """

    def __init__(
        self, config: RunConfig, *, text: int | None, image: int | None, categories: int
    ) -> None:
        super().__init__()
        self.classifier = ProductClassifier(
            _given(text),
            _given(image),
            build_fusion(config.model.fusion, config.model.dim),
            dim=config.model.dim,
            categories=categories,
            dropout=config.model.dropout,
        )

    @property
    def bias(self) -> Tensor:
        """What each leaf has beforehand, (C,)."""
        return self.classifier.head.bias

    def forward(self, parts: FixedParts, present: Tensor) -> Tensor:
        """Return the leaf logits of a batch, (B, C).

        Args:
            parts: Embeddings of the products; words are not read.
            present: Which of (text, image) each product has, (B, 2) bool.
        """
        embeddings = Embeddings(parts.text, parts.image)
        return self.classifier.score(embeddings, present)


def _given(width: int | None) -> Any:
    return None if width is None else GivenEncoder(width)
