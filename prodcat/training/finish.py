"""Finish a run: export the model, check it, calibrate it, measure it, describe it.

Everything is measured through the exported model, as its users will run it.
"""

import logging
import shutil
from dataclasses import replace

from prodcat.data.labels import LearningTask
from prodcat.evaluation.answers import answer_side, readable_side, selections_of
from prodcat.evaluation.cost import measure_cost
from prodcat.evaluation.measuring import calibrate, measure_side
from prodcat.evaluation.predictions import write_predictions
from prodcat.export.graphs import save_weights
from prodcat.export.odd_products import choose_odd
from prodcat.export.parity import GraphWriter
from prodcat.files import let_all_read, whole, write_text
from prodcat.inference.predictor import Predictor
from prodcat.inputs.tokens import TOKENIZER_FILE
from prodcat.modeldir.format import CARD
from prodcat.modeldir.writing import ModelFacts, write_model_dir
from prodcat.network.classifier import ProductClassifier
from prodcat.runs.records import DataFacts, ExportFacts, RunMetrics, TrainingFacts
from prodcat.taxonomy.paths import join_path
from prodcat.training.card import encoder_name, write_card_text
from prodcat.training.context import RunContext
from prodcat.training.messages import TimeLeft

logger = logging.getLogger(__name__)

PARITY_PRODUCTS = 64
SPEED_PRODUCTS = 512


def finish_run(classifier: ProductClassifier, context: RunContext) -> RunMetrics:
    """Write the model directory, the predictions and, last, the measures.

    Raises:
        ModelError: If the exported model answers otherwise than the network.
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
    writer = GraphWriter(corpus, task, config, run.checkpoints / TOKENIZER_FILE)
    sample = choose_odd(sides["val"].rows + sides["test"].rows, PARITY_PRODUCTS)
    differences = writer.write(classifier, facts, sample, building)
    logger.debug(
        "Largest difference of a logit between torch and the exported model: %s, over %s",
        differences,
        ", ".join(row.id for row in sample),
    )
    predictor = Predictor.load(building)
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
        with whole(run.weights) as temporary:
            save_weights(classifier, temporary)
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
