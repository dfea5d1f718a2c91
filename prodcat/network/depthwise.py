"""Depthwise convolutions that train fast on a CPU, in bfloat16 too."""

from typing import Any

import torch
from torch import Tensor, nn

SIZES = (
    *("in_channels", "out_channels", "kernel_size", "stride"),
    *("padding", "dilation", "groups", "padding_mode"),
)


class DepthwiseFloat32(nn.Conv2d):
    """A depthwise convolution that trains in float32 where the rest does in bfloat16, on a CPU.

    oneDNN's gradients of such layers are several times slower in bfloat16 than in float32
    when they step over pixels or are larger than 3x3. Otherwise it is an ordinary one.
    """

    def forward(self, input: Tensor) -> Tensor:
        """Convolve pictures, (B, C, H, W)."""
        lowered = input.device.type == "cpu" and torch.is_autocast_enabled("cpu")
        if not (self.training and lowered):
            return super().forward(input)
        with torch.autocast("cpu", enabled=False):
            convolved = super().forward(input.float())
        return convolved.to(torch.get_autocast_dtype("cpu"))


def speed_up_depthwise(network: nn.Module) -> None:
    """Replace the depthwise convolutions that are slow to train, keeping their weights."""
    # A list, since modules are replaced while we go through them.
    for parent in list(network.modules()):
        for name, layer in parent.named_children():
            if type(layer) is nn.Conv2d and _is_slow(layer):
                setattr(parent, name, _replace(layer))


def _is_slow(layer: nn.Conv2d) -> bool:
    depthwise = 1 < layer.groups == layer.in_channels == layer.out_channels
    return depthwise and (max(layer.stride) > 1 or max(layer.kernel_size) > 3)


def _replace(layer: nn.Conv2d) -> DepthwiseFloat32:
    sizes: dict[str, Any] = {key: getattr(layer, key) for key in SIZES}
    # On no device, as it would otherwise draw weights, and so change what is drawn after it.
    replaced = DepthwiseFloat32(**sizes, bias=layer.bias is not None, device="meta")
    replaced.weight, replaced.bias = layer.weight, layer.bias
    return replaced.train(layer.training)
