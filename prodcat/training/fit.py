"""Train on a corpus: from settings to a finished run directory."""

import os
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, Trainer, seed_everything
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint, WeightAveraging

from prodcat.config import RunConfig
from prodcat.corpus import Corpus
from prodcat.data.datamodule import ProductDataModule
from prodcat.data.dataset import Collator, NameMask, PartDropout, ProductDataset
from prodcat.data.labels import Task, build_task
from prodcat.encoders.shrink import keep_tokens
from prodcat.encoders.text import TOKENIZER_FILE, save_tokenizer
from prodcat.errors import RunError
from prodcat.model.classifier import ProductClassifier, build_classifier
from prodcat.model.losses import TeacherLoss, build_loss
from prodcat.text import TextReader
from prodcat.training.averaging import growing_average
from prodcat.training.callbacks import HistoryWriter, Narrator
from prodcat.training.finish import finish_run
from prodcat.training.precompute import embed_sides
from prodcat.training.run_dir import RunDir, describe_corpus, write_json
from prodcat.training.speed import CpuSpeed
from prodcat.training.start import load_start
from prodcat.training.task import CategorizationTask
from prodcat.training.teachers import ask_teachers

BEST, LAST = "best.ckpt", "last.ckpt"
TRAINED = "trained.json"
"""Written into ``checkpoints`` when training is over and only measuring is left."""


@dataclass(frozen=True)
class RunResult:
    """What a run came to."""

    run_dir: Path
    metrics: dict[str, Any]
    """As in ``metrics.json``."""
    already_finished: bool = False
    """Whether there was nothing left to do."""


def train(
    corpus: Path,
    config: RunConfig,
    run_dir: Path,
    *,
    on_message: Callable[[str], None] | None = None,
) -> RunResult:
    """Train on a corpus, or go on where an interrupted run stopped.

    Args:
        corpus: The corpus's file.
        config: Settings.
        run_dir: Where everything is written; a run with the same settings in it goes on.
        on_message: Gets a line now and then that says how far it is.

    Raises:
        CorpusError: If the corpus has too little to train on.
        RunError: If the folder holds a run with other settings.
        ConfigError: If an encoder or its weights cannot be loaded.
    """
    run = RunDir(run_dir)
    # Under DDP every process comes through here; the first one writes and speaks.
    leads = int(os.environ.get("LOCAL_RANK", "0")) == 0
    say = on_message if on_message and leads else lambda _: None
    if leads:
        run.prepare(config)
    if run.finished:
        say(f"The run in {run_dir} is finished.")
        return RunResult(run_dir, run.read_metrics(), already_finished=True)
    seed_everything(config.train.seed, workers=True, verbose=False)
    with Corpus.open(corpus) as opened, warnings.catch_warnings():
        _silence(config)
        task = build_task(
            opened,
            config.data,
            reads=config.text.encoder != "none",
            sees=config.image.encoder != "none",
        )
        if leads:
            run.write_environment(describe_corpus(opened, seed=config.train.seed))
            say(_describe(task))
        reader = _build_reader(config, run) if config.text.encoder != "none" else None
        classifier = build_classifier(config, len(task.leaf_ids))
        _shrink(classifier, reader, task, config)
        load_start(classifier, config.model.start, task.leaf_ids)
        done = run.checkpoints / TRAINED
        if not done.is_file():
            trainer = _fit(opened, task, classifier, reader, config, run, say)
            if not trainer.is_global_zero:
                return RunResult(run_dir, {})
            write_json(done, {"epochs": trainer.current_epoch})
        _load_best(classifier, run)
        say("Exporting, calibrating and measuring.")
        metrics = finish_run(classifier, opened, task, config, run, say)
    return RunResult(run_dir, metrics)


def _fit(
    corpus: Corpus,
    task: Task,
    classifier: ProductClassifier,
    reader: TextReader | None,
    config: RunConfig,
    run: RunDir,
    say: Callable[[str], None],
) -> Trainer:
    dropout = PartDropout.of(config.text, config.image)
    mask = NameMask.of(config.text, task.leaf_paths)
    sides = {
        side: ProductDataset(
            task.sides[side].rows,
            task.sides[side].labels,
            corpus.images,
            config.image,
            dropout=dropout if side == "train" else None,
            mask=mask if side == "train" else None,
            augment=side == "train",
        )
        for side in ("train", "val")
    }
    collate: Any = Collator(reader, config.image)
    data: dict[str, Any] = dict(sides)
    frozen = all(not p.requires_grad for p in _encoder_parameters(classifier))
    if frozen:
        cache = corpus.path.parent / "embeddings"
        data = embed_sides(classifier, sides, reader, config, cache, say)
        collate = None
    module = ProductDataModule(
        data["train"],
        task.sides["train"].labels,
        data["val"],
        collate=collate,
        config=config.train,
        workers=0 if frozen else config.data.workers,
    )
    lightning = CategorizationTask(
        classifier,
        build_loss(config.train, task.leaf_paths, task.counts),
        config.train,
        teachers=_ask_teachers(config, task, corpus, run, say),
        weight=config.distill.weight,
    )
    trainer = build_trainer(config, run, say)
    last = run.checkpoints / LAST
    if last.is_file():
        say("Going on from the last checkpoint.")
    trainer.fit(
        lightning,
        datamodule=module,
        ckpt_path=str(last) if last.is_file() else None,
        weights_only=True,
    )
    if trainer.interrupted:
        raise KeyboardInterrupt
    return trainer


def _ask_teachers(
    config: RunConfig, task: Task, corpus: Corpus, run: RunDir, say: Callable[[str], None]
) -> TeacherLoss | None:
    if not config.distill.teachers:
        return None
    file = run.checkpoints / "teachers.npy"
    answers = ask_teachers(config.distill.teachers, task, corpus, file, say)
    return TeacherLoss(answers, config.distill.temperature)


def build_trainer(config: RunConfig, run: RunDir, say: Callable[[str], None]) -> Trainer:
    """Build Lightning's trainer with our callbacks."""
    settings = config.train
    better = "min" if settings.best_by == "val_loss" else "max"
    callbacks: list[Callback] = [
        HistoryWriter(run),
        CpuSpeed(config, say),
        EarlyStopping(settings.best_by, mode=better, patience=settings.patience),
        ModelCheckpoint(
            run.checkpoints,
            filename=BEST.removesuffix(".ckpt"),
            monitor=settings.best_by,
            mode=better,
            enable_version_counter=False,
        ),
        ModelCheckpoint(
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
        callbacks.append(Narrator(say))
    return Trainer(
        accelerator=settings.accelerator,
        devices=settings.devices,
        strategy=settings.strategy,
        precision="bf16-mixed" if uses_bf16(config) else "32-true",
        max_epochs=settings.max_epochs,
        gradient_clip_val=settings.clip,
        callbacks=callbacks,
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


def _build_reader(config: RunConfig, run: RunDir) -> TextReader:
    file = run.checkpoints / TOKENIZER_FILE
    if not file.is_file():
        save_tokenizer(config.text.encoder, run.checkpoints)
    text = config.text
    return TextReader(file, max_tokens=text.max_tokens, description=text.description)


def _shrink(
    classifier: ProductClassifier, reader: TextReader | None, task: Task, config: RunConfig
) -> None:
    if reader is not None and config.text.vocabulary == "seen" and classifier.text_encoder:
        texts = (
            text
            for row in task.sides["train"].rows
            for text in ((row.name, row.description), (row.name, ""), ("", row.description))
        )
        tokens = set().union(*reader.tokenize(texts))
        keep_tokens(classifier.text_encoder.transformer, tokens)


def _encoder_parameters(classifier: ProductClassifier) -> list[torch.nn.Parameter]:
    encoders = (classifier.text_encoder, classifier.image_encoder)
    return [p for encoder in encoders if encoder is not None for p in encoder.parameters()]


def _load_best(classifier: ProductClassifier, run: RunDir) -> None:
    best = run.checkpoints / BEST
    if not best.is_file():
        raise RunError(f"{best} is missing, so the run cannot be finished. Start it anew.")
    state = torch.load(best, map_location="cpu", weights_only=True)["state_dict"]
    prefix = "classifier."
    classifier.load_state_dict(
        {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    )


def _describe(task: Task) -> str:
    sizes = ", ".join(f"{len(side.rows):,} {name}" for name, side in task.sides.items())
    left_out = sum(sum(reasons.values()) for reasons in task.left_out.values())
    return f"{len(task.leaf_ids)} categories; products: {sizes}; {left_out:,} left out."


def _silence(config: RunConfig) -> None:
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
