"""Convolutional image encoders: pixels in, one embedding a product out."""

import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from pickle import UnpicklingError
from typing import Any
from urllib.error import URLError

import torch
from torch import Tensor, nn

from prodcat.config import ImageConfig
from prodcat.errors import ConfigError, one_line
from prodcat.network.depthwise import speed_up_depthwise

# What the weights of torchvision were trained on.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

AS_DATA = "TORCH_FORCE_WEIGHTS_ONLY_LOAD"
"""A switch of torch's, which counts more than what its callers say."""


class ImageEncoder(nn.Module):
    """A convolutional network without its last layer; takes pixels as they are stored."""

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, dim: int) -> None:
        super().__init__()
        self.network = network.to(memory_format=torch.channels_last)
        self.compiled: Callable[[Tensor], Tensor] | None = None
        """Stands in for the network while training; not part of copies."""
        self.dim = dim
        # MEAN and STD are of pixels from 0 to 1, and ours run to 255.
        self.register_buffer("mean", torch.tensor(MEAN).view(1, 3, 1, 1) * 255)
        self.register_buffer("std", torch.tensor(STD).view(1, 3, 1, 1) * 255)

    def forward(self, pixel_values: Tensor) -> Tensor:
        """Embed a batch of pictures.

        Args:
            pixel_values: RGB from 0 to 255, (B, 3, H, W) uint8.

        Returns:
            Embeddings, (B, D).
        """
        pixels = (pixel_values.float() - self.mean) / self.std
        if not torch.compiler.is_exporting():
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        if self.training and self.compiled is not None:
            return self.compiled(pixels)
        return self.network(pixels)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"compiled": None}


class SmallCnn(nn.Module):
    """Five convolutions, each halving the picture; for training from scratch."""

    dim = 256

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 128, 192, self.dim)
        self.stages = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(before, after, kernel_size=3, stride=2, padding=1, bias=False),
                    nn.BatchNorm2d(after),
                    nn.ReLU(inplace=True),
                )
                for before, after in pairwise(widths)
            )
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Embed normalised pictures, (B, 3, H, W), as (B, 256)."""
        return self.stages(pixels).mean(dim=(2, 3))


class VggCnn(nn.Module):
    """The thirteen convolutions of VGG-16, at half their width, with batch normalisation.

    The last pictures are averaged, instead of the three wide layers that hold nine tenths of
    VGG-16's weights. For training from scratch (Simonyan and Zisserman 2015; batch
    normalisation of Ioffe and Szegedy 2015).
    """

    dim = 256
    blocks = ((32, 32), (64, 64), (128, 128, 128), (256, 256, 256), (256, 256, dim))

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for block in self.blocks:
            for after in block:
                layers += [
                    nn.Conv2d(before, after, kernel_size=3, padding=1, bias=False),
                    nn.BatchNorm2d(after),
                    nn.ReLU(inplace=True),
                ]
                before = after
            # Rounded up: 16 pixels, the fewest that settings allow, would shrink to none over
            # five halvings.
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.stages = nn.Sequential(*layers)

    def forward(self, pixels: Tensor) -> Tensor:
        """Embed normalised pictures, (B, 3, H, W), as (B, 256)."""
        return self.stages(pixels).mean(dim=(2, 3))


FROM_SCRATCH: dict[str, type[SmallCnn | VggCnn]] = {"small_cnn": SmallCnn, "vgg_cnn": VggCnn}


def build_image_encoder(config: ImageConfig) -> ImageEncoder:
    """Build the network that the settings name, with the weights that they name.

    Raises:
        ConfigError: If there is no such network, or the weights are not its.
    """
    if config.encoder in FROM_SCRATCH:
        # torchvision is the default of image.weights, and here as good as none.
        if config.weights not in ("none", "torchvision"):
            raise ConfigError(f"{config.encoder} starts from scratch: set image.weights=none.")
        scratch = FROM_SCRATCH[config.encoder]()
        return ImageEncoder(scratch, scratch.dim)
    network = _build_network(config)
    if config.weights not in ("none", "torchvision"):
        _load_weights(network, Path(config.weights))
    _cut_head(network, config.encoder)
    speed_up_depthwise(network)
    return ImageEncoder(network, _measure_width(network, config))


def _build_network(config: ImageConfig) -> nn.Module:
    import torchvision

    names = torchvision.models.list_models(module=torchvision.models)
    if config.encoder not in names:
        raise ConfigError(
            f"Unknown image.encoder {config.encoder!r}."
            f" Choose {', '.join(FROM_SCRATCH)}, none, or one of: {', '.join(names)}."
        )
    # Both would otherwise answer with further outputs of use in their own training only.
    extra: dict[str, Any] = (
        {"aux_logits": False, "init_weights": False}
        if config.encoder in ("googlenet", "inception_v3") and config.weights != "torchvision"
        else {}
    )
    try:
        weights = "DEFAULT" if config.weights == "torchvision" else None
        with _weights_as_data():
            network = torchvision.models.get_model(config.encoder, weights=weights, **extra)
    except (URLError, OSError, UnpicklingError) as error:
        raise ConfigError(
            f"Cannot download torchvision's weights of {config.encoder}: {one_line(error, 200)}."
            " Set image.weights to a local safetensors file, or to none."
        ) from error
    if config.encoder == "inception_v3":
        network.aux_logits, network.AuxLogits = False, None
    return network


@contextmanager
def _weights_as_data() -> Generator[None]:
    """Have torch read weights as data alone: torchvision's own way to them would run a pickle."""
    before = os.environ.get(AS_DATA)
    os.environ[AS_DATA] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[AS_DATA]
        else:
            os.environ[AS_DATA] = before


def _load_weights(network: nn.Module, file: Path) -> None:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    if not file.is_file():
        raise ConfigError(
            f"image.weights is {str(file)!r}, but there is no such file."
            " Give a safetensors file, torchvision, or none."
        )
    try:
        state = load_file(file)
        network.load_state_dict(state)
    except (SafetensorError, RuntimeError) as error:
        reason = one_line(error)
        raise ConfigError(f"The weights in {file} are not this network's: {reason}") from error


def _cut_head(network: nn.Module, name: str) -> None:
    """Replace the last linear layer, which scores ImageNet's categories, by nothing."""
    for head in ("fc", "classifier", "heads", "head"):
        module = getattr(network, head, None)
        if isinstance(module, nn.Linear):
            setattr(network, head, nn.Identity())
            return
        if isinstance(module, nn.Sequential):
            linear = [i for i, layer in enumerate(module) if isinstance(layer, nn.Linear)]
            # SqueezeNet scores by a convolution: its features are pooled instead.
            module[linear[-1] if linear else 1] = nn.Identity()
            return
    raise ConfigError(f"image.encoder {name!r} has no classification layer to take off.")


def _measure_width(network: nn.Module, config: ImageConfig) -> int:
    # torchvision's networks tell their width under no common name, so we look at what comes out.
    # In training mode batch normalisation would remember this black picture.
    network.eval()
    try:
        with torch.no_grad():
            output = network(torch.zeros(1, 3, config.height, config.width))
    except (RuntimeError, AssertionError) as error:
        reason = one_line(error, 200)
        raise ConfigError(
            f"image.encoder {config.encoder!r} does not take pictures of"
            f" {config.height}x{config.width}: {reason}"
        ) from error
    finally:
        network.train()
    return int(output.shape[1])
