from copy import deepcopy

import pytest
import torch

from prodcat.config import ImageConfig, config_from_dict
from prodcat.network.image_encoder import build_image_encoder
from prodcat.training import speed
from prodcat.training.fit import train
from prodcat.training.speed import CpuSpeed, compile_network, has_cpp_compiler
from tests.training.runs import toy_settings


def pictures(count):
    generator = torch.Generator().manual_seed(count)
    return torch.randint(0, 256, (count, 3, 32, 24), dtype=torch.uint8, generator=generator)


@pytest.fixture
def encoder():
    config = ImageConfig(encoder="small_cnn", weights="none", height=32, width=24)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_image_encoder(config)


@pytest.fixture
def counted(monkeypatch):
    """Compiling that is quick, and counts graphs and calls."""
    seen = {"graphs": 0, "calls": 0}
    usual = torch.compile

    def backend(graph, example):
        seen["graphs"] += 1

        def call(*inputs):
            seen["calls"] += 1
            return graph(*inputs)

        return call

    monkeypatch.setattr(torch, "compile", lambda network: usual(network, backend=backend))
    yield seen
    torch.compiler.reset()


def gradients(encoder, pixel_values):
    answer = encoder(pixel_values)
    return [answer, *torch.autograd.grad(answer.square().sum(), list(encoder.parameters()))]


def test_a_compiled_encoder_answers_alike_at_any_size_from_one_graph(encoder, counted):
    usual = deepcopy(encoder)
    compile_network(encoder, pictures(4))
    for count in (4, 3, 7, 2):
        for a, b in zip(
            gradients(encoder, pictures(count)), gradients(usual, pictures(count)), strict=True
        ):
            torch.testing.assert_close(a, b)
    assert counted == {"graphs": 1, "calls": 5}


def test_compiling_changes_no_weight_no_statistic_and_no_chance(encoder, counted):
    before = {name: tensor.clone() for name, tensor in encoder.state_dict().items()}
    chance = torch.get_rng_state()
    compile_network(encoder, pictures(4))
    assert list(encoder.state_dict()) == list(before)
    assert all(torch.equal(tensor, before[name]) for name, tensor in encoder.state_dict().items())
    assert all(weight.grad is None for weight in encoder.parameters())
    assert torch.equal(torch.get_rng_state(), chance)


def test_only_training_runs_what_is_compiled_and_copies_do_not_have_it(encoder, counted):
    compile_network(encoder, pictures(4))
    calls = counted["calls"]
    encoder.eval()(pictures(4))
    deepcopy(encoder).train()(pictures(4))
    assert counted["calls"] == calls
    encoder.train()(pictures(4))
    assert counted["calls"] == calls + 1


def test_an_encoder_that_cannot_be_compiled_is_left_as_it_is(encoder, monkeypatch, caplog):
    def fail(network):
        def call(pixels):
            network(pixels)
            raise OSError("no space left\non device")

        return call

    monkeypatch.setattr(torch, "compile", fail)
    before = encoder.state_dict()["network.stages.0.1.running_mean"].clone()
    caplog.set_level("INFO")
    compile_network(encoder, pictures(4))
    assert caplog.messages[-1].endswith(
        "without compiling the image encoder, which failed: no space left on device"
    )
    assert encoder.compiled is None
    assert torch.equal(encoder.state_dict()["network.stages.0.1.running_mean"], before)


def test_the_compiler_of_the_environment_counts(monkeypatch, tmp_path):
    monkeypatch.setenv("CXX", str(tmp_path / "none"))
    assert not has_cpp_compiler()
    (tmp_path / "g++").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX")
    monkeypatch.setattr("sys.platform", "linux")
    assert has_cpp_compiler()


@pytest.mark.parametrize(
    ("setting", "steps", "compiler", "compiles"),
    [
        ("yes", 1, False, True),
        ("no", 10**9, True, False),
        ("auto", 10**9, True, True),
        ("auto", 10**9, False, False),
        ("auto", 1, True, False),
    ],
)
def test_long_trainings_compile(monkeypatch, setting, steps, compiler, compiles):
    monkeypatch.setattr(speed, "has_cpp_compiler", lambda: compiler)
    config = config_from_dict({"train": {"compile": setting}})
    assert CpuSpeed(config).compiles(steps, on_cpu=True) == compiles
    assert CpuSpeed(config).compiles(steps, on_cpu=False) == (setting == "yes")


@pytest.mark.slow
def test_a_training_runs_what_is_compiled(tmp_path, toy_corpus, toy_encoder, counted, monkeypatch):
    monkeypatch.setattr(speed, "WORTH_STEPS", 0)
    monkeypatch.setattr(speed, "has_cpp_compiler", lambda: True)
    settings = toy_settings(toy_encoder, max_epochs=1, compile="auto", ema=0.9)
    train(toy_corpus, config_from_dict(settings), tmp_path / "run")
    assert counted["calls"] > 2
    assert counted["graphs"] == 1


@pytest.mark.slow
def test_training_compiles_in_earnest(tmp_path, toy_corpus, toy_encoder):
    if not has_cpp_compiler():
        pytest.skip("There is no C++ compiler.")
    settings = toy_settings(toy_encoder, max_epochs=1, compile="yes", precision="bf16", ema=0.9)
    said = []
    train(toy_corpus, config_from_dict(settings), tmp_path / "run", on_message=said.append)
    assert any(line.startswith("Compiled the image encoder in") for line in said), said
