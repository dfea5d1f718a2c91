import pytest
import torch
from safetensors.torch import load_file, save_file

from prodcat.config import ImageConfig, TextConfig
from prodcat.errors import ConfigError, ModelError, ModelNotFoundError
from prodcat.evaluation.measuring import uncalibrated
from prodcat.export.graphs import save_weights
from prodcat.modeldir.format import WEIGHTS_FILE
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.taxonomy.tree import Taxonomy
from prodcat.training.start import load_start
from tests.network.networks import build_network

TREE = Taxonomy.from_paths([("Shoes", leaf) for leaf in "ABCDE"])
LEAVES = tuple(f"Shoes > {leaf}" for leaf in "ABCDE")


def describe(folder, labels=LEAVES):
    facts = ModelFacts("old", TextConfig(), ImageConfig(), TREE, labels)
    write_model_dir(folder, facts, uncalibrated(0.95))


@pytest.fixture
def old(tmp_path):
    """A model directory with weights; what else is in it is not read."""
    folder = tmp_path / "model"
    folder.mkdir()
    network = build_network(seed=1)
    for graph in ("text.onnx", "image.onnx", "head.onnx"):
        (folder / graph).write_bytes(b"graph")
    (folder / "tokenizer.json").write_bytes(b"{}")
    save_weights(network, folder / WEIGHTS_FILE)
    describe(folder)
    return folder


def state(network):
    return {name: tensor.clone() for name, tensor in network.state_dict().items()}


def test_the_same_network_starts_with_all_weights(old):
    network = build_network(seed=2)
    taken = load_start(network, str(old), LEAVES)
    there = load_file(old / WEIGHTS_FILE)
    assert set(taken) == set(there) == set(network.state_dict())
    assert all(torch.equal(tensor, there[name]) for name, tensor in network.state_dict().items())


def test_none_leaves_the_network_as_it_is():
    network = build_network(seed=2)
    before = state(network)
    assert load_start(network, "none", LEAVES) == []
    assert all(torch.equal(before[name], tensor) for name, tensor in state(network).items())


def test_the_head_takes_the_rows_of_categories_that_both_have(old):
    new = ("Shoes > D", "Bags", "Shoes > A")
    network = build_network(seed=2, categories=3)
    before, there = state(network), load_file(old / WEIGHTS_FILE)
    assert "head.weight" in load_start(network, str(old), new)
    for kind in ("weight", "bias"):
        found, name = state(network)[f"head.{kind}"], f"head.{kind}"
        assert torch.equal(found[0], there[name][3])
        assert torch.equal(found[1], before[name][1])
        assert torch.equal(found[2], there[name][0])


def test_a_tree_without_a_common_category_takes_encoders_and_fusion_alone(old):
    network = build_network(seed=2)
    before, there = state(network), load_file(old / WEIGHTS_FILE)
    taken = load_start(network, str(old), [f"Bags > {i}" for i in range(5)])
    assert {name.split(".")[0] for name in taken} == {
        "text_encoder",
        "image_encoder",
        "text_projection",
        "image_projection",
        "fusion",
    }
    for name, tensor in state(network).items():
        assert torch.equal(tensor, (before if name.startswith("head.") else there)[name])


def test_what_does_not_fit_stays_as_it_is(old):
    network = build_network("gated", seed=2, dim=32)
    before, there = state(network), load_file(old / WEIGHTS_FILE)
    taken = load_start(network, str(old), LEAVES)
    assert "text_encoder.transformer.embeddings.word_embeddings.weight" in taken
    assert not {"head.weight", "fusion.gate.weight", "text_projection.0.weight"} & set(taken)
    for name, tensor in state(network).items():
        assert torch.equal(tensor, (there if name in taken else before)[name])


def test_a_network_of_one_encoder_takes_that_one(old):
    network = build_network(seed=2, image=False)
    taken = load_start(network, str(old), LEAVES)
    assert any(name.startswith("text_encoder.") for name in taken)
    assert not any(name.startswith("image_encoder.") for name in taken)


def test_a_frozen_network_stays_frozen_and_in_its_mode(old):
    network = build_network(seed=2)
    network.text_encoder.requires_grad_(False)
    network.train()
    load_start(network, str(old), LEAVES)
    assert not any(p.requires_grad for p in network.text_encoder.parameters())
    assert all(p.requires_grad for p in network.head.parameters())
    assert network.training
    assert not network.text_encoder.training


def test_a_model_without_weights_says_what_to_do(old):
    (old / WEIGHTS_FILE).unlink()
    with pytest.raises(ConfigError, match=r"holds no weights\.safetensors .*keep_weights=true\.$"):
        load_start(build_network(), str(old), LEAVES)


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(ModelNotFoundError, match="No model in"):
        load_start(build_network(), str(tmp_path / "none"), LEAVES)


def test_altered_weights_are_refused(old):
    data = bytearray((old / WEIGHTS_FILE).read_bytes())
    data[-1] ^= 1
    (old / WEIGHTS_FILE).write_bytes(data)
    with pytest.raises(ModelError, match=r"weights\.safetensors was altered"):
        load_start(build_network(), str(old), LEAVES)


def test_weights_that_are_none_are_told(old):
    (old / WEIGHTS_FILE).write_bytes(b"something else")
    describe(old)
    with pytest.raises(ModelError, match=r"weights\.safetensors cannot be read as safetensors"):
        load_start(build_network(), str(old), LEAVES)


def test_weights_of_which_nothing_fits_are_refused(old):
    save_file({"other.weight": torch.zeros(2)}, old / WEIGHTS_FILE)
    describe(old)
    with pytest.raises(ConfigError, match=r"^Nothing in .* fits the network of these settings"):
        load_start(build_network(), str(old), LEAVES)


def test_weights_are_found_beside_the_model_of_a_run(old):
    beside = old.parent / WEIGHTS_FILE
    (old / WEIGHTS_FILE).rename(beside)
    describe(old)
    for start in (old, old.parent):
        network = build_network(seed=2)
        assert set(load_start(network, str(start), LEAVES)) == set(network.state_dict())


def test_weights_beside_another_folder_are_not_its_own(old):
    elsewhere = old.with_name("other")
    (old / WEIGHTS_FILE).rename(old.parent / WEIGHTS_FILE)
    old.rename(elsewhere)
    describe(elsewhere)
    with pytest.raises(ConfigError, match=r"holds no weights\.safetensors"):
        load_start(build_network(), str(elsewhere), LEAVES)
