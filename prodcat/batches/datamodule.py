"""The products of a run, as Lightning's trainer asks for them."""

from collections.abc import Callable, Sequence
from typing import Any

from pytorch_lightning import LightningDataModule
from torch.utils.data import DataLoader, Dataset

from prodcat.batches.sampling import EpochSampler, ResumableLoader
from prodcat.config import TrainConfig


class ProductDataModule(LightningDataModule):
    """Loaders over the training and the validation products.

    Args:
        train: Training products.
        train_labels: Index of each one's leaf, (N,).
        val: Validation products.
        collate: Makes a batch of samples; None for PyTorch's own way.
        config: Training settings.
        workers: Processes that read products; 0 reads in the process that trains.
    """

    def __init__(
        self,
        train: Dataset[Any],
        train_labels: Sequence[int],
        val: Dataset[Any],
        *,
        collate: Callable[[Sequence[Any]], Any] | None,
        config: TrainConfig,
        workers: int = 0,
    ) -> None:
        super().__init__()
        self.train, self.train_labels, self.val = train, train_labels, val
        self.collate, self.config, self.workers = collate, config, workers
        self._loader: ResumableLoader | None = None
        self._state: dict[str, int] | None = None

    # Lightning keeps a loader's own state as well, but gives it back only to loaders that are made
    # after the checkpoint is read; ours is there before, as the rates ask how many steps come.
    def state_dict(self) -> dict[str, int]:
        """Return how far the epoch is."""
        return self._loader.state_dict() if self._loader is not None else {}

    def load_state_dict(self, state_dict: dict[str, int]) -> None:
        """Go on behind what the epoch has seen."""
        self._state = state_dict or None

    def train_dataloader(self) -> ResumableLoader:
        """Return the training products, in a new order each epoch."""
        sampler = EpochSampler(
            self.train_labels,
            seed=self.config.seed,
            balance=self.config.balance if self.config.sampler == "balanced" else None,
            rank=self.trainer.global_rank if self.trainer else 0,
            world=self.trainer.world_size if self.trainer else 1,
        )
        # A last batch of one product would leave batch normalisation with nothing to go by.
        self._loader = ResumableLoader(
            self.train,
            batch_size=self.config.batch_size,
            sampler=sampler,
            collate_fn=self.collate,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
            drop_last=len(sampler) % self.config.batch_size == 1,
        )
        if self._state is not None:
            self._loader.load_state_dict(self._state)
            self._state = None
        return self._loader

    def val_dataloader(self) -> DataLoader[Any]:
        """Return the validation products; each process takes its share."""
        rank = self.trainer.global_rank if self.trainer else 0
        world = self.trainer.world_size if self.trainer else 1
        return DataLoader(
            self.val,
            # No gradients are held, so twice as many products take no more memory.
            batch_size=2 * self.config.batch_size,
            sampler=range(rank, len(self.val), world),  # type: ignore[arg-type]
            collate_fn=self.collate,
            num_workers=self.workers,
            persistent_workers=self.workers > 0,
        )
