"""From a trained classifier to the graphs of a model directory, which run without torch."""

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn

from prodcat.errors import ModelError, one_line
from prodcat.export.tidy import tidy
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX
from prodcat.network.classifier import Embeddings, ProductClassifier

OPSET = 20


class ExportedHead(nn.Module):
    """What comes after the encoders, as one graph: the embeddings that there are to logits."""

    def __init__(self, classifier: ProductClassifier) -> None:
        super().__init__()
        self.classifier = classifier
        reads, sees = classifier.text_encoder is not None, classifier.image_encoder is not None
        self.input_names = (*(["text"] if reads else []), *(["image"] if sees else []), "present")

    def forward(self, *inputs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the leaf logits, (B, C), and the joined vectors that they come from, (B, D)."""
        inputs_by_name = dict(zip(self.input_names, inputs, strict=True))
        embeddings = Embeddings(inputs_by_name.get("text"), inputs_by_name.get("image"))
        fused = self.classifier.fuse(embeddings, inputs_by_name["present"])
        return self.classifier.head(fused), fused


def export_graphs(classifier: ProductClassifier, folder: Path, *, height: int, width: int) -> None:
    """Write a classifier as ONNX graphs: one for each encoder that it has, and the head.

    Args:
        classifier: In whatever mode and place; it is left as it was.
        folder: Where to write ``text.onnx``, ``image.onnx`` and ``head.onnx``.
        height: Pixels of a picture's side, as in training.
        width: The same across.

    Raises:
        ModelError: If a graph cannot be made.
    """
    training = classifier.training
    device = next(classifier.parameters()).device
    classifier.cpu().eval()
    text, image = classifier.text_encoder, classifier.image_encoder
    # Sizes of 0 or 1 would be taken for constants.
    example = {
        "input_ids": torch.ones(3, 7, dtype=torch.int64),
        "attention_mask": torch.ones(3, 7, dtype=torch.int64),
        "pixel_values": torch.zeros(3, 3, height, width, dtype=torch.uint8),
    }
    try:
        if text is not None:
            names = ("input_ids", "attention_mask")
            write_graph(text, {name: example[name] for name in names}, ["text"], folder / TEXT_ONNX)
        if image is not None:
            inputs = {"pixel_values": example["pixel_values"]}
            write_graph(image, inputs, ["image"], folder / IMAGE_ONNX)
        export_head(classifier, folder / HEAD_ONNX)
    finally:
        classifier.to(device).train(training)


def export_head(classifier: ProductClassifier, file: Path) -> None:
    """Write what comes after the encoders as one graph.

    Args:
        classifier: On the CPU, in evaluation mode; of its encoders only the widths are asked.
        file: Where to write.

    Raises:
        ModelError: If the graph cannot be made.
    """
    text, image = classifier.text_encoder, classifier.image_encoder
    # Sizes of 0 or 1 would be taken for constants.
    example = {
        "text": torch.zeros(3, text.dim if text else 1),
        "image": torch.zeros(3, image.dim if image else 1),
        "present": torch.ones(3, 2, dtype=torch.bool),
    }
    head = ExportedHead(classifier)
    inputs = {name: example[name] for name in head.input_names}
    write_graph(head, inputs, ["logits", "fused"], file)


def write_graph(
    module: nn.Module, example: dict[str, Tensor], outputs: list[str], file: Path
) -> None:
    """Write one module as a graph.

    Args:
        module: On the CPU, in evaluation mode.
        example: Its inputs by name, in their order.
        outputs: Names of what it answers.
        file: Where to write.

    Raises:
        ModelError: If the graph cannot be made.
    """
    batch = torch.export.Dim("batch", min=1, max=65_536)
    tokens = torch.export.Dim("tokens", min=2, max=512)
    moving = {
        name: {0: batch, 1: tokens} if name in ("input_ids", "attention_mask") else {0: batch}
        for name in example
    }
    shapes: tuple[object, ...] = tuple(moving.values())
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                module,
                tuple(example.values()),
                dynamo=True,
                input_names=list(example),
                output_names=outputs,
                # The head's one argument, *inputs, takes them all.
                dynamic_shapes=(shapes,) if isinstance(module, ExportedHead) else shapes,
                opset_version=OPSET,
                verbose=False,
            )
        assert program is not None
        program.save(str(file), external_data=False)
    except (RuntimeError, torch.onnx.OnnxExporterError) as error:
        reason = one_line(error)
        raise ModelError(f"This network cannot be exported to ONNX: {reason}") from error
    tidy(file)


def save_weights(classifier: ProductClassifier, file: Path) -> None:
    """Write all weights as safetensors, to continue training from."""
    from safetensors.torch import save_file

    # Cloned: safetensors refuses tensors that share their memory.
    state = {
        name: tensor.detach().cpu().contiguous().clone() for name, tensor in _state(classifier)
    }
    save_file(state, str(file))


def _state(classifier: ProductClassifier) -> list[tuple[str, Tensor]]:
    return sorted(classifier.state_dict().items())
