"""Answers of products by heads that have not learnt from them: out of fold, on fixed embeddings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from prodcat.arrays import Float32Array, IntArray

AT_ONCE = 4096
"""Products that are answered together."""
LEAST_BATCH = 32


@dataclass(frozen=True)
class HeadSettings:
    """How one head is learnt. Found on products with labels that were made wrong; see LOG.md."""

    hidden: int = 512
    """Width of the hidden layer; 0 for none, a linear head."""
    dropout: float = 0.3
    input_dropout: float = 0.1
    epochs: int = 8
    batch_size: int = 512
    """At most; of few products a batch is a sixtieth."""
    lr: float = 1e-3
    weight_decay: float = 1e-2
    least_steps: int = 400
    """Of few products more epochs are learnt, to this many steps."""

    def of(self, products: int) -> "HeadSettings":
        """Return the settings for so many products."""
        batch = min(self.batch_size, max(LEAST_BATCH, products // 60))
        steps = max(1, -(-products // batch))
        return replace(
            self, batch_size=batch, epochs=max(self.epochs, -(-self.least_steps // steps))
        )


def answer_held_out(
    embeddings: Float32Array,
    labels: IntArray,
    folds: IntArray,
    *,
    classes: int,
    weights: Float32Array | None = None,
    settings: HeadSettings | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Iterator[Float32Array]:
    """Answer the products of each fold by a head that has learnt from the others.

    Args:
        embeddings: What fixed encoders say, each number of about mean 0 and deviation 1, (N, D).
        labels: Index of the category, -1 for none, which is answered and not learnt, (N,).
        folds: Of each product, from 0, (N,). What is nearly the same is in one.
        classes: How many categories there are.
        weights: How much each product counts in the loss, (N,); None for 1.
        settings: Of the head; None for those that were found best.
        seed: Another one draws other weights and another order.
        on_progress: Is told after each epoch how many are done, of how many.

    Yields:
        Of each fold the logarithms of its products' probabilities, (N of the fold, C).
    """
    settings = settings or HeadSettings().of(int((labels >= 0).sum()))
    inputs, targets = torch.from_numpy(embeddings), torch.from_numpy(labels)
    shares = None if weights is None else torch.from_numpy(weights)
    count = int(folds.max(initial=0)) + 1
    for fold in range(count):

        def tell(epoch: int, fold: int = fold) -> None:
            if on_progress is not None:
                on_progress(fold * settings.epochs + epoch, count * settings.epochs)

        known = torch.from_numpy(np.flatnonzero((folds != fold) & (labels >= 0)))
        head = _learn(inputs, targets, known, shares, classes, settings, seed + fold, tell)
        with torch.inference_mode():
            rows = torch.split(torch.from_numpy(np.flatnonzero(folds == fold)), AT_ONCE)
            answers = [functional.log_softmax(head(inputs[some]), dim=1) for some in rows]
        yield torch.cat(answers).numpy()


def _learn(
    inputs: torch.Tensor,
    targets: torch.Tensor,
    known: torch.Tensor,
    weights: torch.Tensor | None,
    classes: int,
    settings: HeadSettings,
    seed: int,
    tell: Callable[[int], None],
) -> nn.Module:
    """Learn one hidden layer on the products that are known."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        width = settings.hidden or inputs.shape[1]
        layers = [nn.Linear(inputs.shape[1], width), nn.GELU(), nn.Dropout(settings.dropout)]
        head = nn.Sequential(
            nn.Dropout(settings.input_dropout),
            *(layers if settings.hidden else ()),
            nn.Linear(width, classes),
        )
        optimizer = torch.optim.AdamW(
            head.parameters(), lr=settings.lr, weight_decay=settings.weight_decay, fused=True
        )
        steps = max(1, settings.epochs * -(-len(known) // settings.batch_size))
        schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / steps)
        for epoch in range(1, settings.epochs + 1):
            for rows in torch.split(known[torch.randperm(len(known))], settings.batch_size):
                losses = functional.cross_entropy(
                    head(inputs[rows]), targets[rows], reduction="none"
                )
                loss = losses.mean() if weights is None else (losses * weights[rows]).mean()
                optimizer.zero_grad(set_to_none=True)
                torch.autograd.backward(loss)
                optimizer.step()
                schedule.step()
            tell(epoch)
    return head.eval()
