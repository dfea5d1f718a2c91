"""From a trained classifier to a model directory that runs without torch."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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

LEAST_PACKED = 50_000
"""Smaller matrices are kept as they are: they weigh little."""


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
        return self.classifier.score(embeddings, given["present"])


def export_onnx(
    classifier: ProductClassifier, file: Path, *, height: int, width: int, quantize: str = "none"
) -> None:
    """Write the classifier as an ONNX graph.

    Args:
        classifier: In whatever mode and place; it is left as it was.
        file: Where to write.
        height: Pixels of a picture's side, as in training.
        width: The same across.
        quantize: ``int8`` stores large matrices as integers; see `quantize_weights`.

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
    forget_origin(file)
    if quantize == "int8":
        quantize_weights(file)


def forget_origin(file: Path) -> None:
    """Take out where in whose source files each node came from, which the exporter notes."""
    import onnx

    model = onnx.load(file)
    graph = model.graph
    for noted in (model, graph, *graph.node, *graph.value_info, *graph.initializer):
        noted.doc_string = ""
        del noted.metadata_props[:]
    for value in (*graph.input, *graph.output):
        del value.metadata_props[:]
    onnx.save(model, file)


def quantize_weights(file: Path) -> None:
    """Store the large matrices of a graph as 8-bit integers, in place.

    Each output column of a matrix, and each row of an embedding table, gets its own scale;
    arithmetic stays in floats, so an answer does not depend on what else is in its batch.
    The matrices become floats again once, when the graph is loaded; rows of a table each
    time that they are looked up, so that the table stays small in memory.
    """
    import onnx

    model = onnx.load(file)
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[Any] = []
    packed: set[str] = set()
    for node in graph.node:
        matrix = {"MatMul": 1, "Gemm": 1, "Gather": 0}.get(node.op_type)
        name = node.input[matrix] if matrix is not None else ""
        if name not in stored or not _is_large_matrix(stored[name]):
            nodes.append(node)
            continue
        by_row = node.op_type == "Gather" or _is_transposed(node)
        if name not in packed:
            packed.add(name)
            graph.initializer.extend(_pack(stored[name], by_row=by_row))
            if node.op_type != "Gather":
                nodes += _unpack(name, f"{name}_int8", f"{name}_scale", f"{name}_float")
        if node.op_type == "Gather":
            nodes += _look_up(node, name)
        else:
            node.input[matrix] = f"{name}_float"
            nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    kept = [tensor for tensor in graph.initializer if tensor.name not in packed]
    del graph.initializer[:]
    graph.initializer.extend(kept)
    onnx.save(model, file)


def _is_large_matrix(tensor: Any) -> bool:
    import onnx

    large = len(tensor.dims) == 2 and tensor.dims[0] * tensor.dims[1] >= LEAST_PACKED
    return large and tensor.data_type == onnx.TensorProto.FLOAT


def _is_transposed(node: Any) -> bool:
    """Tell whether a Gemm's matrix has an output in each row, as PyTorch stores it."""
    return any(attribute.name == "transB" and attribute.i for attribute in node.attribute)


def _pack(tensor: Any, *, by_row: bool) -> list[Any]:
    """Return a matrix as integers from -127 to 127, and their scales."""
    from onnx import numpy_helper

    values = numpy_helper.to_array(tensor)
    scale = np.abs(values).max(axis=1 if by_row else 0, keepdims=True) / 127
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    integers = np.rint(values / scale).astype(np.int8)
    return [
        numpy_helper.from_array(integers, f"{tensor.name}_int8"),
        numpy_helper.from_array(scale, f"{tensor.name}_scale"),
    ]


def _unpack(name: str, integers: str, scale: str, result: str) -> list[Any]:
    """Return the nodes that make floats of integers and their scales."""
    from onnx import TensorProto, helper

    cast = f"{result}_cast"
    return [
        helper.make_node("Cast", [integers], [cast], name=f"{name}_cast", to=TensorProto.FLOAT),
        helper.make_node("Mul", [cast, scale], [result], name=f"{name}_mul"),
    ]


def _look_up(node: Any, table: str) -> list[Any]:
    """Return the nodes that look rows up in a packed table, in place of *node*."""
    from onnx import helper

    result = node.output[0]
    rows = {kind: f"{result}_{kind}" for kind in ("int8", "scale")}
    found = [
        helper.make_node("Gather", [f"{table}_{kind}", node.input[1]], [row], name=row, axis=0)
        for kind, row in rows.items()
    ]
    return found + _unpack(result, rows["int8"], rows["scale"], result)


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
