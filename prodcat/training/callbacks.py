"""What a run writes and says while it trains."""

import logging
import time
from typing import Any

from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.callbacks import ModelCheckpoint

from prodcat.runs.directory import RunDir
from prodcat.runs.format import HISTORY
from prodcat.training.messages import SAY_EVERY_S

logger = logging.getLogger(__name__)


class HistoryWriter(Callback):
    """Write a row of ``history.csv`` at the end of each epoch."""

    def __init__(self, run_dir: RunDir) -> None:
        self.run_dir = run_dir
        self._began = 0.0
        self._spent = 0.0

    def state_dict(self) -> dict[str, float]:
        """Keep the seconds of an epoch that is stopped in the middle."""
        return {"spent_s": self._spent + (time.monotonic() - self._began if self._began else 0.0)}

    def load_state_dict(self, state_dict: dict[str, float]) -> None:
        """Go on counting."""
        self._spent = state_dict["spent_s"]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock also where training goes on in the middle of an epoch."""
        self._began = time.monotonic()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the row; an epoch that was gone through again replaces its old one."""
        if trainer.is_global_zero:
            metrics = trainer.callback_metrics
            row: dict[str, Any] = {"epoch": trainer.current_epoch + 1}
            row |= {key: f"{float(metrics[key]):.6f}" for key in HISTORY if key in metrics}
            row["seconds"] = f"{self._spent + time.monotonic() - self._began:.1f}"
            before = [r for r in self.run_dir.read_history() if int(r["epoch"]) < row["epoch"]]
            self.run_dir.write_history([*before, row])
        self._spent, self._began = 0.0, 0.0


class MidEpochCheckpoint(ModelCheckpoint):
    """Write a checkpoint now and then, but not at an epoch's last batch.

    From there Lightning goes on with the next epoch: the one before would never be validated, nor
    have its row in ``history.csv``.
    """

    def on_train_batch_end(self, trainer: Trainer, *args: Any, **kwargs: Any) -> None:
        """Write one, if it is time."""
        if not trainer.is_last_batch:
            super().on_train_batch_end(trainer, *args, **kwargs)


class Narrator(Callback):
    """Say how far the run is, in lines for a log file; a terminal has the progress bar."""

    def __init__(self) -> None:
        self._began = self._message_at = 0.0
        self._first_step = 0

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Start the clock."""
        self._began = self._message_at = time.monotonic()
        self._first_step = trainer.global_step

    def on_train_batch_end(self, trainer: Trainer, *args: Any) -> None:
        """Say a line a minute."""
        now = time.monotonic()
        if now - self._message_at < SAY_EVERY_S:
            return
        self._message_at = now
        steps = int(trainer.estimated_stepping_batches)
        done = trainer.global_step - self._first_step
        minutes_left = (now - self._began) / max(1, done) * (steps - trainer.global_step) / 60
        logger.info(
            f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs},"
            f" step {trainer.global_step:,}/{steps:,},"
            f" about {minutes_left:.0f} min of training left"
        )

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Say how good the epoch was."""
        metrics = {k: float(trainer.callback_metrics[k]) for k in HISTORY[2:]}
        logger.info(
            f"epoch {trainer.current_epoch + 1}: validation loss {metrics['val_loss']:.4f},"
            f" accuracy {metrics['val_accuracy']:.4f}, macro-F1 {metrics['val_macro_f1']:.4f}"
        )
