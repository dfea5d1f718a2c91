"""The graphs of a model that was started from names: two additions to an encoder's, and a head.

No part of it needs torch: the encoder's graph is taken as it is, and ``onnx`` puts rows of word
pieces and of their pairs behind its embedding.
"""

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array
from prodcat.errors import require
from prodcat.modeldir.format import HEAD_ONNX, TEXT_ONNX
from prodcat.starting.pieces import FACTOR, PLACES, Pieces

OPSET = 20
IR_VERSION = 10
"""Of the head; that of the newest onnx may be beyond the oldest onnxruntime that we take."""
WIDEST = 512
"""Numbers of a text's pieces at most: with more categories, their weights are made of so few."""
LEAST = 1e-9


def write_graphs(
    folder: Path,
    encoder: bytes,
    width: int,
    pieces: Pieces,
    weights: Float32Array,
    prototypes: Float32Array,
    bias: Float32Array,
    *,
    scale: float,
    vocabulary: int,
) -> None:
    """Write ``text.onnx`` and ``head.onnx``.

    Args:
        folder: Where to write.
        encoder: A graph from ``input_ids`` and ``attention_mask`` to ``text``.
        width: Numbers of its embedding, D.
        pieces: Which pieces and pairs have a row.
        weights: Their rows, (rows, C).
        prototypes: What embeddings of unit length are multiplied with, (C, D).
        bias: Of each category, (C,).
        scale: Makes logits of cosines.
        vocabulary: Word pieces of the tokenizer.
    """
    onnx: Any = require("onnx", extra="train")
    table, back = _narrowed(weights)
    model = onnx.load_from_string(encoder)
    _add_pieces(model, pieces, table, width, vocabulary)
    onnx.save(model, folder / TEXT_ONNX)
    onnx.save(_head(prototypes * scale, back * scale, bias * scale), folder / HEAD_ONNX)


def _narrowed(weights: Float32Array) -> tuple[Float32Array, Float32Array]:
    """Return a table, (rows, W), and a matrix, (W, C), whose product the weights nearly are."""
    _rows, categories = weights.shape
    if categories <= WIDEST:
        return weights, np.eye(categories, dtype=np.float32)
    values, vectors = np.linalg.eigh((weights.T @ weights).astype(np.float64))
    best = vectors[:, np.argsort(-values)[:WIDEST]].astype(np.float32)  # (C, W)
    return weights @ best, np.ascontiguousarray(best.T)


def _add_pieces(model: Any, pieces: Pieces, table: Float32Array, width: int, vocab: int) -> None:
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    ours = _free_prefix(graph)
    for node in graph.node:
        node.output[:] = [f"{ours}sentence" if name == "text" else name for name in node.output]
        node.input[:] = [f"{ours}sentence" if name == "text" else name for name in node.input]
    of_singles = np.zeros(vocab, dtype=np.int32)
    of_pairs = np.zeros(PLACES, dtype=np.int16)
    for key, row in pieces.singles.items():
        of_singles[key] = row + 1
    for key, row in pieces.pairs.items():
        of_pairs[key] = row + 1
    if len(pieces) >= np.iinfo(np.int16).max:
        of_pairs = of_pairs.astype(np.int32)
    # Row 0 is of what is unknown, and of padding.
    named: dict[str, NDArray[Any]] = {
        "singles": of_singles,
        "pairs": of_pairs,
        "table": np.concatenate([np.zeros((1, table.shape[1])), table]).astype(np.float16),
        "zero": np.array([0], dtype=np.int64),
        "one": np.array([1], dtype=np.int64),
        "minus_one": np.array([-1], dtype=np.int64),
        "far": np.array([np.iinfo(np.int32).max], dtype=np.int64),
        "factor": np.array(FACTOR, dtype=np.int64),
        "places": np.array(PLACES, dtype=np.int64),
        "unknown": np.array(0, dtype=np.int32),
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

    add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    add("Gather", ["singles", "input_ids"], "of_singles")
    add("Mul", ["of_singles", "mask"], "shown_singles")
    add("Slice", ["input_ids", "zero", "minus_one", "one"], "left")
    add("Slice", ["input_ids", "one", "far", "one"], "right")
    add("Slice", ["mask", "one", "far", "one"], "mask_right")
    add("Mul", ["left", "factor"], "scattered")
    add("Add", ["scattered", "right"], "both")
    add("Mod", ["both", "places"], "place")
    add("Gather", ["pairs", "place"], "short_rows")
    add("Cast", ["short_rows"], "of_pairs", to=TensorProto.INT32)
    add("Mul", ["of_pairs", "mask_right"], "shown_pairs")
    add("Concat", ["shown_singles", "shown_pairs"], "shown", axis=1)
    add("Gather", ["table", "shown"], "halves")
    add("Cast", ["halves"], "vectors", to=TensorProto.FLOAT)
    add("ReduceSum", ["vectors", "one"], "sum", keepdims=0)
    add("Equal", ["shown", "unknown"], "is_unknown")
    add("Not", ["is_unknown"], "is_known")
    add("Cast", ["is_known"], "ones", to=TensorProto.FLOAT)
    add("ReduceSum", ["ones", "one"], "number", keepdims=1)
    add("Max", ["number", "least"], "count")
    add("Sqrt", ["count"], "root")
    add("Div", ["sum", "root"], "bag")
    add("Concat", ["sentence", "bag"], "text", axis=1)
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = width + table.shape[1]


def _free_prefix(graph: Any) -> str:
    """Return a beginning that no name has yet, also where a model was started from another."""
    taken = {name for node in graph.node for name in (node.name, *node.output)}
    taken |= {tensor.name for tensor in graph.initializer}
    numbers = (f"start{number}_" for number in itertools.count(1))
    return next(p for p in numbers if not any(name.startswith(p) for name in taken))


def _head(prototypes: Float32Array, back: Float32Array, bias: Float32Array) -> Any:
    """Return the graph from ``text`` and ``present`` to ``logits`` and the unit ``fused``."""
    from onnx import TensorProto, helper, numpy_helper

    categories, width = prototypes.shape
    arrays: dict[str, NDArray[Any]] = {
        "parts": np.array([width, len(back)], dtype=np.int64),
        "along": np.array([1], dtype=np.int64),
        "least": np.array(LEAST, dtype=np.float32),
        "prototypes": np.ascontiguousarray(prototypes.T),
        "back": back,
        "bias": bias,
        "first": np.array([0], dtype=np.int64),
        "nothing": np.zeros((), dtype=np.float32),
    }
    make = helper.make_node
    nodes = [
        make("Split", ["text", "parts"], ["sentence", "bag"], "split", axis=1),
        make("ReduceL2", ["sentence", "along"], ["length"], "length", keepdims=1),
        make("Max", ["length", "least"], ["divisor"], "divisor"),
        make("Div", ["sentence", "divisor"], ["fused"], "fused"),
        make("MatMul", ["fused", "prototypes"], ["by_sentence"], "by_sentence"),
        make("MatMul", ["bag", "back"], ["by_pieces"], "by_pieces"),
        make("Sum", ["by_sentence", "by_pieces", "bias"], ["scores"], "scores"),
        make("Gather", ["present", "first"], ["has_text"], "has_text", axis=1),
        make("Where", ["has_text", "scores", "nothing"], ["logits"], "logits"),
    ]
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "head",
        [
            value("text", TensorProto.FLOAT, ["batch", width + len(back)]),
            value("present", TensorProto.BOOL, ["batch", 2]),
        ],
        [
            value("logits", TensorProto.FLOAT, ["batch", categories]),
            value("fused", TensorProto.FLOAT, ["batch", width]),
        ],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    opsets = [helper.make_opsetid("", OPSET)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
