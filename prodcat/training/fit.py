"""Train on a corpus: from settings to a finished run directory."""

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Trainer, seed_everything

from prodcat.batches.datamodule import ProductDataModule
from prodcat.batches.dataset import Collator, ProductDataset
from prodcat.batches.withholding import NameMask, PartDropout
from prodcat.config import RunConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LearningTask, build_task
from prodcat.errors import RunError
from prodcat.files import write_json
from prodcat.inputs.tokens import TextReader
from prodcat.network.classifier import ProductClassifier, build_classifier
from prodcat.network.shrink import keep_tokens
from prodcat.network.text_encoder import TOKENIZER_FILE, save_tokenizer
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import identify_corpus
from prodcat.training.finish import finish_run
from prodcat.training.losses import TeacherLoss, build_loss
from prodcat.training.precompute import embed_sides
from prodcat.training.start import load_start
from prodcat.training.task import CategorizationTask
from prodcat.training.teachers import ask_teachers
from prodcat.training.trainer import BEST, LAST, _silence, build_trainer, describe_torch

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
            origin = identify_corpus(opened, seed=config.train.seed)
            run.write_environment({**describe_torch(), **origin})
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
    task: LearningTask,
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
    config: RunConfig, task: LearningTask, corpus: Corpus, run: RunDir, say: Callable[[str], None]
) -> TeacherLoss | None:
    if not config.distill.teachers:
        return None
    file = run.checkpoints / "teachers.npy"
    answers = ask_teachers(config.distill.teachers, task, corpus, file, say)
    return TeacherLoss(answers, config.distill.temperature)


def _build_reader(config: RunConfig, run: RunDir) -> TextReader:
    file = run.checkpoints / TOKENIZER_FILE
    if not file.is_file():
        save_tokenizer(config.text.encoder, run.checkpoints)
    text = config.text
    return TextReader(file, max_tokens=text.max_tokens, description=text.description)


def _shrink(
    classifier: ProductClassifier, reader: TextReader | None, task: LearningTask, config: RunConfig
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


def _describe(task: LearningTask) -> str:
    sizes = ", ".join(f"{len(side.rows):,} {name}" for name, side in task.sides.items())
    left_out = sum(sum(reasons.values()) for reasons in task.left_out.values())
    return f"{len(task.leaf_ids)} categories; products: {sizes}; {left_out:,} left out."
