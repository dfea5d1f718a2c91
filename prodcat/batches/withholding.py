"""What a training product goes without now and then: whole parts, or its name's telling words."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from prodcat.config import ImageConfig, TextConfig
from prodcat.data.category_words import category_words, remove_words
from prodcat.taxonomy.paths import CategoryPath


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
            # `text` withholds name and description at once, as of a product with a picture alone.
            have[0] and text >= self.text and name >= self.name,
            have[1] and text >= self.text and description >= self.description,
            have[2] and image >= self.image,
        )
        return shown if any(shown) else have

    def draw_many(self, have: torch.Tensor) -> torch.Tensor:
        """Choose for many products at once, as `draw` does for one; (B, 3) bool each."""
        text, name, description, image = torch.rand(4, len(have))
        kept = [
            (text >= self.text) & (name >= self.name),
            (text >= self.text) & (description >= self.description),
            image >= self.image,
        ]
        shown = have & torch.stack(kept, dim=1)
        return torch.where(shown.any(dim=1, keepdim=True), shown, have)


@dataclass(frozen=True)
class NameMask:
    """How often a name loses the words of the category tree in training.

    What is left, and the picture, must then do. A name that says nothing else stays whole.
    """

    words: frozenset[str] = frozenset()
    """From `prodcat.data.category_words.category_words`."""
    share: float = 0.0

    @classmethod
    def of(cls, text: TextConfig, leaf_paths: Sequence[CategoryPath]) -> "NameMask":
        """Read the share from the settings, and the words from the tree."""
        # What a frozen encoder makes of a name is computed once, before anything is drawn.
        if text.frozen or not text.mask_name:
            return cls()
        return cls(category_words({name for path in leaf_paths for name in path}), text.mask_name)

    def draw(self, name: str) -> str:
        """Return the name, with or without these words."""
        if not self.share or float(torch.rand(())) >= self.share:
            return name
        return remove_words(name, self.words) or name
