"""The head of a finished run anew, on what its encoders say: they stay as they are, bit for bit.

Its encoders have seen the training products and their labels, so what they make of these is
clearer than what they make of others; the head begins with what the old one knew, and the epoch
that does best on validation products is kept, be it none.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from pytorch_lightning import seed_everything

from prodcat.config import DistillConfig, RunConfig
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LearningTask, build_task
from prodcat.errors import ModelError, RunError
from prodcat.evaluation.answers import product_of_row
from prodcat.evaluation.measuring import uncalibrated
from prodcat.export.graphs import export_head
from prodcat.files import whole, write_whole
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import HEAD_ONNX, IMAGE_ONNX, RUN_MODEL, TEXT_ONNX, TOKENIZER
from prodcat.modeldir.reading import ModelDir
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.network.given import EmbeddedHead
from prodcat.runs.directory import RunDir
from prodcat.runs.environment import describe_environment
from prodcat.runs.records import RunMetrics
from prodcat.training.context import RunContext
from prodcat.training.finish import finish_run
from prodcat.training.fixed_encoders import FixedEncoders
from prodcat.training.linear import fit_linear
from prodcat.training.messages import logged_to, messages_to
from prodcat.training.start import find_weights, load_start
from prodcat.training.trainer import describe_torch, ignore_advice

logger = logging.getLogger(__name__)

RATE = 0.5
"""Share of a run's learning rate that its head goes on with."""
MAX_EPOCHS, PATIENCE = 12, 3


def learn_head(
    corpus: Path,
    config: RunConfig,
    old: Path,
    run_dir: Path,
    *,
    on_message: Callable[[str], None] | None = None,
) -> RunMetrics:
    """Learn the head of a run anew from what a corpus says now, into a run of its own.

    Args:
        corpus: The corpus's file.
        config: Settings of the old run, which the new one keeps.
        old: The old run, with its weights; nothing in it changes.
        run_dir: The new run.
        on_message: Gets a line now and then that says how far it is.

    Raises:
        CorpusError: If the corpus has too little to learn from.
        RunError: If the old run has no weights to go on from, or the folder holds another run.
        ModelError: If the exported model answers otherwise than what was learnt.
    """
    with messages_to(on_message):
        if find_weights(old / RUN_MODEL) is None:
            raise RunError(
                f"{old} has no weights to go on from: it was trained with"
                " export.keep_weights=false. Train all of it with --full."
            )
        run = RunDir(run_dir)
        with Corpus.open(corpus) as opened, run.beginning(config), logged_to(run.log):
            seed_everything(config.train.seed, workers=True, verbose=False)
            reads, sees = config.text.encoder != "none", config.image.encoder != "none"
            task = build_task(opened, config.data, reads=reads, sees=sees)
            run.write_environment(
                describe_environment(opened, seed=config.train.seed, **describe_torch())
            )
            for note in task.notes:
                logger.info("%s", note)
            with warnings.catch_warnings():
                ignore_advice(config)
                return _learn(RunContext(opened, task, config, run), old)


def _learn(context: RunContext, old: Path) -> RunMetrics:
    config, task, corpus = context.config, context.task, context.corpus
    encoders = FixedEncoders(on_encoders(config, old), corpus)
    train = encoders.embed(task.sides["train"], None, "training")
    val = encoders.embed(task.sides["val"], None, "validation")
    head = EmbeddedHead(
        config,
        text=None if train.text is None else train.text.shape[-1],
        image=None if train.image is None else train.image.shape[-1],
        categories=len(task.leaf_ids),
    )
    load_start(head.classifier, str(old), task.leaf_ids)
    settings = replace(
        config.train, lr=RATE * config.train.lr, max_epochs=MAX_EPOCHS, patience=PATIENCE
    )
    learning = replace(context, config=replace(config, train=settings))
    history = fit_linear(head, train, val, learning, started=True)
    best = min((row["val_loss"] for row in history), default=float("nan"))
    logger.info(f"Learnt in {len(history)} epochs; least validation loss {best:.4f}.")
    head.eval()
    told = replace(config, export=replace(config.export, about=_about(task, old, config)))
    return finish_run(
        HeadWriter(head, encoders, config),
        replace(context, config=told),
        embeddings=corpus.path.parent / "embeddings",
    )


def on_encoders(config: RunConfig, old: Path) -> RunConfig:
    """Return the settings with the old run's encoders in place of those that it began with."""
    model = replace(config.model, encoders=str(old / RUN_MODEL), start="none", words=0)
    return replace(config, model=model, distill=DistillConfig())


def _about(task: LearningTask, old: Path, config: RunConfig) -> str:
    decided = sum(row.is_decided for side in task.sides.values() for row in side.rows)
    told = (
        f"The head was learnt anew on the encoders of {old.resolve().name}, with {decided:,} labels"
        " that people decided on."
    )
    before = config.export.about.strip()
    return told if before == "none" else f"{before}\n\n{told}"


class HeadWriter:
    """Writes a model directory of old encoders and a new head, and proves that it answers so.

    Args:
        head: Trained.
        encoders: What it was trained on.
        config: Settings of the run.
    """

    def __init__(self, head: EmbeddedHead, encoders: FixedEncoders, config: RunConfig) -> None:
        self.head, self.encoders, self.config = head, encoders, config

    def write(
        self, facts: ModelFacts, sample: Sequence[ProductRow], folder: Path
    ) -> dict[str, float]:
        """Write everything but the calibration and the card; see `GraphWriter.write`."""
        export, model = self.config.export, self.encoders.model
        for name in encoder_files(model):
            write_whole(folder / name, model.content(name))
        export_head(self.head.classifier, folder / HEAD_ONNX)
        nothing = uncalibrated(export.default_accuracy)
        # The head, too, answers once.
        write_model_dir(folder, replace(facts, name_view=0.0), nothing)
        products = [product_of_row(row, self.encoders.corpus) for row in sample]
        with torch.inference_mode():
            expected = self.head(*self.encoders.parts_of(sample, None)).numpy()
        found = Predictor.load(folder).logits(products)
        difference = float(np.abs(found - expected).max(initial=0.0))
        if not difference <= export.tolerance:
            raise ModelError(
                f"The exported model's logits differ from those learnt by {difference:.2g}, more"
                f" than export.tolerance ({export.tolerance:g})."
            )
        write_model_dir(folder, facts, nothing)
        return {"float32": difference}

    def save_weights(self, file: Path) -> None:
        """Write all weights, the encoders' as they were, so that learning can go on from here."""
        from safetensors.torch import load_file, save_file

        weights = find_weights(self.encoders.model.folder)
        assert weights is not None
        head = {name: t.detach().contiguous() for name, t in self._state().items()}
        with whole(file) as temporary:
            save_file(load_file(weights) | head, str(temporary))

    def _state(self) -> dict[str, torch.Tensor]:
        return self.head.classifier.state_dict()


def encoder_files(model: ModelDir) -> tuple[str, ...]:
    """Return the files of a model directory that embed, which heads can share."""
    text = (TEXT_ONNX, TOKENIZER) if model.text is not None else ()
    return (*text, *((IMAGE_ONNX,) if model.image is not None else ()))
