"""Finish a run: export the model, check it, calibrate it, measure it, describe it.

Everything is measured through the exported model, as its users will run it.
"""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from prodcat.corpus.product_row import ProductRow
from prodcat.data.labels import LearningTask
from prodcat.evaluation.answers import answer_side, readable_side, selections_of
from prodcat.evaluation.cost import measure_cost
from prodcat.evaluation.measuring import calibrate, measure_side
from prodcat.evaluation.predictions import write_predictions
from prodcat.export.odd_products import choose_odd
from prodcat.files import let_all_read, write_text
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.format import CARD
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.runs.records import DataFacts, ExportFacts, RunMetrics, TrainingFacts
from prodcat.taxonomy.paths import join_path
from prodcat.training.card import encoder_name, write_card_text
from prodcat.training.context import RunContext
from prodcat.training.messages import TimeLeft

logger = logging.getLogger(__name__)

PARITY_PRODUCTS = 64
SPEED_PRODUCTS = 512


class ModelWriter(Protocol):
    """Something trained, that can be handed on."""

    def write(
        self, facts: ModelFacts, sample: Sequence[ProductRow], folder: Path
    ) -> dict[str, float]:
        """Write a model directory without calibration and card; see `GraphWriter.write`."""

    def save_weights(self, file: Path) -> None:
        """Write the weights to continue training from, where there are any."""


def finish_run(
    writer: ModelWriter, context: RunContext, *, embeddings: Path | None = None
) -> RunMetrics:
    """Write the model directory, the predictions and, last, the measures.

    Args:
        writer: What was trained.
        context: The run.
        embeddings: Folder of embeddings that stay, of a model whose encoders others share; None
            for one that goes when the run is finished.

    Raises:
        ModelError: If the exported model answers otherwise than what was trained.
    """
    corpus, task = context.corpus, context.task
    config, run = context.config, context.run
    building = run.root / "model.tmp"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    # The model is handed on; the folder that its encoder came from is nobody's business.
    text = replace(config.text, encoder=encoder_name(config.text.encoder))
    facts = ModelFacts(
        name=run.root.resolve().name,
        text=text if context.reads else None,
        image=config.image if context.sees else None,
        taxonomy=task.taxonomy,
        labels=task.leaf_ids,
        name_view=config.export.name_view,
    )
    sides = {
        side: readable_side(task.judged(side), corpus, reads=context.reads, sees=context.sees)
        for side in ("val", "test")
    }
    logger.info("Exporting the network.")
    sample = choose_odd(sides["val"].rows + sides["test"].rows, PARITY_PRODUCTS)
    differences = writer.write(facts, sample, building)
    logger.debug(
        "Largest difference of a logit between training and the exported model: %s, over %s",
        differences,
        ", ".join(row.id for row in sample),
    )
    # The same texts and pictures are asked for again and again, with other parts withheld. On
    # Windows the files of a cache that is still open stay until the run is trained anew.
    kept = run.checkpoints / "answers.tmp"
    shutil.rmtree(kept, ignore_errors=True)
    predictor = Predictor.load(building, cache=embeddings or kept)
    asked = len(selections_of(predictor)) * sum(len(side.rows) for side in sides.values())
    logger.info(
        f"Asking it for the {sum(len(side.rows) for side in sides.values()):,} validation and"
        f" test products, with all parts and with some withheld: {asked:,} questions."
    )
    on_answered = TimeLeft("Answered", asked)
    answers = {
        side: answer_side(predictor, products, corpus, side=side, on_answered=on_answered)
        for side, products in sides.items()
    }
    shutil.rmtree(kept, ignore_errors=True)
    logger.info("Calibrating and measuring.")
    calibration = calibrate(
        answers["val"],
        task.leaf_paths,
        default_accuracy=config.export.default_accuracy,
        confidence=config.export.confidence,
    )
    write_model_dir(building, facts, calibration)
    timed_rows = (*sides["test"].rows, *sides["val"].rows)[:SPEED_PRODUCTS]
    metrics = RunMetrics(
        data=describe_data(task),
        training=TrainingFacts.from_history(run.read_history(), best_by=config.train.best_by),
        export=ExportFacts(config.export.quantize, differences),
        sides={
            side: measure_side(side_answers, calibration, task.leaf_paths)
            for side, side_answers in answers.items()
            if sides[side].rows
        },
        cost=measure_cost(building, timed_rows, corpus),
    )
    write_text(building / CARD, write_card_text(facts.name, task, config, metrics))
    model_bytes = sum(file.stat().st_size for file in building.iterdir())
    metrics = replace(metrics, cost=replace(metrics.cost, model_bytes=model_bytes))
    if config.export.keep_weights:
        writer.save_weights(run.weights)
    let_all_read(building)
    shutil.rmtree(run.model, ignore_errors=True)
    building.rename(run.model)
    write_predictions(run.predictions, answers, calibration, task.leaf_paths)
    run.write_metrics(metrics)
    return metrics


def describe_data(task: LearningTask) -> DataFacts:
    """Return what was learnt from, for ``metrics.json``."""
    return DataFacts(
        categories=len(task.leaf_ids),
        taxonomy_version=task.taxonomy.version,
        products={name: len(side.rows) for name, side in task.sides.items()},
        left_out=task.left_out,
        train_products={
            join_path(path): count for path, count in zip(task.leaf_paths, task.counts, strict=True)
        },
        untaught={side: len(products.rows) for side, products in task.untaught.items()},
        pooled={join_path(path): join_path(above) for path, above in task.pooled.items()},
    )
