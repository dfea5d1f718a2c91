"""Products as the embeddings of frozen encoders, computed once and cached."""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypedDict

import torch
from torch import Tensor, nn
from torch.utils.data import Dataset

from prodcat.batches.withholding import PartDropout
from prodcat.corpus.product_row import ProductRow
from prodcat.embeddings.cache import text_key


class EmbeddedBatch(TypedDict):
    """Several products as embeddings of frozen encoders."""

    text: Tensor
    """(B, width of the text encoder)."""
    image: Tensor
    """(B, width of the image encoder)."""
    present: Tensor
    """Which of (text, image) each product has, (B, 2) bool."""
    label: Tensor
    """Index of the true leaf, (B,) int64."""
    row: Tensor
    """Place of each product on its side of the split, (B,) int64."""


class EmbeddedDataset(Dataset[EmbeddedBatch]):
    """The products of one side of the split, by their cached embeddings.

    Args:
        text: Embeddings of name with description, of the name and of the description alone,
            (N, 3, D).
        image: Embeddings of the pictures, (N, D).
        have: Which of (name, description, image) each product has, (N, 3) bool.
        labels: Index of each product's leaf, (N,).
        dropout: How often parts are withheld.
    """

    def __init__(
        self,
        text: Tensor,
        image: Tensor,
        have: Tensor,
        labels: Sequence[int],
        dropout: PartDropout | None = None,
    ) -> None:
        self.text, self.image, self.have = text, image, have
        self.labels = labels
        self.dropout = dropout or PartDropout()

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> EmbeddedBatch:
        name, description, image = self.have[index].tolist()
        name, description, image = self.dropout.draw((name, description, image))
        # In the order of `text_keys`. With neither shown, `present` hides whatever is there.
        variant = 0 if name and description else (1 if name else 2)
        return EmbeddedBatch(
            text=self.text[index, variant],
            image=self.image[index],
            present=torch.tensor([name or description, image]),
            label=torch.tensor(self.labels[index]),
            row=torch.tensor(index),
        )


def text_keys(row: ProductRow) -> tuple[str, str, str]:
    """Keys of name with description, name alone, description alone; empty where there is none."""
    both = (row.name, row.description)
    return (text_key(*both), text_key(row.name, ""), text_key("", row.description))


def fingerprint_encoder(encoder: nn.Module, settings: str) -> str:
    """Short hash of an encoder's weights and of the *settings* that shape what it reads."""
    digest = sha256(settings.encode())
    # By name: the same weights are the same encoder, in whatever order it lists its layers.
    for name, tensor in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
