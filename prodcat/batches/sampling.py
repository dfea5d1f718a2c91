"""The order in which training draws products, and a loader that can go on in mid-epoch."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from torch.utils.data import DataLoader, Sampler


class EpochSampler(Sampler[int]):
    """A new order each epoch, the same on every machine for the same seed.

    Args:
        labels: Index of each product's leaf, (N,).
        seed: Where the order starts from.
        balance: None to draw each product once; else the power of inverse category size with
            which N products are drawn, with repeats.
        rank: Which of the processes this is.
        world: How many processes share the products.
    """

    def __init__(
        self,
        labels: Sequence[int],
        *,
        seed: int = 0,
        balance: float | None = None,
        rank: int = 0,
        world: int = 1,
    ) -> None:
        self.count, self.seed, self.rank, self.world = len(labels), seed, rank, world
        self.epoch = 0
        self.chances = None
        if balance is not None:
            sizes = np.bincount(np.asarray(labels))
            chances = sizes[np.asarray(labels)].astype(np.float64) ** -balance
            self.chances = chances / chances.sum()

    def set_epoch(self, epoch: int) -> None:
        """Say which epoch comes; Lightning calls it."""
        self.epoch = epoch

    def __len__(self) -> int:
        return -(-self.count // self.world)

    def __iter__(self) -> Iterator[int]:
        rng = np.random.default_rng([self.seed, self.epoch])
        if self.chances is None:
            order = rng.permutation(self.count)
        else:
            order = rng.choice(self.count, size=self.count, p=self.chances)
        # Processes must take equally many steps, or one waits for ever.
        padded = np.resize(order, len(self) * self.world)
        return iter(padded[self.rank :: self.world].tolist())


class ResumableLoader(DataLoader[Any]):
    """A loader that skips, after a restart in mid-epoch, what the epoch had already seen."""

    _served = 0
    _start = 0

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        start, self._start = self._start, 0
        self._served = start
        if not start:
            batches: Iterator[Any] = super().__iter__()
        else:
            # A loader over what is left: the skipped products are not even read.
            indices = list(self.sampler)[start * (self.batch_size or 1) :]
            batches = iter(
                DataLoader(
                    self.dataset,
                    batch_size=self.batch_size,
                    sampler=indices,
                    num_workers=self.num_workers,
                    collate_fn=self.collate_fn,
                    drop_last=self.drop_last,
                )
            )
        for batch in batches:
            self._served += 1
            yield batch

    def state_dict(self) -> dict[str, int]:
        """Return how many batches of this epoch were handed out."""
        return {"served": self._served}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Go on behind the batches that were handed out."""
        self._start = state["served"] % max(1, len(self))
