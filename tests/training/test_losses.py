from math import exp, log
from typing import get_args, get_type_hints

import pytest
import torch

from prodcat.config import TrainConfig
from prodcat.training.losses import CrossEntropy, HierarchicalLoss, build_loss

BOOTS, CLOGS, BAGS = ("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)
PATHS = (BOOTS, CLOGS, BAGS)
LOGITS = torch.tensor([[1.0, 0.0, -1.0]])
TOTAL = exp(1) + 1 + exp(-1)
P = (exp(1) / TOTAL, 1 / TOTAL, exp(-1) / TOTAL)


def label(*numbers):
    return torch.tensor(numbers)


@pytest.mark.parametrize("leaf", range(3))
def test_cross_entropy_by_hand(leaf):
    assert CrossEntropy()(LOGITS, label(leaf)).item() == pytest.approx(-log(P[leaf]), rel=1e-5)


def test_label_smoothing_by_hand():
    expected = -0.7 * log(P[0]) - 0.1 * sum(map(log, P))
    assert CrossEntropy(0.3)(LOGITS, label(0)).item() == pytest.approx(expected, rel=1e-5)


def test_weights_of_categories_by_hand():
    loss = CrossEntropy(weight=torch.tensor([3.0, 1.0, 1.0]))
    expected = (3 * -log(P[0]) + 1 * -log(P[2])) / 4
    assert loss(LOGITS.repeat(2, 1), label(0, 2)).item() == pytest.approx(expected, rel=1e-5)


def hierarchical(paths=PATHS, weight=0.5):
    return HierarchicalLoss(paths, CrossEntropy(), weight)


def test_the_hierarchical_loss_by_hand():
    expected = -log(P[0]) + 0.5 * -log(P[0] + P[1])
    assert hierarchical()(LOGITS, label(0)).item() == pytest.approx(expected, rel=1e-5)


def test_a_leaf_without_ancestors_costs_no_more():
    assert hierarchical()(LOGITS, label(2)).item() == pytest.approx(-log(P[2]), rel=1e-5)


def test_ancestors_of_one_leaf_are_averaged_and_products_too():
    paths = (("A", "B", "C"), ("A", "B", "D"), ("A", "E"))
    deep = (-log(P[0] + P[1]) - log(1)) / 2
    flat = -log(1)
    leaves = (-log(P[0]) - log(P[2])) / 2
    found = hierarchical(paths)(LOGITS.repeat(2, 1), label(0, 2)).item()
    assert found == pytest.approx(leaves + 0.5 * (deep + flat) / 2, rel=1e-5)


def test_an_internal_node_with_products_counts_for_itself_and_as_an_ancestor():
    paths = (("Shoes",), BOOTS, BAGS)
    loss = hierarchical(paths)
    expected = -log(P[1]) + 0.5 * -log(P[0] + P[1])
    assert loss(LOGITS, label(1)).item() == pytest.approx(expected, rel=1e-5)
    assert loss(LOGITS, label(0)).item() == pytest.approx(-log(P[0]), rel=1e-5)


def test_a_sibling_costs_less_than_another_branch():
    loss = hierarchical()
    sibling, other = torch.tensor([[0.0, 4.0, 0.0]]), torch.tensor([[0.0, 0.0, 4.0]])
    assert loss(sibling, label(0)) < loss(other, label(0))
    assert CrossEntropy()(sibling, label(0)) == CrossEntropy()(other, label(0))


@pytest.mark.parametrize("loss", get_args(get_type_hints(TrainConfig)["loss"]))
@pytest.mark.parametrize("class_weights", [0.0, 1.0])
def test_losses_are_numbers_even_for_absurd_logits(loss, class_weights):
    config = TrainConfig(loss=loss, class_weights=class_weights)
    module = build_loss(config, PATHS, [5, 1, 0])
    logits = torch.tensor([[-300.0, -300.0, 300.0]], dtype=torch.bfloat16, requires_grad=True)
    value = module(logits, label(1))
    value.backward()
    assert value.dtype == torch.float32
    assert value.isfinite()
    assert logits.grad.isfinite().all()


def test_the_settings_choose_the_loss():
    assert type(build_loss(TrainConfig(), PATHS, [1, 1, 1])) is CrossEntropy
    config = TrainConfig(loss="hierarchical", hierarchy_weight=0.25, label_smoothing=0.2)
    loss = build_loss(config, PATHS, [1, 1, 1])
    assert (type(loss), loss.weight, loss.leaf_loss.label_smoothing) == (
        HierarchicalLoss,
        0.25,
        0.2,
    )


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_weights_of_categories_have_mean_one_over_the_products(power):
    counts = torch.tensor([90.0, 9.0, 1.0])
    weight = build_loss(TrainConfig(class_weights=power), PATHS, [90, 9, 1]).weight
    assert (weight * counts).sum() / counts.sum() == pytest.approx(1, rel=1e-5)
    assert weight[2] / weight[0] == pytest.approx(90**power, rel=1e-4)


def test_without_weights_all_products_count_alike():
    assert build_loss(TrainConfig(class_weights=0), PATHS, [90, 9, 1]).weight is None


def test_what_a_loss_needs_moves_with_it():
    loss = build_loss(TrainConfig(loss="hierarchical", class_weights=1.0), PATHS, [2, 1, 1])
    assert set(dict(loss.named_buffers())) == {"below", "ancestor", "leaf_loss.weight"}
