"""The optimizer of a training."""

import pytest
import torch

from prodcat.training.task import build_optimizer


def weights(count=2):
    return [torch.nn.Parameter(torch.full((3,), 1.0 + i)) for i in range(count)]


def step(optimizer):
    for group in optimizer.param_groups:
        for weight in group["params"]:
            weight.grad = torch.arange(3.0)
    optimizer.step()


def grouped(parameters):
    return [{"params": parameters, "lr": 0.1, "weight_decay": 0.01}]


@pytest.mark.parametrize(("old", "new"), [(None, True), (True, True), (True, None)])
def test_an_optimizer_goes_on_from_either_kind_of_state(monkeypatch, old, new):
    straight, first = weights(), weights()
    usual = torch.optim.AdamW(grouped(straight), fused=None)
    for _ in range(2):
        step(usual)
    before = torch.optim.AdamW(grouped(first), fused=old)
    step(before)
    monkeypatch.setattr("prodcat.training.task.FUSED", ("cpu",) if new else ())
    after = build_optimizer(grouped(first))
    after.load_state_dict(before.state_dict())
    step(after)
    assert after.param_groups[0]["fused"] is new
    for a, b in zip(first, straight, strict=True):
        torch.testing.assert_close(a, b)
