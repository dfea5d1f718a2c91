"""From a trained classifier to a model directory that runs without torch."""

import logging
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prodcat.data.dataset import Batch
from prodcat.errors import ModelError
from prodcat.model.classifier import ProductClassifier

ONNX_FILE = "model.onnx"
WEIGHTS_FILE = "weights.safetensors"
OPSET = 20


class ExportedClassifier(nn.Module):
    """The classifier as one graph: the inputs it has, in order, to logits."""

    def __init__(self, classifier: ProductClassifier) -> None:
        super().__init__()
        self.classifier = classifier
        self.reads = classifier.text_encoder is not None
        self.sees = classifier.image_encoder is not None

    @property
    def input_names(self) -> list[str]:
        """Names of the graph's inputs."""
        text = ["input_ids", "attention_mask"] if self.reads else []
        return [*text, *(["pixel_values"] if self.sees else []), "present"]

    def forward(self, *inputs: Tensor) -> Tensor:
        """Return the leaf logits, (B, C)."""
        given = dict(zip(self.input_names, inputs, strict=True))
        nothing = given["present"]
        embeddings = self.classifier.encode_all(
            given.get("input_ids", nothing),
            given.get("attention_mask", nothing),
            given.get("pixel_values", nothing),
        )
        return self.classifier.score(embeddings, given["present"]).logits


def export_onnx(
    classifier: ProductClassifier, file: Path, *, height: int, width: int, quantize: str = "none"
) -> None:
    """Write the classifier as an ONNX graph.

    Args:
        classifier: In whatever mode and place; it is left as it was.
        file: Where to write.
        height: Pixels of a picture's side, as in training.
        width: The same across.
        quantize: ``int8`` stores the text encoder's weights as integers.

    Raises:
        ModelError: If the graph cannot be made.
    """
    training = classifier.training
    device = next(classifier.parameters()).device
    module = ExportedClassifier(classifier.cpu().eval())
    # Sizes of 0 or 1 would be taken for constants.
    example = {
        "input_ids": torch.ones(3, 7, dtype=torch.int64),
        "attention_mask": torch.ones(3, 7, dtype=torch.int64),
        "pixel_values": torch.zeros(3, 3, height, width, dtype=torch.uint8),
        "present": torch.ones(3, 2, dtype=torch.bool),
    }
    batch = torch.export.Dim("batch", min=1, max=65_536)
    tokens = torch.export.Dim("tokens", min=2, max=512)
    moving = {
        "input_ids": {0: batch, 1: tokens},
        "attention_mask": {0: batch, 1: tokens},
        "pixel_values": {0: batch},
        "present": {0: batch},
    }
    names = module.input_names
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                tuple(example[name] for name in names),
                dynamo=True,
                input_names=names,
                output_names=["logits"],
                # One argument, *inputs, takes them all.
                dynamic_shapes=(tuple(moving[name] for name in names),),
                opset_version=OPSET,
                verbose=False,
            )
        assert program is not None
        program.save(str(file), external_data=False)
    except (RuntimeError, torch.onnx.OnnxExporterError) as error:
        reason = " ".join(str(error).split())[:300]
        raise ModelError(f"This network cannot be exported to ONNX: {reason}") from error
    finally:
        classifier.to(device).train(training)
    if quantize == "int8":
        quantize_text(file)


def quantize_text(file: Path) -> None:
    """Store the matrices of the text encoder as 8-bit integers, in place.

    Activations stay floats and are measured as they come (dynamic quantization).
    Convolutions are left alone: on CPUs they gain nothing by it; so is what stands behind
    the encoders, which is small and decides.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder, _warnings_only():
        plain, ready = Path(folder) / "plain.onnx", Path(folder) / "ready.onnx"
        model = onnx.load(file)
        # The exporter's shapes of inner values contradict those that quantization infers.
        del model.graph.value_info[:]
        onnx.save(model, plain)
        # Symbolic shape inference fails on BERT's slice of position ids (onnxruntime#10484).
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        quantize_dynamic(
            str(ready),
            str(file),
            # Behind the encoders, the exporter writes linear layers as Gemm.
            op_types_to_quantize=["MatMul", "Gather"],
            weight_type=QuantType.QInt8,
            per_channel=True,
        )


@contextmanager
def _warnings_only() -> Iterator[None]:
    """Keep onnxruntime's advice, which it gives on the root logger, to ourselves."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(max(logging.WARNING, level))
    try:
        yield
    finally:
        root.setLevel(level)


def torch_logits(classifier: ProductClassifier, batches: Sequence[Batch]) -> NDArray[np.float32]:
    """Return what torch answers to *batches*, (N, C), for comparing with the exported model."""
    training = classifier.training
    classifier.eval()
    device = next(classifier.parameters()).device
    try:
        with torch.inference_mode():
            parts = [
                classifier(
                    batch["input_ids"].to(device),
                    batch["attention_mask"].to(device),
                    batch["pixel_values"].to(device),
                    batch["present"].to(device),
                )
                for batch in batches
            ]
        return torch.cat(parts).float().cpu().numpy()
    finally:
        classifier.train(training)


def save_weights(classifier: ProductClassifier, file: Path) -> None:
    """Write all weights as safetensors, to continue training from."""
    from safetensors.torch import save_file

    state = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in _state(classifier)
    }
    save_file(state, str(file))


def _state(classifier: ProductClassifier) -> list[tuple[str, Tensor]]:
    return sorted(classifier.state_dict().items())
