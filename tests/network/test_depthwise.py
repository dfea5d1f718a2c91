from copy import deepcopy

import pytest
import torch
from torch import nn

from prodcat.config import ImageConfig
from prodcat.network.depthwise import DepthwiseFloat32, speed_up_depthwise
from prodcat.network.image_encoder import build_image_encoder


def layer(channels=4, kernel=3, **settings):
    usual = {"stride": 2, "padding": kernel // 2, "groups": channels}
    return nn.Conv2d(channels, channels, kernel, **{**usual, **settings})


def both(*layers):
    """A network of these layers, and the same one sped up."""
    network = nn.Sequential(*layers)
    fast = deepcopy(network)
    speed_up_depthwise(fast)
    return network, fast


def answer_and_gradients(network, pixels, *, bf16):
    given = pixels.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
        answer = network(given)
    weighed = (answer.float() * torch.arange(answer.numel()).view_as(answer)).sum()
    return [answer, *torch.autograd.grad(weighed, [given, *network.parameters()])]


SLOW = [
    {},
    {"bias": False},
    {"kernel": 5, "stride": 1},
    {"kernel": 5, "padding": "same", "stride": 1},
    {"stride": (1, 3), "padding": 0},
    {"dilation": 2, "padding_mode": "reflect"},
]


@pytest.mark.parametrize("settings", SLOW, ids=str)
def test_float32_stays_the_same(settings):
    network, fast = both(layer(**settings))
    assert type(fast[0]) is DepthwiseFloat32
    pixels = torch.rand(2, 4, 9, 7)
    results = [answer_and_gradients(some, pixels, bf16=False) for some in (network, fast)]
    assert all(torch.equal(usual, quick) for usual, quick in zip(*results, strict=True))


@pytest.mark.parametrize("settings", SLOW, ids=str)
def test_in_bfloat16_it_is_the_float32_answer_rounded(settings):
    network, fast = both(layer(**settings))
    pixels = torch.rand(2, 4, 9, 7)
    exact, *gradients = answer_and_gradients(network, pixels, bf16=False)
    answer, *found = answer_and_gradients(fast, pixels, bf16=True)
    assert answer.dtype == torch.bfloat16
    assert torch.equal(answer, exact.bfloat16())
    for quick, usual in zip(found, gradients, strict=True):
        # Only the gradient that comes in is rounded.
        torch.testing.assert_close(quick, usual, rtol=1e-2, atol=1e-2 * float(usual.abs().max()))


@pytest.mark.parametrize(("training", "device"), [(False, "cpu"), (True, "meta")])
def test_out_of_training_and_elsewhere_it_computes_as_usual(training, device):
    fast = both(layer())[1].train(training).to(device)
    lowered = []
    fast[0]._conv_forward = lambda *_: lowered.append(torch.is_autocast_enabled("cpu"))
    with torch.autocast("cpu", torch.bfloat16):
        fast(torch.rand(2, 4, 9, 7, device=device))
    assert lowered == [True]


@pytest.mark.parametrize(
    "other", [layer(stride=1), layer(groups=1), layer(groups=2), layer(channels=1)], ids=str
)
def test_other_convolutions_are_left_alone(other):
    assert type(both(other)[1][0]) is nn.Conv2d


@pytest.mark.parametrize("training", [True, False])
def test_it_stays_in_its_mode_with_its_weights(training):
    convolution = layer().train(training)
    network = nn.Sequential(convolution)
    speed_up_depthwise(network)
    assert network[0].weight is convolution.weight
    assert network[0].training == training


def test_an_exported_network_is_the_usual_one():
    graphs = [
        str(torch.export.export(network.eval(), (torch.rand(2, 4, 8, 6),)).graph)
        for network in both(layer(), nn.ReLU())
    ]
    assert graphs[0] == graphs[1]


def test_networks_of_torchvision_are_sped_up_under_the_same_names(monkeypatch):
    config = ImageConfig(encoder="mobilenet_v3_small", weights="none", height=32, width=24)
    built = []
    for speed_up in (speed_up_depthwise, lambda network: None):
        monkeypatch.setattr("prodcat.network.image_encoder.speed_up_depthwise", speed_up)
        with torch.random.fork_rng():
            torch.manual_seed(0)
            built.append(build_image_encoder(config))
    fast, usual = (encoder.state_dict() for encoder in built)
    assert any(isinstance(module, DepthwiseFloat32) for module in built[0].modules())
    assert list(fast) == list(usual)
    assert all(torch.equal(tensor, usual[name]) for name, tensor in fast.items())
