import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from prodcat.errors import ModelError
from prodcat.inference.export import (
    LEAST_PACKED,
    ExportedClassifier,
    export_onnx,
    quantize_weights,
    save_weights,
    torch_logits,
)
from prodcat.model.fusion import FUSIONS
from tests.model.networks import HEIGHT, WIDTH, build_network, draw_batch

# The exporter takes seconds however small the network is.
pytestmark = pytest.mark.slow

BOTH, TEXT, IMAGE, NEITHER = [True, True], [True, False], [False, True], [False, False]
NAMES = ("input_ids", "attention_mask", "pixel_values", "present")
TOLERANCE = 1e-4


def export(network, file, quantize="none"):
    export_onnx(network, file, height=HEIGHT, width=WIDTH, quantize=quantize)
    return file


def run(file, batch):
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    wanted = {given.name for given in session.get_inputs()}
    feed = {n: tensor.numpy() for n, tensor in zip(NAMES, batch, strict=True) if n in wanted}
    return session.run(["logits"], feed)[0]


def expected(network, batch):
    return torch_logits(network, [dict(zip(NAMES, batch, strict=True))])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A network of both encoders, and its graph."""
    network = build_network()
    return network, export(network, tmp_path_factory.mktemp("export") / "model.onnx")


@pytest.mark.parametrize("count", [1, 3, 32])
@pytest.mark.parametrize("tokens", [2, 6, 48])
def test_torch_and_onnx_agree_for_any_batch(whole, count, tokens):
    network, file = whole
    batch = draw_batch(([BOTH, TEXT, IMAGE, NEITHER] * 8)[:count], tokens=tokens)
    np.testing.assert_allclose(run(file, batch), expected(network, batch), atol=TOLERANCE)


@pytest.mark.parametrize("parts", [BOTH, TEXT, IMAGE, NEITHER])
def test_torch_and_onnx_agree_whatever_is_there(whole, parts):
    network, file = whole
    batch = draw_batch([parts] * 2)
    np.testing.assert_allclose(run(file, batch), expected(network, batch), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("has", "fusion", "inputs"),
    [
        ({"image": False}, "gated", ["input_ids", "attention_mask", "present"]),
        ({"text": False}, "attention", ["pixel_values", "present"]),
        ({}, "attention", list(NAMES)),
    ],
    ids=["text", "image", "both"],
)
def test_a_graph_has_the_inputs_that_its_network_reads(tmp_path, has, fusion, inputs):
    assert fusion in FUSIONS
    network = build_network(fusion, **has)
    file = export(network, tmp_path / "model.onnx")
    assert [given.name for given in onnx.load(file).graph.input] == inputs
    assert ExportedClassifier(network).input_names == inputs
    for count in (1, 3):
        batch = draw_batch([BOTH, NEITHER, BOTH][:count])
        np.testing.assert_allclose(run(file, batch), expected(network, batch), atol=TOLERANCE)


def test_a_graph_is_one_file(whole):
    assert [path.name for path in whole[1].parent.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_as_it_was(tmp_path, training):
    network = build_network(image=False)
    network.text_encoder.requires_grad_(False)
    network.train(training)
    modes = {name: module.training for name, module in network.named_modules()}
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    export(network, tmp_path / "model.onnx")
    torch_logits(network, [dict(zip(NAMES, draw_batch([TEXT]), strict=True))])
    assert {name: module.training for name, module in network.named_modules()} == modes
    assert all(torch.equal(before[n], tensor) for n, tensor in network.state_dict().items())
    assert {p.device.type for p in network.parameters()} == {"cpu"}


def test_a_network_that_failed_to_export_is_left_as_it_was(tmp_path, monkeypatch):
    def fail(*_, **__):
        raise RuntimeError("cannot\n  trace")

    monkeypatch.setattr(torch.onnx, "export", fail)
    network = build_network().train()
    with pytest.raises(
        ModelError, match=r"^This network cannot be exported to ONNX: cannot trace$"
    ):
        export(network, tmp_path / "model.onnx")
    assert network.training
    assert not (tmp_path / "model.onnx").exists()


def test_a_graph_of_integers_is_smaller_and_answers_nearly_the_same(tmp_path):
    from transformers import BertConfig, BertModel

    from prodcat.encoders.text import TextEncoder

    network = build_network(image=False)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        wide = BertConfig(
            vocab_size=600,
            hidden_size=128,
            num_hidden_layers=1,
            num_attention_heads=2,
            intermediate_size=512,
            max_position_embeddings=64,
        )
        network.text_encoder = TextEncoder(BertModel(wide))
        network.text_projection[0] = torch.nn.Linear(128, 16)
    small = export(network, tmp_path / "small.onnx", quantize="int8")
    plain = export(network, tmp_path / "plain.onnx")
    packed = 600 * 128 + 2 * 128 * 512  # words and both layers behind attention
    assert 128 * 128 < LEAST_PACKED < 600 * 128
    saved = plain.stat().st_size - small.stat().st_size
    assert saved == pytest.approx(3 * packed, rel=0.05)
    batch = draw_batch([TEXT] * 6, tokens=9)
    exact, close = run(plain, batch), run(small, batch)
    assert not np.array_equal(exact, close)
    np.testing.assert_allclose(close, exact, atol=0.05 * np.abs(exact).max())
    # One product's answer does not depend on the others of its batch.
    alone = run(small, tuple(part[:1] for part in batch))
    np.testing.assert_allclose(alone, close[:1], atol=TOLERANCE)


def test_small_matrices_stay_floats(whole, tmp_path):
    _, file = whole
    copy = tmp_path / "model.onnx"
    copy.write_bytes(file.read_bytes())
    quantize_weights(copy)
    types = {t.data_type for t in onnx.load(copy).graph.initializer}
    assert onnx.TensorProto.INT8 not in types
    batch = draw_batch([BOTH] * 2)
    np.testing.assert_allclose(run(copy, batch), run(file, batch), atol=1e-6)


def test_torch_answers_in_evaluation_mode():
    network = build_network(dropout=0.5).train()
    batch = dict(zip(NAMES, draw_batch([BOTH] * 3), strict=True))
    statistics = {name: buffer.clone() for name, buffer in network.named_buffers()}
    np.testing.assert_array_equal(torch_logits(network, [batch]), torch_logits(network, [batch]))
    assert network.training
    assert all(torch.equal(statistics[n], buffer) for n, buffer in network.named_buffers())


def test_torch_answers_batch_after_batch():
    network = build_network()
    first, second = (dict(zip(NAMES, draw_batch([BOTH] * 2, seed=s), strict=True)) for s in (0, 1))
    both = torch_logits(network, [first, second])
    assert both.shape == (4, 5)
    np.testing.assert_array_equal(both[2:], torch_logits(network, [second]))


def test_all_weights_are_saved(tmp_path):
    from safetensors.torch import load_file

    network = build_network()
    save_weights(network, tmp_path / "weights.safetensors")
    saved = load_file(tmp_path / "weights.safetensors")
    state = network.state_dict()
    assert saved.keys() == state.keys()
    assert all(torch.equal(saved[name], tensor) for name, tensor in state.items())
