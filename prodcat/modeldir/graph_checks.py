"""What a model's graph may not hold, told from its bytes before onnxruntime sees any.

A graph of ours is a list of plain operators with all its numbers in the file itself. ONNX has
more: numbers in other files, at a path that the graph names; operators that run other graphs, as
often as they like; functions of functions, which double with each level. No model needs them, and
each of them would let a stranger's file do what data does not.

An ONNX file is a message of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/),
whose fields are numbered in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from collections.abc import Iterator
from pathlib import Path

from prodcat.errors import ModelError

MAX_NODES = 100_000
"""Operators of a graph; the largest of an encoder that people use has some ten thousand."""
DOMAINS = ("", "ai.onnx")
"""Of operators: ONNX's own, which all our graphs are made of."""
ENDLESS = ("Loop", "Scan", "If", "SequenceMap")
"""Operators that run another graph."""
VARINT, FIXED_64, BYTES, FIXED_32 = 0, 1, 2, 5
"""How a field is written."""
EXTERNAL = 1
CUT_OFF = "it is no ONNX file, or cut off"

Field = tuple[int, "memoryview | int"]
"""Its number, and its bytes; of a whole number its value."""


def check_graph(content: bytes, file: Path) -> None:
    """Refuse a graph that holds more than operators and their numbers.

    Args:
        content: The ONNX file.
        file: What to call it in a message.

    Raises:
        ModelError: If it does, or is no ONNX file.
    """
    try:
        graphs = [value for number, value in _fields(memoryview(content)) if _of_model(number)]
        if len(graphs) != 1:
            raise _RefusedError("it is no ONNX file with one graph")
        _check(_message(graphs[0]))
    except _RefusedError as error:
        raise ModelError(f"{file} cannot be loaded: {error}.") from error


class _RefusedError(Exception):
    """Says what is wrong with a graph."""


def _of_model(number: int) -> bool:
    """Tell the graph of a model from its other fields."""
    if number == 25:
        raise _RefusedError("it defines functions of its own, which no model of ours does")
    if number == 20:
        raise _RefusedError("it has a graph for training, which answering has no use for")
    return number == 7


def _check(graph: memoryview) -> None:
    nodes = 0
    for number, value in _fields(graph):
        if number == 1:
            nodes += 1
            _check_node(_message(value))
        elif number == 5:
            _check_tensor(_message(value))
        elif number == 15:
            raise _RefusedError("it has sparse numbers, which no model of ours has")
    if nodes > MAX_NODES:
        raise _RefusedError(f"it has {nodes:,} operators; at most {MAX_NODES:,} are allowed")


def _check_node(node: memoryview) -> None:
    kind = domain = ""
    for number, value in _fields(node):
        if number == 4:
            kind = _text(value)
        elif number == 7:
            domain = _text(value)
        elif number == 5:
            _check_attribute(_message(value))
    if kind in ENDLESS:
        raise _RefusedError(f"it has the operator {kind}, which runs other graphs without end")
    if domain not in DOMAINS:
        raise _RefusedError(f"it has an operator {domain}.{kind}; those of ONNX alone are allowed")


def _check_attribute(attribute: memoryview) -> None:
    for number, value in _fields(attribute):
        if number in (6, 11):
            raise _RefusedError("it has an operator that runs another graph")
        if number in (22, 23):
            raise _RefusedError("it has sparse numbers, which no model of ours has")
        if number in (5, 10):
            _check_tensor(_message(value))


def _check_tensor(tensor: memoryview) -> None:
    for number, value in _fields(tensor):
        if number == 13 or (number == 14 and value == EXTERNAL):
            raise _RefusedError("it names another file for its numbers, which belong in its own")


def _message(value: memoryview | int) -> memoryview:
    if isinstance(value, int):
        raise _RefusedError(CUT_OFF)
    return value


def _text(value: memoryview | int) -> str:
    return bytes(_message(value)[:100]).decode(errors="replace")


def _fields(message: memoryview) -> Iterator[Field]:
    """Yield the fields of a message, none of which is copied."""
    place, end = 0, len(message)
    while place < end:
        # Most keys and lengths are of one byte; a call for each would take as long as the rest.
        key, place = message[place], place + 1
        if key > 0x7F:
            key, place = _varint(message, place - 1)
        wire = key & 7
        if wire in (BYTES, VARINT):
            if place == end:
                raise _RefusedError(CUT_OFF)
            length, place = message[place], place + 1
            if length > 0x7F:
                length, place = _varint(message, place - 1)
            if wire == VARINT:
                yield key >> 3, length
                continue
        elif wire == FIXED_64:
            length = 8
        elif wire == FIXED_32:
            length = 4
        else:
            raise _RefusedError(CUT_OFF)
        after = place + length
        if after > end or key < 8:
            raise _RefusedError(CUT_OFF)
        yield key >> 3, message[place:after]
        place = after


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """Read a whole number of seven bits a byte, and return where it ends."""
    value = shift = 0
    while place < len(message) and shift < 70:
        byte = message[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
        shift += 7
    raise _RefusedError(CUT_OFF)
