"""Rows of the corpus become samples, and samples become batches."""

import logging
from collections.abc import Sequence
from typing import NamedTuple, TypedDict

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from prodcat.batches.transforms import blank, build_augmentation
from prodcat.batches.withholding import NameMask, PartDropout
from prodcat.config import ImageConfig
from prodcat.data.labels import LabelledRows
from prodcat.errors import InputError
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.images import fit_image, open_image
from prodcat.inputs.tokens import TextReader

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


class ProductDataset(Dataset[Sample]):
    """The products of one side of the split."""

    def __init__(
        self,
        side: LabelledRows,
        images: ImageStore,
        image_config: ImageConfig,
        *,
        dropout: PartDropout | None = None,
        mask: NameMask | None = None,
        augment: bool = False,
    ) -> None:
        self.rows, self.labels, self.images = side.rows, side.labels, images
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
        # Drawn before the picture is read: one that is withheld need not be decoded.
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
            # One broken file must not end hours of training.
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
        # Nothing looks at these pictures, so they are as small as can be stacked.
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
