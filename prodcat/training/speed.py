"""What makes training on a CPU faster, and leaves no trace in what is trained."""

import logging
import os
import shutil
import sys
import time
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from prodcat.config import RunConfig
from prodcat.errors import one_line
from prodcat.network.image_encoder import ImageEncoder

logger = logging.getLogger(__name__)

WORTH_STEPS = 1000
"""From so many steps on, compiling takes less time than it saves."""


class CpuSpeed(Callback):
    """Compile the image encoder and choose the faster attention, for as long as training lasts."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self._attention = ""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Change what is faster otherwise."""
        classifier: Any = pl_module.classifier
        on_cpu = pl_module.device.type == "cpu"
        if on_cpu and _learns(classifier.text_encoder):
            transformer = classifier.text_encoder.transformer
            self._attention = transformer.config._attn_implementation
            transformer.set_attn_implementation("eager")
        steps = int(trainer.estimated_stepping_batches) - trainer.global_step
        if _learns(classifier.image_encoder) and self.compiles(steps, on_cpu=on_cpu):
            with trainer.precision_plugin.forward_context():
                compile_network(classifier.image_encoder, self._example(pl_module))

    def on_train_end(self, trainer: Trainer, *_: Any) -> None:
        """Change it back: what is exported and measured is as it ever was."""
        classifier: Any = trainer.lightning_module.classifier
        if self._attention:
            classifier.text_encoder.transformer.set_attn_implementation(self._attention)
        if classifier.image_encoder is not None and classifier.image_encoder.compiled is not None:
            classifier.image_encoder.compiled = None
            torch.compiler.reset()

    def compiles(self, steps: int, *, on_cpu: bool) -> bool:
        """Tell whether to compile for a training of so many steps."""
        if self.config.train.compile != "auto":
            return self.config.train.compile == "yes"
        return on_cpu and steps > WORTH_STEPS and has_cpp_compiler()

    def _example(self, pl_module: LightningModule) -> Tensor:
        size = (self.config.train.batch_size, 3, self.config.image.height, self.config.image.width)
        return torch.zeros(size, dtype=torch.uint8, device=pl_module.device)


class CompiledNetwork:
    """An encoder's network, compiled for batches of any size."""

    def __init__(self, encoder: ImageEncoder) -> None:
        self._compiled = torch.compile(encoder.network)

    def __call__(self, pixels: Tensor) -> Tensor:
        """Embed normalised pictures, (B, 3, H, W)."""
        # Products without a picture are left out, so hardly two batches are alike; without this
        # torch would compile anew for each size that it meets.
        torch._dynamo.maybe_mark_dynamic(pixels, 0)
        return self._compiled(pixels)


def compile_network(encoder: ImageEncoder, pixel_values: Tensor) -> None:
    """Compile an encoder's network for training; one that cannot be is left as it is.

    Args:
        encoder: Trains faster afterwards.
        pixel_values: Pictures of the size that it will see, (B, 3, H, W) uint8.
    """
    began = time.monotonic()
    logger.info("Compiling the image encoder.")
    buffers = {name: buffer.clone() for name, buffer in encoder.named_buffers()}
    devices: list[int] | None = [] if pixel_values.device.type == "cpu" else None
    try:
        encoder.compiled = CompiledNetwork(encoder)
        # Forwards and backwards once, as only then all is compiled: here a failure is harmless.
        with torch.enable_grad(), torch.random.fork_rng(devices):
            weights = [weight for weight in encoder.parameters() if weight.requires_grad]
            torch.autograd.grad(encoder(pixel_values).sum(), weights, allow_unused=True)
    # Of whatever kind: compilers, their files and their processes fail in many ways.
    except Exception as error:
        encoder.compiled = None
        reason = one_line(error, 200)
        logger.info(f"Training goes on without compiling the image encoder, which failed: {reason}")
    else:
        logger.info(f"Compiled the image encoder in {time.monotonic() - began:.0f} s.")
    finally:
        with torch.no_grad():
            for name, buffer in encoder.named_buffers():
                buffer.copy_(buffers[name])


def has_cpp_compiler() -> bool:
    """Tell whether there is the compiler that torch uses unless told otherwise."""
    usual = "clang++" if sys.platform == "darwin" else "g++"
    return shutil.which(os.environ.get("CXX", usual)) is not None


def _learns(encoder: torch.nn.Module | None) -> bool:
    return encoder is not None and any(weight.requires_grad for weight in encoder.parameters())
