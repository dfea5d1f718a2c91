"""One query against many rows of bytes: the inner loop of a search, in whole numbers.

onnxruntime multiplies unsigned by signed bytes as fast as memory brings them, with whatever
instructions the processor has (VNNI, AMX, NEON). Its graph of one step is written here by hand, in
the few fields of ONNX's protocol buffers that it takes, since the library ``onnx`` is not there
where a model is used: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import UInt8Array

Int8Array = NDArray[np.int8]
Int32Array = NDArray[np.int32]

UINT8, INT8, INT32 = 2, 3, 6
"""ONNX's numbers of the kinds of values."""
IR_VERSION, OPSET = 8, 10


class Scanner:
    """Multiplies rows of bytes with the few columns of a query, on one core.

    Args:
        width: Bytes of a row, D.
        columns: Columns of a query, Q.
    """

    def __init__(self, width: int, columns: int) -> None:
        self._session = _session(width, columns)

    def __call__(self, rows: UInt8Array, query: Int8Array) -> Int32Array:
        """Return the products of rows (N, D) with a query (D, Q), as (N, Q)."""
        products: Int32Array = self._session.run(None, {"rows": rows, "query": query})[0]
        return products


@lru_cache(maxsize=16)
def _session(width: int, columns: int) -> Any:
    from prodcat.inference.runtime import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    # What it would keep of a long answer is memory of no use to a short one.
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(
        scan_graph(width, columns), options, providers=["CPUExecutionProvider"]
    )


def scan_graph(width: int, columns: int) -> bytes:
    """Return the model of one step, ``products = MatMulInteger(rows, query)``."""
    node = _text(1, "rows") + _text(1, "query") + _text(2, "products") + _text(4, "MatMulInteger")
    graph = (
        _part(1, node)
        + _text(2, "scan")
        + _part(11, _value("rows", UINT8, "n", width))
        + _part(11, _value("query", INT8, width, columns))
        + _part(12, _value("products", INT32, "n", columns))
    )
    opset = _text(1, "") + _number(2, OPSET)
    return _number(1, IR_VERSION) + _part(7, graph) + _part(8, opset)


def _value(name: str, kind: int, *shape: int | str) -> bytes:
    sizes = b"".join(
        _part(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape
    )
    tensor = _number(1, kind) + _part(2, sizes)
    return _text(1, name) + _part(2, _part(1, tensor))


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _text(field: int, value: str) -> bytes:
    return _part(field, value.encode())


def _part(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    """Write a whole number seven bits at a time, the lowest first."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
