"""A linear head on vectors, learnt anew from the labels that were told so far."""

import numpy as np
import torch
from torch.nn import functional as F

from experiments.active.pool import Pool
from prodcat.arrays import Float32Array, IntArray

LR, WEIGHT_DECAY, BATCH = 0.02, 1e-4, 128
LEAST_STEPS, LEAST_EPOCHS = 1000, 8


class Head:
    """Softmax over the leaves that it was shown; the others have no probability.

    Args:
        pool: The products.
        places: Those whose labels were told.
        seed: Of the order of learning.
    """

    def __init__(self, pool: Pool, places: IntArray, seed: int) -> None:
        self.pool = pool
        self.leaves, known = np.unique(pool.labels[places], return_inverse=True)
        draws = torch.Generator().manual_seed(seed)
        vectors, labels = torch.from_numpy(pool.vectors[places]), torch.from_numpy(known)
        self.linear = torch.nn.Linear(vectors.shape[1], len(self.leaves))
        for weights in self.linear.parameters():
            torch.nn.init.zeros_(weights)
        optimizer = torch.optim.AdamW(self.linear.parameters(), lr=LR, weight_decay=WEIGHT_DECAY)
        a_round = -(-len(places) // BATCH)
        epochs = max(LEAST_EPOCHS, -(-LEAST_STEPS // a_round))
        falling = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: 1 - step / (epochs * a_round)
        )
        for _ in range(epochs):
            for rows in torch.split(torch.randperm(len(places), generator=draws), BATCH):
                loss = F.cross_entropy(self.linear(vectors[rows]), labels[rows])
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                falling.step()

    def logits(self, places: IntArray) -> Float32Array:
        """Return the scores of all leaves, (N, C); far below the others for leaves not shown."""
        with torch.inference_mode():
            shown = self.linear(torch.from_numpy(self.pool.vectors[places])).numpy()
        scores = np.full((len(places), self.pool.categories), -30.0, dtype=np.float32)
        scores[:, self.leaves] = shown - shown.max(axis=1, keepdims=True)
        return scores
