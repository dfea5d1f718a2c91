import numpy as np
import onnx
import pytest
import torch

from prodcat.errors import ModelError
from prodcat.export.graphs import export_graphs, save_weights
from prodcat.export.parity import torch_logits
from prodcat.inference.runtime import onnxruntime
from prodcat.network.fusion import FUSIONS
from tests.network.networks import HEIGHT, WIDTH, build_network, draw_batch

# The exporter takes seconds however small the network is.
pytestmark = pytest.mark.slow

BOTH, TEXT, IMAGE, NEITHER = [True, True], [True, False], [False, True], [False, False]
NAMES = ("input_ids", "attention_mask", "pixel_values", "present")
TOLERANCE = 1e-4


def export(network, folder):
    export_graphs(network, folder, height=HEIGHT, width=WIDTH)
    return folder


def run(folder, batch):
    """The logits by way of all graphs of a folder."""
    feed = {name: tensor.numpy() for name, tensor in zip(NAMES, batch, strict=True)}
    for output, name in (("text", "text"), ("image", "image"), ("logits", "head")):
        if (folder / f"{name}.onnx").is_file():
            session = onnxruntime.InferenceSession(
                folder / f"{name}.onnx", providers=["CPUExecutionProvider"]
            )
            inputs = {given.name: feed[given.name] for given in session.get_inputs()}
            feed[output] = session.run([output], inputs)[0]
    return feed["logits"]


def expected(network, batch):
    return torch_logits(network, [dict(zip(NAMES, batch, strict=True))])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A network of both encoders, and the folder of its graphs."""
    network = build_network()
    return network, export(network, tmp_path_factory.mktemp("export"))


@pytest.mark.parametrize("count", [1, 3, 32])
@pytest.mark.parametrize("tokens", [2, 6, 48])
def test_torch_and_onnx_agree_for_any_batch(whole, count, tokens):
    network, folder = whole
    batch = draw_batch(([BOTH, TEXT, IMAGE, NEITHER] * 8)[:count], tokens=tokens)
    np.testing.assert_allclose(run(folder, batch), expected(network, batch), atol=TOLERANCE)


def test_no_time_is_spent_on_texts_without_a_token(whole):
    _, folder = whole
    kinds = {node.op_type for node in onnx.load(folder / "text.onnx").graph.node}
    assert "Softmax" in kinds
    assert "IsNaN" not in kinds


@pytest.mark.parametrize("parts", [BOTH, TEXT, IMAGE, NEITHER])
def test_torch_and_onnx_agree_whatever_is_there(whole, parts):
    network, folder = whole
    batch = draw_batch([parts] * 2)
    np.testing.assert_allclose(run(folder, batch), expected(network, batch), atol=TOLERANCE)


@pytest.mark.parametrize(
    ("has", "fusion", "graphs"),
    [
        ({"image": False}, "gated", {"text": NAMES[:2], "head": ("text", "present")}),
        ({"text": False}, "attention", {"image": NAMES[2:3], "head": ("image", "present")}),
        (
            {},
            "attention",
            {"text": NAMES[:2], "image": NAMES[2:3], "head": ("text", "image", "present")},
        ),
    ],
    ids=["text", "image", "both"],
)
def test_there_is_a_graph_of_each_encoder_and_of_the_head(tmp_path, has, fusion, graphs):
    assert fusion in FUSIONS
    network = build_network(fusion, **has)
    folder = export(network, tmp_path)
    assert {file.name for file in folder.iterdir()} == {f"{name}.onnx" for name in graphs}
    for name, inputs in graphs.items():
        graph = onnx.load(folder / f"{name}.onnx").graph
        assert tuple(given.name for given in graph.input) == inputs
    for count in (1, 3):
        batch = draw_batch([BOTH, NEITHER, BOTH][:count])
        np.testing.assert_allclose(run(folder, batch), expected(network, batch), atol=TOLERANCE)


@pytest.mark.parametrize("training", [True, False])
def test_the_network_is_left_as_it_was(tmp_path, training):
    network = build_network(image=False)
    network.text_encoder.requires_grad_(False)
    network.train(training)
    modes = {name: module.training for name, module in network.named_modules()}
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    export(network, tmp_path)
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
        export(network, tmp_path)
    assert network.training
    assert not list(tmp_path.iterdir())


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
