"""Train on a corpus: from settings to a finished run directory."""

import logging
import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from pytorch_lightning import Trainer, seed_everything

from prodcat.batches.datamodule import ProductDataModule
from prodcat.batches.dataset import Collator, ProductDataset
from prodcat.batches.withholding import NameMask, PartDropout
from prodcat.config import RunConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LearningTask, build_task
from prodcat.errors import RunError
from prodcat.export.parity import GraphWriter
from prodcat.files import write_json
from prodcat.inference.predictor import Predictor
from prodcat.inputs.tokens import TOKENIZER_FILE, TextReader
from prodcat.network.classifier import ProductClassifier, build_classifier
from prodcat.network.shrink import keep_tokens
from prodcat.network.text_encoder import save_tokenizer
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import describe_environment
from prodcat.runs.records import RunMetrics
from prodcat.training.checkpoints import (
    BEST,
    choose_checkpoint,
    read_checkpoint,
    remove_halves,
)
from prodcat.training.context import RunContext
from prodcat.training.finish import finish_run
from prodcat.training.fixed_encoders import adopt_encoders
from prodcat.training.linear import train_linear
from prodcat.training.losses import TeacherLoss, build_loss
from prodcat.training.messages import logged_to, messages_to
from prodcat.training.precompute import embed_sides
from prodcat.training.sources import check_sources
from prodcat.training.start import load_start
from prodcat.training.task import CategorizationTask
from prodcat.training.teachers import ask_teachers
from prodcat.training.trainer import build_trainer, describe_torch, ignore_advice

if TYPE_CHECKING:
    from prodcat.corpus.import_log import ImportSummary

logger = logging.getLogger(__name__)

TRAINED = "trained.json"
"""Written into ``checkpoints`` when training is over and only measuring is left."""


@dataclass(frozen=True)
class RunResult:
    """What a run came to."""

    run_dir: Path
    metrics: RunMetrics
    """As in ``metrics.json``."""
    already_finished: bool = False
    """Whether there was nothing left to do."""
    corpus: Path | None = None
    """What it learnt from; of a table or a frame, the corpus that was made of it."""
    imported: "ImportSummary | None" = None
    """What came into that corpus, what did not, and why; None of a corpus that was given."""
    told: tuple[str, ...] = ()
    """Which column of the table was read as what, a line or two."""

    @cached_property
    def predictor(self) -> Predictor:
        """The trained model, loaded when it is first asked for."""
        return Predictor.load(self.run_dir)


def train(
    corpus: Path,
    config: RunConfig,
    run_dir: Path,
    *,
    again: bool = False,
    on_message: Callable[[str], None] | None = None,
) -> RunResult:
    """Train on a corpus, or go on where an interrupted run stopped.

    Args:
        corpus: The corpus's file.
        config: Settings.
        run_dir: Where everything is written; a run with the same settings in it goes on.
        again: Train anew where a run has begun or finished; what is there is kept beside.
        on_message: Gets a line now and then that says how far it is.

    Raises:
        CorpusError: If the corpus has too little to train on.
        RunError: If the folder holds a run with other settings, or a finished one that learnt
            from other products than the corpus has now.
        ConfigError: If an encoder or its weights cannot be loaded.
    """
    # Under DDP every process comes through here; the first one writes and speaks.
    leads = int(os.environ.get("LOCAL_RANK", "0")) == 0
    with messages_to(on_message if leads else None):
        run = RunDir(run_dir)
        config = adopt_encoders(config)
        if again and leads and run.config.is_file():
            logger.info("What was in %s is in %s now.", run.root, run.set_aside())
        run.check(config)
        with Corpus.open(corpus) as opened:
            if run.finished:
                run.check_corpus(opened.fingerprint())
                logger.info("The run in %s is finished.", run.root)
                return RunResult(run.root, run.read_metrics(), already_finished=True)
            check_sources(config)
            if not leads:
                return _train(opened, config, run, leads=False)
            with run.beginning(config), logged_to(run.log):
                return _train(opened, config, run, leads=True)


def _train(opened: Corpus, config: RunConfig, run: RunDir, *, leads: bool) -> RunResult:
    seed_everything(config.train.seed, workers=True, verbose=False)
    with warnings.catch_warnings():
        ignore_advice(config)
        task = build_task(
            opened,
            config.data,
            reads=config.text.encoder != "none",
            sees=config.image.encoder != "none",
        )
        if leads:
            remove_halves(run.checkpoints)
            run.write_environment(
                describe_environment(opened, seed=config.train.seed, **describe_torch())
            )
            for note in task.notes:
                logger.info("%s", note)
            logger.info(_describe(task))
        context = RunContext(opened, task, config, run)
        if config.model.encoders != "none":
            return RunResult(run.root, train_linear(context))
        reader = _build_reader(context) if context.reads else None
        classifier = build_classifier(config, len(task.leaf_ids))
        _shrink(classifier, reader, context)
        load_start(classifier, config.model.start, task.leaf_ids)
        trained = run.checkpoints / TRAINED
        if not trained.is_file():
            trainer = _fit(context, classifier, reader)
            if not trainer.is_global_zero:
                return RunResult(run.root, RunMetrics())
            write_json(trained, {"epochs": trainer.current_epoch})
        _load_best(classifier, run)
        tokenizer = run.checkpoints / TOKENIZER_FILE
        metrics = finish_run(GraphWriter(classifier, opened, task, config, tokenizer), context)
    return RunResult(run.root, metrics)


def _fit(context: RunContext, classifier: ProductClassifier, reader: TextReader | None) -> Trainer:
    config, task, run = context.config, context.task, context.run
    data = _build_data(context, classifier, reader)
    lightning = CategorizationTask(
        classifier,
        build_loss(config.train, task.leaf_paths, task.counts),
        config.train,
        teachers=_ask_teachers(context),
        weight=config.distill.weight,
    )
    checkpoint = choose_checkpoint(run.checkpoints, lightning)
    trainer = build_trainer(config, run)
    trainer.fit(
        lightning,
        datamodule=data,
        ckpt_path=str(checkpoint) if checkpoint else None,
        weights_only=True,
    )
    if trainer.interrupted:
        raise KeyboardInterrupt
    return trainer


def _build_data(
    context: RunContext, classifier: ProductClassifier, reader: TextReader | None
) -> ProductDataModule:
    """Return training and validation products; of frozen encoders, their embeddings."""
    config, task = context.config, context.task
    dropout = PartDropout.of(config.text, config.image)
    mask = NameMask.of(config.text, task.leaf_paths)
    sides = {
        side: ProductDataset(
            task.sides[side],
            context.corpus.images,
            config.image,
            dropout=dropout if side == "train" else None,
            mask=mask if side == "train" else None,
            augment=side == "train",
        )
        for side in ("train", "val")
    }
    frozen = all(not p.requires_grad for p in _encoder_parameters(classifier))
    datasets: dict[str, Any] = dict(sides)
    if frozen:
        cache = context.corpus.path.parent / "embeddings"
        datasets = dict(embed_sides(classifier, sides, reader, config, cache))
    return ProductDataModule(
        datasets["train"],
        task.sides["train"].labels,
        datasets["val"],
        # Embeddings are stacked as they are, in this process: there is nothing to read.
        collate=None if frozen else Collator(reader, config.image),
        config=config.train,
        workers=0 if frozen else config.data.workers,
    )


def _ask_teachers(context: RunContext) -> TeacherLoss | None:
    distill = context.config.distill
    if not distill.teachers:
        return None
    file = context.run.checkpoints / "teachers.npy"
    answers = ask_teachers(distill.teachers, context.task, context.corpus, file)
    return TeacherLoss(answers, distill.temperature)


def _build_reader(context: RunContext) -> TextReader:
    text, folder = context.config.text, context.run.checkpoints
    # Kept with the run, so that it goes on, and is exported, where the encoder's folder is gone.
    if not (folder / TOKENIZER_FILE).is_file():
        save_tokenizer(text.encoder, folder)
    return TextReader(
        folder / TOKENIZER_FILE, max_tokens=text.max_tokens, description=text.description
    )


def _shrink(classifier: ProductClassifier, reader: TextReader | None, context: RunContext) -> None:
    if reader is not None and context.config.text.vocabulary == "seen" and classifier.text_encoder:
        texts = (
            text
            for row in context.task.sides["train"].rows
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
    state = read_checkpoint(best)["state_dict"]
    prefix = "classifier."
    classifier.load_state_dict(
        {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
    )


def _describe(task: LearningTask) -> str:
    sizes = ", ".join(f"{len(side.rows):,} {name}" for name, side in task.sides.items())
    left_out = sum(sum(reasons.values()) for reasons in task.left_out.values())
    small = ""
    if task.pooled:
        small = (
            f" {len(task.pooled):,} categories are too small to be taught; their products teach"
            " the nearest category above that is large enough."
        )
    return f"{len(task.leaf_ids)} categories; products: {sizes}; {left_out:,} left out.{small}"
