"""Stores a model's graphs as 8-bit integers, and lets them compute in integers.

Tables of word pieces are stored row by row and looked up as integers. Layers of the encoders
are quantized statically: each of their outputs has its own scale, their inputs a fixed one,
found from examples. So an answer does not depend on what else is in its batch.

Weights of layers have seven bits: x86 processors without VNNI add up pairs of products in
16 bits, which eight bits would overflow.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, TEXT_ONNX

LEAST_PACKED = 50_000
"""Smaller matrices are kept as they are: they weigh little."""
LAYERS: Mapping[str, tuple[str, ...]] = {
    TEXT_ONNX: ("MatMul", "Gemm"),
    IMAGE_ONNX: ("Conv", "Add", "Clip", "Relu", "GlobalAveragePool", "ReduceMean"),
}
"""What is computed in integers, by graph."""

Example = Mapping[str, NDArray[Any]]


def quantize_graphs(folder: Path, examples: Mapping[str, Sequence[Example]]) -> None:
    """Quantize the graphs of a model directory, in place.

    Args:
        folder: The model directory, with graphs in floats.
        examples: By the graph's file name, batches of its inputs, from products that are like
            those to come.
    """
    for name, layers in LAYERS.items():
        if (folder / name).is_file():
            pack_tables(folder / name)
            # Without an example, such as of a picture where all are lost, nobody knows the
            # scales; what no product has made use of is left in floats.
            if examples[name]:
                quantize_layers(folder / name, layers, examples[name])
    pack_matrices(folder / HEAD_ONNX)


def quantize_layers(file: Path, layers: Sequence[str], examples: Sequence[Example]) -> None:
    """Quantize a graph's layers of these kinds statically, in place."""
    from prodcat.inference.runtime import load_quantization

    quantization = load_quantization()
    with tempfile.TemporaryDirectory() as folder:
        prepared, result = Path(folder) / "prepared.onnx", Path(folder) / "result.onnx"
        # Folds batch normalisation into the convolutions before it, among others.
        quantization.shape_inference.quant_pre_process(
            str(file), str(prepared), skip_symbolic_shape=True
        )
        quantization.quantize_static(
            str(prepared),
            str(result),
            _ExampleReader(examples),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=list(layers),
            per_channel=True,
            # Seven bits for weights, see above.
            reduce_range=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            extra_options={
                # Attention multiplies two results; those stay floats.
                "MatMulConstBOnly": True,
                "OpTypesToExcludeOutputQuantization": ["MatMul", "Gemm"],
                "QDQOpTypePerChannelSupportToAxis": {"MatMul": 1},
            },
        )
        shutil.move(result, file)


class _ExampleReader:
    """Gives examples to onnxruntime one by one."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = iter(examples)

    def get_next(self) -> Example | None:
        return next(self._examples, None)


def pack_tables(file: Path) -> None:
    """Store the large tables that a graph looks rows up in as integers, in place.

    Each row gets its own scale. Rows become floats when they are looked up, so that the table
    stays small in memory.
    """
    _pack_graph(file, ("Gather",))


def pack_matrices(file: Path) -> None:
    """Store the large matrices of a graph as integers, in place; arithmetic stays in floats.

    Each output column gets its own scale. The matrices become floats again once, when the
    graph is loaded.
    """
    _pack_graph(file, ("MatMul", "Gemm"))


def _pack_graph(file: Path, kinds: Sequence[str]) -> None:
    import onnx

    model = onnx.load(file)
    graph = model.graph
    stored = {tensor.name: tensor for tensor in graph.initializer}
    nodes: list[Any] = []
    packed: set[str] = set()
    for node in graph.node:
        matrix = {"MatMul": 1, "Gemm": 1, "Gather": 0}[node.op_type] if node.op_type in kinds else 0
        name = node.input[matrix] if node.op_type in kinds else ""
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
    unpacked = [tensor for tensor in graph.initializer if tensor.name not in packed]
    del graph.initializer[:]
    graph.initializer.extend(unpacked)
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
    # A row of zeros stays one, whatever its scale; but nothing is divided by 0.
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
    gathers = [
        helper.make_node("Gather", [f"{table}_{kind}", node.input[1]], [row], name=row, axis=0)
        for kind, row in rows.items()
    ]
    return gathers + _unpack(result, rows["int8"], rows["scale"], result)
