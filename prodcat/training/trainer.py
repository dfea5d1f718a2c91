"""Lightning's trainer with our callbacks, precision and averaging."""

import sys
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import torch
from pytorch_lightning import Callback, Trainer
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, WeightAveraging
from torch import Tensor
from torch.optim.swa_utils import get_ema_multi_avg_fn

from prodcat.config import RunConfig
from prodcat.runs.directory import RunDir
from prodcat.training.callbacks import HistoryWriter, MidEpochCheckpoint, Narrator
from prodcat.training.checkpoints import BEST, LAST, WholeCheckpoints
from prodcat.training.speed import CpuSpeed

Update = Callable[[list[Tensor], list[Tensor], Tensor | int], None]


def growing_average(decay: float) -> Update:
    """Return the update of an exponential moving average whose memory grows with its age.

    After n steps, the decay is the smaller of *decay* and (n + 1) / (n + 10), as in
    TensorFlow's ``ExponentialMovingAverage``: however few the steps, where they began is
    forgotten. All weights are changed in one pass; one by one takes five times as long.
    Whole numbers, such as the places of words, are copied: an average would be rounded down.

    Args:
        decay: Share of the average that a step leaves in the end, such as 0.998.
    """

    def update(averaged: list[Tensor], current: list[Tensor], steps: Tensor | int) -> None:
        if not averaged[0].is_floating_point():
            for mine, newest in zip(averaged, current, strict=True):
                mine.copy_(newest)
            return
        now = min(decay, (int(steps) + 1) / (int(steps) + 10))
        get_ema_multi_avg_fn(now)(averaged, current, steps)  # type: ignore[no-untyped-call]

    return update


def build_trainer(config: RunConfig, run: RunDir) -> Trainer:
    """Build Lightning's trainer with our callbacks."""
    settings = config.train
    better = "min" if settings.best_by == "val_loss" else "max"
    callbacks: list[Callback] = [
        HistoryWriter(run),
        CpuSpeed(config),
        EarlyStopping(settings.best_by, mode=better, patience=settings.patience),
        ModelCheckpoint(
            run.checkpoints,
            filename=BEST.removesuffix(".ckpt"),
            monitor=settings.best_by,
            mode=better,
            enable_version_counter=False,
        ),
        MidEpochCheckpoint(
            run.checkpoints,
            filename=LAST.removesuffix(".ckpt"),
            train_time_interval=timedelta(minutes=settings.checkpoint_minutes),
            enable_version_counter=False,
        ),
    ]
    if settings.ema > 0:
        average = growing_average(settings.ema)
        callbacks.append(WeightAveraging(use_buffers=True, multi_avg_fn=average))
    terminal = sys.stderr.isatty()
    if not terminal:
        callbacks.append(Narrator())
    return Trainer(
        accelerator=settings.accelerator,
        devices=settings.devices,
        strategy=settings.strategy,
        precision="bf16-mixed" if uses_bf16(config) else "32-true",
        max_epochs=settings.max_epochs,
        gradient_clip_val=settings.clip,
        callbacks=callbacks,
        plugins=[WholeCheckpoints()],
        logger=False,
        default_root_dir=run.root,
        enable_progress_bar=terminal,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
    )


def uses_bf16(config: RunConfig) -> bool:
    """Tell whether to train in bfloat16.

    ``auto`` does on GPUs that have it, and on CPUs with matrix units for it (AMX); vector
    instructions alone make bfloat16 slower than float32 in training.
    """
    if config.train.precision != "auto":
        return config.train.precision == "bf16"
    if config.train.accelerator != "cpu" and torch.cuda.is_available():
        return torch.cuda.is_bf16_supported()
    return bool(torch.cpu._is_amx_tile_supported())


def describe_torch() -> dict[str, Any]:
    """Return what torch computes with, for ``environment.json``."""
    gpu = torch.cuda.is_available()
    return {
        "threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if gpu else "cpu",
    }


def ignore_advice(config: RunConfig) -> None:
    """Turn off advice of libraries that does not fit what we do."""
    import logging

    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    for advice in (
        ".*does not have many workers.*",
        ".*exists and is not empty.*",
        ".*litlogger.*",
        ".*You defined a `validation_step`.*",
        ".*tensorboardX.*",
        ".*number of training batches.*",
        ".*GPU available but not used.*",
        ".*`isinstance\\(treespec, LeafSpec\\)` is deprecated.*",
    ):
        warnings.filterwarnings("ignore", advice)
    if config.text.frozen or config.image.frozen:
        warnings.filterwarnings("ignore", r".*module\(s\) in eval mode.*")
