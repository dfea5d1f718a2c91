"""Graphs of integers: smaller, and nearly the same answers."""

import numpy as np
import onnx
import pytest
import torch

from prodcat.export.graphs import export_graphs
from prodcat.export.quantize import LEAST_PACKED, pack_matrices, pack_tables, quantize_graphs
from tests.export.test_graphs import NAMES, TOLERANCE, run
from tests.network.networks import HEIGHT, WIDTH, build_network, draw_batch

# The exporter takes seconds however small the network is.
pytestmark = pytest.mark.slow

BOTH, TEXT, IMAGE = [True, True], [True, False], [False, True]
WORDS, WIDE, INNER = 600, 128, 512


def build_wide(**parts):
    """A network whose text encoder is wide enough to be packed."""
    from transformers import BertConfig, BertModel

    from prodcat.network.text_encoder import TextEncoder

    network = build_network(**parts)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        wide = BertConfig(
            vocab_size=WORDS,
            hidden_size=WIDE,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=INNER,
            max_position_embeddings=64,
        )
        network.text_encoder = TextEncoder(BertModel(wide))
        network.text_projection[0] = torch.nn.Linear(WIDE, 16)
    return network.eval()


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """The graphs of a network in floats, and in integers."""
    network = build_wide()
    found = []
    for kind in ("floats", "integers"):
        folder = tmp_path_factory.mktemp(kind)
        export_graphs(network, folder, height=HEIGHT, width=WIDTH)
        found.append(folder)
    examples = [draw_batch([BOTH] * 8, tokens=9, seed=seed) for seed in range(4)]
    batches = [dict(zip(NAMES, (part.numpy() for part in b), strict=True)) for b in examples]
    quantize_graphs(
        found[1],
        {
            "text.onnx": [{name: b[name] for name in NAMES[:2]} for b in batches],
            "image.onnx": [{"pixel_values": b["pixel_values"]} for b in batches],
        },
    )
    return found


def operators(file):
    return {node.op_type for node in onnx.load(file).graph.node}


def test_tables_layers_and_convolutions_are_integers(folders):
    _, integers = folders
    for name in ("text.onnx", "image.onnx"):
        assert {"QuantizeLinear", "DequantizeLinear"} <= operators(integers / name)
    packed = WORDS * WIDE + 4 * WIDE * WIDE + 2 * WIDE * INNER
    saved = (folders[0] / "text.onnx").stat().st_size - (integers / "text.onnx").stat().st_size
    assert saved == pytest.approx(3 * packed, rel=0.1)


@pytest.mark.parametrize("parts", [BOTH, TEXT, IMAGE])
def test_integers_answer_nearly_the_same(folders, parts):
    floats, integers = folders
    batch = draw_batch([parts] * 6, tokens=9, seed=9)
    exact, close = run(floats, batch), run(integers, batch)
    assert not np.array_equal(exact, close)
    np.testing.assert_allclose(close, exact, atol=0.1 * np.abs(exact).max())


def test_an_answer_does_not_depend_on_the_rest_of_its_batch(folders):
    _, integers = folders
    batch = draw_batch([BOTH] * 6, tokens=9, seed=9)
    alone = run(integers, tuple(part[:1] for part in batch))
    np.testing.assert_allclose(alone, run(integers, batch)[:1], atol=TOLERANCE)


def test_products_of_pairs_do_not_overflow_16_bits(folders):
    _, integers = folders
    for name in ("text.onnx", "image.onnx"):
        weights = [
            onnx.numpy_helper.to_array(tensor)
            for tensor in onnx.load(integers / name).graph.initializer
            if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) in (2, 4)
        ]
        layers = [w for w in weights if len(w) != WORDS]
        assert layers
        assert all(2 * 255 * np.abs(w.astype(int)).max() < 2**15 for w in layers)


def test_small_matrices_and_tables_stay_floats(tmp_path):
    export_graphs(build_network(), tmp_path, height=HEIGHT, width=WIDTH)
    pack_tables(tmp_path / "text.onnx")
    pack_matrices(tmp_path / "head.onnx")
    for name in ("text", "head"):
        types = {t.data_type for t in onnx.load(tmp_path / f"{name}.onnx").graph.initializer}
        assert onnx.TensorProto.INT8 not in types
    assert LEAST_PACKED > 16 * 16


def test_large_matrices_of_the_head_are_stored_as_integers_and_computed_in_floats(tmp_path):
    network = build_network(dim=256)
    export_graphs(network, tmp_path, height=HEIGHT, width=WIDTH)
    batch = draw_batch([BOTH] * 4)
    exact, size = run(tmp_path, batch), (tmp_path / "head.onnx").stat().st_size
    pack_matrices(tmp_path / "head.onnx")
    assert (tmp_path / "head.onnx").stat().st_size < size / 2
    np.testing.assert_allclose(run(tmp_path, batch), exact, atol=0.05 * np.abs(exact).max())
