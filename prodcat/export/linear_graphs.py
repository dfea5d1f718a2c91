"""From a linear classifier to the graphs of a model directory.

The encoders are those that it was trained on, but for a table of words that is put beside the
text's; the head is a few multiplications, for which no exporter is needed.
"""

import itertools
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from prodcat.export.graphs import OPSET
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX, TOKENIZER
from prodcat.network.linear import UNKNOWN, LinearClassifier, Standardize
from prodcat.network.words import WordRows

IR_VERSION = 10
"""Of the ONNX files; that of the newest onnx may be beyond the oldest onnxruntime that we take."""
OURS = "words"
"""Begins the names that are added to a graph of somebody else's."""


def round_words(classifier: LinearClassifier) -> None:
    """Round the table of words to the 16 bits that it is stored with."""
    if classifier.table is not None:
        with torch.no_grad():
            classifier.table.weight.copy_(classifier.table.weight.half().float())


def write_linear(
    classifier: LinearClassifier, words: WordRows | None, encoders: Path, folder: Path
) -> None:
    """Write a linear classifier as the graphs of a model directory.

    Args:
        classifier: Trained, its words rounded by `round_words`.
        words: Which word pieces have a row; None where it reads no words.
        encoders: The model directory whose encoders it was trained on.
        folder: Where to write.
    """
    import onnx

    widths = {}
    if classifier.text is not None:
        shutil.copyfile(encoders / TOKENIZER, folder / TOKENIZER)
        widths["text"] = len(classifier.text.mean)
        if words is None or classifier.table is None:
            shutil.copyfile(encoders / TEXT_ONNX, folder / TEXT_ONNX)
        else:
            model = onnx.load(encoders / TEXT_ONNX)
            width = _add_words(model, _array(classifier.table.weight), words.rows)
            widths["text"] += width
            onnx.save(model, folder / TEXT_ONNX)
    if classifier.image is not None:
        shutil.copyfile(encoders / IMAGE_ONNX, folder / IMAGE_ONNX)
        widths["image"] = len(classifier.image.mean)
    onnx.save(_head(classifier, widths), folder / HEAD_ONNX)


def _add_words(model: Any, table: NDArray[np.float32], rows: NDArray[np.int64]) -> int:
    """Put the sum of a text's words behind its embedding, and return how many numbers that adds.

    Args:
        model: A graph from ``input_ids`` and ``attention_mask`` to ``text``.
        table: A row for each known word, (rows, width).
        rows: Row of each word piece, (V,).
    """
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    ours = free_prefix(graph)
    for node in graph.node:
        node.output[:] = [f"{ours}sentence" if name == "text" else name for name in node.output]
        node.input[:] = [f"{ours}sentence" if name == "text" else name for name in node.input]
    named: dict[str, NDArray[Any]] = {
        "rows": rows.astype(np.int32),
        "table": table.astype(np.float16),
        "along": np.array([1], dtype=np.int64),
        "unknown": np.array(UNKNOWN, dtype=np.int32),
        "least": np.array(1, dtype=np.float32),
    }
    graph.initializer.extend(
        numpy_helper.from_array(array, f"{ours}{name}") for name, array in named.items()
    )

    def add(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        given = ("input_ids", "attention_mask", "text")
        names = [name if name in given else f"{ours}{name}" for name in (*inputs, output)]
        node = helper.make_node(kind, names[:-1], names[-1:], f"{ours}{output}", **attributes)
        graph.node.append(node)

    add("Gather", ["rows", "input_ids"], "of_pieces")
    add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    add("Mul", ["of_pieces", "mask"], "shown")  # of padding the row of the unknown, which is 0
    add("Gather", ["table", "shown"], "halves")
    add("Cast", ["halves"], "vectors", to=TensorProto.FLOAT)
    add("ReduceSum", ["vectors", "along"], "sum", keepdims=0)
    add("Equal", ["shown", "unknown"], "is_unknown")
    add("Not", ["is_unknown"], "is_known")
    add("Cast", ["is_known"], "ones", to=TensorProto.FLOAT)
    add("ReduceSum", ["ones", "along"], "number", keepdims=1)
    add("Max", ["number", "least"], "count")
    add("Sqrt", ["count"], "root")
    add("Div", ["sum", "root"], "bag")
    add("Concat", ["sentence", "bag"], "text", axis=1)
    shape = graph.output[0].type.tensor_type.shape
    shape.dim[1].dim_value += table.shape[1]
    return int(table.shape[1])


def free_prefix(graph: Any) -> str:
    """Return a beginning that no name has yet, also where a table of words was put in before."""
    taken = {name for node in graph.node for name in (node.name, *node.output)}
    taken |= {tensor.name for tensor in graph.initializer}
    numbers = itertools.count(1)
    return next(
        prefix
        for prefix in (f"{OURS}{number}_" for number in numbers)
        if not any(name.startswith(prefix) for name in taken)
    )


def _head(classifier: LinearClassifier, widths: dict[str, int]) -> Any:
    """Return the graph from embeddings and ``present`` to ``logits``.

    What standardizes an embedding is multiplied into the weights: a part that is there adds
    ``embedding @ weights + bias``, and one that is not adds nothing, not even its NaN.
    """
    from onnx import TensorProto, helper, numpy_helper

    categories = len(classifier.bias)
    initializers = {
        "zero": np.zeros((), dtype=np.float32),
        "bias": _array(classifier.bias),
    }
    nodes, sums = [], ["bias"]
    for part, standardize, layer in (
        ("text", classifier.text, classifier.by_text),
        ("image", classifier.image, classifier.by_image),
    ):
        if standardize is None or layer is None:
            continue
        weights, bias = _folded(standardize, layer)
        if part == "text" and widths["text"] > len(weights) and classifier.by_words is not None:
            weights = np.concatenate([weights, _array(classifier.by_words.weight).T])
        initializers |= {f"{part}_weights": weights, f"{part}_bias": bias}
        initializers[f"{part}_place"] = np.array([0 if part == "text" else 1], dtype=np.int64)
        steps = (
            ("Gather", ["present", f"{part}_place"], f"has_{part}"),
            ("MatMul", [f"{part}", f"{part}_weights"], f"{part}_product"),
            ("Add", [f"{part}_product", f"{part}_bias"], f"by_{part}"),
            ("Where", [f"has_{part}", f"by_{part}", "zero"], f"{part}_logits"),
        )
        for kind, inputs, output in steps:
            axis: dict[str, Any] = {"axis": 1} if kind == "Gather" else {}
            nodes.append(helper.make_node(kind, inputs, [output], output, **axis))
        sums.append(f"{part}_logits")
    nodes.append(helper.make_node("Sum", sums, ["logits"], "logits"))
    described = [
        helper.make_tensor_value_info(part, TensorProto.FLOAT, ["batch", width])
        for part, width in widths.items()
    ]
    graph = helper.make_graph(
        nodes,
        "head",
        [*described, helper.make_tensor_value_info("present", TensorProto.BOOL, ["batch", 2])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", categories])],
        [numpy_helper.from_array(array, name) for name, array in initializers.items()],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)


def _folded(
    standardize: Standardize, layer: nn.Linear
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return weights (D, C) and bias (C,) that take an embedding as it comes."""
    with torch.no_grad():
        weights = layer.weight * standardize.scale  # (C, D)
        bias = layer.bias - weights @ standardize.mean
    return np.ascontiguousarray(_array(weights).T), _array(bias)


def _array(tensor: Tensor) -> NDArray[np.float32]:
    return tensor.detach().float().numpy()
