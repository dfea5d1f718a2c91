"""Fits the layers of the scorer, and what tells whether its best candidate is right."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from experiments.mapping.gold import Gold, Task
from prodcat.arrays import BoolArray, Float32Array
from prodcat.trees.matching.pairs import Pairs
from prodcat.trees.matching.scorer import Layer, confidence_signs

HIDDEN, STEPS, LR, DECAY, SEED = 8, 200, 0.03, 3e-3, 0
ABSENT = 0.2
"""Weight of a category whose counterpart was taken away, beside 1 of one that has it."""
MOST_ALIKE = 3
"""Children of one parent with one and the same answer that are asked: they say the same."""


@dataclass(frozen=True)
class Question:
    """The candidates of one category, and which are right."""

    signs: Float32Array
    right: BoolArray
    weight: float


def questions(task: Task, pairs: Pairs, signs: Float32Array) -> list[Question]:
    """Return those of which a candidate is right, each task with the same weight in all."""
    found = []
    alike: Counter[tuple[int, frozenset[int]]] = Counter()
    for place, right in task.half(0):
        group = int(task.left.parents[place]), right
        alike[group] += 1
        if alike[group] > MOST_ALIKE:
            continue
        part = slice(pairs.starts[place], pairs.starts[place + 1])
        is_right = np.isin(pairs.right[part], list(right))
        if is_right.any():
            found.append((signs[part], is_right))
    return [Question(a, b, 1 / len(found)) for a, b in found]


def fit_layer(asked: Sequence[Question]) -> Layer:
    """Fit one layer, so that the right candidates of each question get the probability."""
    torch.manual_seed(SEED)
    signs = torch.tensor(np.concatenate([each.signs for each in asked]))
    right = torch.tensor(np.concatenate([each.right for each in asked])).float()
    counts = [len(each.right) for each in asked]
    weight = torch.tensor([each.weight for each in asked])
    weight = weight / weight.sum()
    owner = torch.tensor(np.repeat(np.arange(len(asked)), counts))
    mean, scale = signs.mean(0), signs.std(0) + 1e-3
    z = (signs - mean) / scale
    linear = torch.zeros(z.shape[1], requires_grad=True)
    hidden = (0.1 * torch.randn(z.shape[1], HIDDEN)).requires_grad_()
    bias = torch.zeros(HIDDEN, requires_grad=True)
    out = (0.1 * torch.randn(HIDDEN)).requires_grad_()
    learnt = [linear, hidden, bias, out]
    optimizer = torch.optim.Adam(learnt, lr=LR)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    zeros = torch.zeros(len(asked))
    for _ in range(STEPS):
        optimizer.zero_grad()
        scores = z @ linear + torch.relu(z @ hidden + bias) @ out
        highest = (zeros - 1e9).scatter_reduce(0, owner, scores.detach(), "amax")
        powers = torch.exp(scores - highest[owner])
        every, good = zeros.index_add(0, owner, powers), zeros.index_add(0, owner, powers * right)
        loss = (weight * (every.log() - (good + 1e-12).log())).sum()
        loss = loss + DECAY * sum((each**2).sum() for each in (linear, hidden, out))
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    arrays = [each.detach().numpy() for each in (mean, scale, *learnt)]
    return Layer(*arrays)


def fit_confidence(asked: Sequence[tuple[Pairs, Float32Array, Gold]]) -> Float32Array:
    """Fit by logistic regression whether the best candidate is right.

    Beside each question stands the same one without its right candidates, where nothing is right.
    """
    seen, truth, weight = [], [], []
    for pairs, probs, gold in asked:
        for place, right in gold:
            part = slice(pairs.starts[place], pairs.starts[place + 1])
            found, likely = pairs.right[part], probs[part]
            for keep in (np.ones(len(found), bool), ~np.isin(found, list(right))):
                if not keep.any():
                    continue
                order = np.argsort(-likely[keep], kind="stable")
                share = likely[keep][order]
                signs = pairs.signs[part][keep][order[0]]
                # Absent candidates leave their probability to the others.
                seen.append(confidence_signs(share / share.sum(), signs))
                truth.append(bool(found[keep][order[0]] in right))
                weight.append(1.0 if keep.all() else ABSENT)
    x, y = torch.tensor(np.stack(seen)), torch.tensor(truth).float()
    w = torch.tensor(weight)
    weights = torch.zeros(x.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=200)

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ weights, y, w)
        loss = loss + 1e-4 * (weights**2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return np.asarray(weights.detach().numpy(), dtype=np.float32)
