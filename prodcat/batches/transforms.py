"""Changes made to training pictures, from torchvision's v2 transforms."""

from collections.abc import Callable

import torch
from torch import Tensor
from torchvision.transforms import InterpolationMode, v2

from prodcat.errors import ConfigError

Transform = Callable[[Tensor], Tensor]


def _shift(degrees: float, translate: float, scale: tuple[float, float]) -> Transform:
    # Bilinear: the nearest pixel makes stairs of edges, which small pictures never show.
    # What is uncovered is white, as a catalogue's background is: black in the inverted picture,
    # where nothing need be filled up. (Filled with white, it would get a grey rim.)
    shift = v2.RandomAffine(
        degrees,
        translate=(translate, translate),
        scale=scale,
        interpolation=InterpolationMode.BILINEAR,
    )
    return v2.Compose([v2.RandomInvert(p=1), shift, v2.RandomInvert(p=1)])


def _light() -> Transform:
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(),
            _shift(degrees=5, translate=0.06, scale=(0.9, 1.1)),
            v2.ColorJitter(brightness=0.15, contrast=0.15, saturation=0.15),
        ]
    )


def _strong() -> Transform:
    return v2.Compose(
        [
            v2.RandomHorizontalFlip(),
            _shift(degrees=10, translate=0.1, scale=(0.8, 1.2)),
            v2.ColorJitter(brightness=0.3, contrast=0.3, saturation=0.3),
            v2.RandomErasing(p=0.3, scale=(0.02, 0.2)),
        ]
    )


AUGMENTATIONS: dict[str, Callable[[], Transform]] = {"light": _light, "strong": _strong}


def build_augmentation(name: str) -> Transform | None:
    """Return the change that config files call *name*, of (3, H, W) uint8; None for ``none``."""
    if name == "none":
        return None
    if name not in AUGMENTATIONS:
        raise ConfigError(
            f"Unknown augmentation {name!r}. Choose one of: none, {', '.join(AUGMENTATIONS)}."
        )
    return AUGMENTATIONS[name]()


def blank(height: int, width: int) -> Tensor:
    """Return the stand-in for a picture that is not there."""
    return torch.zeros(3, height, width, dtype=torch.uint8)
