"""The losses and the optimizer of a training."""

import pytest
import torch

from prodcat.batches.embedded import EmbeddedBatch
from prodcat.config import TrainConfig
from prodcat.network.classifier import Embeddings
from prodcat.training.losses import CrossEntropy
from prodcat.training.task import CategorizationTask, build_optimizer
from tests.network.networks import LEAVES, build_network


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


def embedded(present, seed=0):
    """Embeddings of products with these parts, as frozen encoders would give them."""
    generator = torch.Generator().manual_seed(seed)
    return EmbeddedBatch(
        text=torch.randn(len(present), 16, generator=generator),
        image=torch.randn(len(present), 256, generator=generator),
        present=torch.tensor(present),
        label=torch.arange(len(present)) % LEAVES,
        row=torch.arange(len(present)),
    )


def training_loss(batch, side_loss):
    task = CategorizationTask(build_network(), CrossEntropy(), TrainConfig(side_loss=side_loss))
    task.log = lambda *_, **__: None
    return task.training_step(batch, 0).item()


def answer_loss(batch, present):
    logits = build_network().score(Embeddings(batch["text"], batch["image"]), torch.tensor(present))
    return torch.nn.functional.cross_entropy(logits, batch["label"]).item()


def test_the_side_losses_are_those_of_products_with_one_part_alone():
    batch = embedded([[True, True]] * 3)
    side = training_loss(batch, 0.5) - training_loss(batch, 0.0)
    alone = sum(answer_loss(batch, [parts] * 3) for parts in ([True, False], [False, True]))
    assert side == pytest.approx(0.5 * alone, rel=1e-5)


def test_products_with_both_parts_alone_have_side_losses():
    both = embedded([[True, True]] * 4)
    mixed = both | {"present": torch.tensor([[True, True]] * 2 + [[True, False], [False, True]])}
    some = {key: value[:2] for key, value in both.items()}
    side = [training_loss(batch, 1.0) - training_loss(batch, 0.0) for batch in (mixed, some)]
    assert side[0] == pytest.approx(side[1] / 2, rel=1e-5)
    lone = both | {"present": torch.tensor([[True, False], [False, True]] * 2)}
    assert training_loss(lone, 1.0) == training_loss(lone, 0.0)
