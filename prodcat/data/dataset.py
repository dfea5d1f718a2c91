"""Rows of the corpus become samples, and samples become batches."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from prodcat.config import ImageConfig, TextConfig
from prodcat.corpus import ProductRow
from prodcat.data.category_words import category_words, remove_words
from prodcat.data.transforms import blank, build_augmentation
from prodcat.errors import InputError
from prodcat.images import ImageStore, fit_image, open_image
from prodcat.text import TextReader

log = logging.getLogger(__name__)


class Sample(NamedTuple):
    """One product, as training draws it: some of its parts may be withheld."""

    name: str
    description: str
    pixels: Tensor | None
    """(3, H, W) uint8; None where there is no picture."""
    label: int
    row: int
    """Its place on its side of the split."""


class Batch(TypedDict):
    """Several products as tensors."""

    input_ids: Tensor
    """Word pieces, (B, T) int64."""
    attention_mask: Tensor
    """1 for a word piece, 0 for padding, (B, T) int64."""
    pixel_values: Tensor
    """RGB from 0 to 255, (B, 3, H, W) uint8; black where there is no picture."""
    present: Tensor
    """Which of (text, image) each product has, (B, 2) bool."""
    label: Tensor
    """Index of the true leaf, (B,) int64."""
    row: Tensor
    """Place of each product on its side of the split, (B,) int64."""


@dataclass(frozen=True)
class PartDropout:
    """How often parts of a product are withheld in training, so that it can do without.

    Withholding never leaves a product with nothing.
    """

    text: float = 0.0
    name: float = 0.0
    description: float = 0.0
    image: float = 0.0

    @classmethod
    def of(cls, text: TextConfig, image: ImageConfig) -> "PartDropout":
        """Read the shares from the settings; what a model has alone is never withheld."""
        return cls(
            0.0 if image.encoder == "none" else text.drop,
            text.drop_name,
            text.drop_description,
            0.0 if text.encoder == "none" else image.drop,
        )

    def draw(self, have: tuple[bool, bool, bool]) -> tuple[bool, bool, bool]:
        """Choose which of (name, description, image) to show of those that there are."""
        text, name, description, image = torch.rand(4).tolist()
        shown = (
            have[0] and text >= self.text and name >= self.name,
            have[1] and text >= self.text and description >= self.description,
            have[2] and image >= self.image,
        )
        return shown if any(shown) else have


@dataclass(frozen=True)
class NameMask:
    """How often a name loses the words of the category tree in training.

    What is left, and the picture, must then do. A name that says nothing else stays whole.
    """

    words: frozenset[str] = frozenset()
    """From `prodcat.data.category_words.category_words`."""
    share: float = 0.0

    @classmethod
    def of(cls, text: TextConfig, leaf_paths: Sequence[tuple[str, ...]]) -> "NameMask":
        """Read the share from the settings, and the words from the tree."""
        if text.frozen or not text.mask_name:
            return cls()
        return cls(category_words({name for path in leaf_paths for name in path}), text.mask_name)

    def draw(self, name: str) -> str:
        """Return the name, with or without these words."""
        if not self.share or float(torch.rand(())) >= self.share:
            return name
        return remove_words(name, self.words) or name


class ProductDataset(Dataset[Sample]):
    """The products of one side of the split."""

    def __init__(
        self,
        rows: Sequence[ProductRow],
        labels: Sequence[int],
        images: ImageStore,
        image_config: ImageConfig,
        *,
        dropout: PartDropout | None = None,
        mask: NameMask | None = None,
        augment: bool = False,
    ) -> None:
        self.rows, self.labels, self.images = rows, labels, images
        self.image_config = image_config
        self.dropout = dropout or PartDropout()
        self.mask = mask or NameMask()
        self.augmentation = build_augmentation(image_config.augment) if augment else None

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Sample:
        row = self.rows[index]
        sees = self.image_config.encoder != "none"
        have = (bool(row.name), bool(row.description), sees and row.image_sha256 is not None)
        show_name, show_description, show_image = self.dropout.draw(have)
        return Sample(
            self.mask.draw(row.name) if show_name else "",
            row.description if show_description else "",
            self.read_picture(row.image_sha256) if show_image else None,
            self.labels[index],
            index,
        )

    def read_picture(self, image_sha256: str | None) -> Tensor | None:
        """Return a stored picture, (3, H, W) uint8; None where it cannot be read."""
        config = self.image_config
        if image_sha256 is None:
            return None
        try:
            picture = open_image(
                self.images.read(image_sha256), size_hint=(config.width, config.height)
            )
        except (InputError, OSError) as error:
            log.warning("A picture of the corpus cannot be read, and is left out: %s", error)
            return None
        pixels = fit_image(picture, height=config.height, width=config.width, fit=config.fit)
        tensor = torch.from_numpy(pixels)
        return self.augmentation(tensor) if self.augmentation else tensor


class Collator:
    """Stack samples into a batch; a plain object, so that worker processes can have a copy."""

    def __init__(self, reader: TextReader | None, image_config: ImageConfig) -> None:
        self.reader, self.image_config = reader, image_config

    def __call__(self, samples: Sequence[Sample]) -> Batch:
        """Return the batch."""
        names = [sample.name for sample in samples]
        descriptions = [sample.description for sample in samples]
        if self.reader is None:
            input_ids = attention_mask = np.zeros((len(samples), 2), dtype=np.int64)
        else:
            input_ids, attention_mask = self.reader.encode(names, descriptions)
        size = (
            (1, 1)
            if self.image_config.encoder == "none"
            else (self.image_config.height, self.image_config.width)
        )
        black = blank(*size)
        return Batch(
            input_ids=torch.from_numpy(input_ids),
            attention_mask=torch.from_numpy(attention_mask),
            pixel_values=torch.stack([black if s.pixels is None else s.pixels for s in samples]),
            present=torch.tensor(
                [
                    [
                        self.reader is not None and bool(s.name or s.description),
                        s.pixels is not None,
                    ]
                    for s in samples
                ]
            ),
            label=torch.tensor([sample.label for sample in samples]),
            row=torch.tensor([sample.row for sample in samples]),
        )
