"""Takes out of an exported graph what only its exporter needed."""

from pathlib import Path
from typing import Any


def tidy(file: Path) -> None:
    """Take out of an exported graph, in place, what only its exporter needed."""
    import onnx

    model = onnx.load(file)
    forget_origin(model)
    drop_nan_guards(model.graph)
    onnx.save(model, file)


def drop_nan_guards(graph: Any) -> None:
    """Take out what attention does for a text whose tokens are all padding: we have none.

    The exporter replaces NaN by 0 in each layer, which takes as long as the softmax before it.
    """
    checked = {node.output[0]: node.input[0] for node in graph.node if node.op_type == "IsNaN"}
    guarded: dict[str, str] = {}
    nodes = []
    for node in graph.node:
        if node.op_type == "Where" and checked.get(node.input[0]) == node.input[2]:
            guarded[node.output[0]] = node.input[2]
        else:
            nodes.append(node)
    for node in nodes:
        # Whoever read the guarded value reads what was guarded.
        for place, name in enumerate(node.input):
            node.input[place] = guarded.get(name, name)
    read = {name for node in nodes for name in node.input}
    needed = [node for node in nodes if node.op_type != "IsNaN" or node.output[0] in read]
    del graph.node[:]
    graph.node.extend(needed)


def forget_origin(model: Any) -> None:
    """Take out where in whose source files each node came from, which the exporter notes."""
    graph = model.graph
    for noted in (model, graph, *graph.node, *graph.value_info, *graph.initializer):
        noted.doc_string = ""
        del noted.metadata_props[:]
    for value in (*graph.input, *graph.output):
        del value.metadata_props[:]
