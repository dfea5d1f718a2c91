"""Losses: modules of (logits (B, C), label (B,)) that return one number."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from prodcat.config import TrainConfig
from prodcat.taxonomy.paths import CategoryPath


class CrossEntropy(nn.Module):
    """Cross-entropy over the leaves, with label smoothing and weights of categories."""

    weight: Tensor | None

    def __init__(self, label_smoothing: float = 0.0, weight: Tensor | None = None) -> None:
        super().__init__()
        self.label_smoothing = label_smoothing
        self.register_buffer("weight", weight)

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the mean loss of a batch."""
        return F.cross_entropy(
            logits.float(), label, weight=self.weight, label_smoothing=self.label_smoothing
        )


class HierarchicalLoss(nn.Module):
    """Cross-entropy over the leaves, and over each ancestor of the true one.

    An ancestor is as probable as the leaves below it together, so a wrong leaf
    under the right parent costs less than one elsewhere in the tree.
    """

    below: Tensor
    ancestor: Tensor

    def __init__(
        self, leaf_paths: Sequence[CategoryPath], leaf_loss: nn.Module, weight: float
    ) -> None:
        super().__init__()
        self.leaf_loss, self.weight = leaf_loss, weight
        nodes = sorted({path[:depth] for path in leaf_paths for depth in range(1, len(path))})
        number = {node: i for i, node in enumerate(nodes)}
        below = torch.zeros(len(leaf_paths), max(1, len(nodes)))  # (C, nodes)
        for leaf, path in enumerate(leaf_paths):
            for depth in range(1, len(path) + 1):
                if path[:depth] in number:
                    below[leaf, number[path[:depth]]] = 1.0
        self.register_buffer("below", below)
        # A leaf's own node has no part here, though it may be another leaf's ancestor.
        ancestor = below.clone()
        for leaf, path in enumerate(leaf_paths):
            if path in number:
                ancestor[leaf, number[path]] = 0.0
        self.register_buffer("ancestor", ancestor)

    def forward(self, logits: Tensor, label: Tensor) -> Tensor:
        """Return the mean loss of a batch."""
        node = logits.float().softmax(dim=1) @ self.below  # (B, nodes)
        mine = self.ancestor[label]
        losses = -(node.clamp(min=1e-7).log() * mine).sum(dim=1)
        ancestors = losses / mine.sum(dim=1).clamp(min=1.0)
        return self.leaf_loss(logits, label) + self.weight * ancestors.mean()


class TeacherLoss:
    """How far answers are from those of teachers.

    No module: a checkpoint need not hold what others answered.

    Args:
        log_probs: What the teachers answer to each training product, (N, C).
        temperature: Divides the logits of both sides.
    """

    def __init__(self, log_probs: Tensor, temperature: float) -> None:
        self.log_probs, self.temperature = log_probs, temperature

    def __call__(self, logits: Tensor, rows: Tensor) -> Tensor:
        """Return the mean Kullback-Leibler divergence of a batch.

        It is multiplied by the square of the temperature, so that its gradients stay as large
        as without one.

        Args:
            logits: What the student answers, (B, C).
            rows: Place of each product among the training products, (B,).
        """
        theirs = self.log_probs[rows.cpu()].to(logits.device, torch.float32)
        target = (theirs / self.temperature).log_softmax(dim=1)
        mine = (logits.float() / self.temperature).log_softmax(dim=1)
        divergence = F.kl_div(mine, target, reduction="batchmean", log_target=True)
        return divergence * self.temperature**2


def build_loss(
    config: TrainConfig, leaf_paths: Sequence[CategoryPath], counts: Sequence[int]
) -> nn.Module:
    """Build the loss that the settings describe.

    Args:
        config: Training settings.
        leaf_paths: Path of each leaf, (C,).
        counts: Training products of each leaf, (C,).
    """
    weight = None
    if config.class_weights > 0:
        size = torch.tensor(counts, dtype=torch.float32).clamp(min=1.0)
        weight = size**-config.class_weights
        # Weighted by their sizes, the weights have mean 1, so the rate keeps its meaning.
        weight = weight * size.sum() / (weight * size).sum()
    leaf_loss = CrossEntropy(config.label_smoothing, weight)
    if config.loss == "hierarchical":
        return HierarchicalLoss(leaf_paths, leaf_loss, config.hierarchy_weight)
    return leaf_loss
