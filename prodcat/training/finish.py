"""Finish a run: export the model, check it, calibrate it, measure it, describe it.

Everything is measured through the exported model, as its users will run it.
"""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.config import RunConfig
from prodcat.corpus import Corpus, ProductRow
from prodcat.data.dataset import Collator, ProductDataset
from prodcat.data.labels import Task
from prodcat.encoders.text import TOKENIZER_FILE
from prodcat.errors import ModelError
from prodcat.inference.export import (
    ONNX_FILE,
    WEIGHTS_FILE,
    export_onnx,
    quantize_weights,
    save_weights,
    torch_logits,
)
from prodcat.inference.model_dir import ModelFacts, write_model_dir
from prodcat.inference.model_format import CARD
from prodcat.inference.predictor import Predictor
from prodcat.model.classifier import ProductClassifier
from prodcat.taxonomy import join_path
from prodcat.text import TextReader
from prodcat.training.card import encoder_name, write_card_text
from prodcat.training.evaluate import (
    answer_side,
    as_product,
    calibrate,
    measure_side,
    measure_speed,
    readable_side,
    uncalibrated,
)
from prodcat.training.footprint import measure_peak_memory
from prodcat.training.predictions import write_predictions
from prodcat.training.run_dir import RunDir, write_json, write_text

PARITY_PRODUCTS = 64
SPEED_PRODUCTS = 512


def finish_run(
    classifier: ProductClassifier,
    corpus: Corpus,
    task: Task,
    config: RunConfig,
    run: RunDir,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Write the model directory, the predictions and, last, the measures.

    Raises:
        ModelError: If the exported model answers otherwise than the network.
    """
    building = run.root / "model.tmp"
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir()
    # The model is handed on; the folder that its encoder came from is nobody's business.
    text = replace(config.text, encoder=encoder_name(config.text.encoder))
    facts = ModelFacts(
        name=run.root.resolve().name,
        text=text if text.encoder != "none" else None,
        image=config.image if config.image.encoder != "none" else None,
        taxonomy=task.taxonomy,
        labels=task.leaf_ids,
    )
    sides = {
        side: readable_side(
            task.sides[side], corpus, reads=facts.text is not None, sees=facts.image is not None
        )
        for side in ("val", "test")
    }
    sample = sides["val"].rows[:PARITY_PRODUCTS]
    differences = _export(classifier, corpus, sample, config, run, facts, building)
    say(f"Largest difference of a logit between torch and the exported model: {differences}")
    predictor = Predictor.load(building)
    answers = {
        side: answer_side(predictor, products, corpus, side=side, say=say)
        for side, products in sides.items()
    }
    calibration = calibrate(
        answers["val"], task.leaf_paths, default_accuracy=config.export.default_accuracy
    )
    write_model_dir(building, facts, calibration)
    some = (*sides["test"].rows, *sides["val"].rows)[:SPEED_PRODUCTS]
    metrics: dict[str, Any] = {
        "data": describe_data(task),
        "training": describe_training(run),
        "export": {"quantize": config.export.quantize, "largest_difference": differences},
        **{
            side: measure_side(found, calibration, task.leaf_paths)
            for side, found in answers.items()
            if sides[side].rows
        },
        "cost": measure_speed(Predictor.load(building), [as_product(row, corpus) for row in some]),
    }
    metrics["cost"]["peak_memory_mb"] = measure_peak_memory(building, some, corpus)
    write_text(building / CARD, write_card_text(facts.name, task, config, metrics))
    metrics["cost"]["model_bytes"] = sum(file.stat().st_size for file in building.iterdir())
    shutil.rmtree(run.model, ignore_errors=True)
    building.rename(run.model)
    write_predictions(run.predictions, answers, calibration, task.leaf_paths)
    write_json(run.metrics, metrics)
    return metrics


def _export(
    classifier: ProductClassifier,
    corpus: Corpus,
    sample: Sequence[ProductRow],
    config: RunConfig,
    run: RunDir,
    facts: ModelFacts,
    folder: Path,
) -> dict[str, float]:
    """Export, and return the largest difference to torch's logits, by kind of numbers."""
    tokenizer = run.checkpoints / TOKENIZER_FILE
    if tokenizer.is_file():
        shutil.copyfile(tokenizer, folder / TOKENIZER_FILE)
    if config.export.keep_weights:
        save_weights(classifier, folder / WEIGHTS_FILE)
    expected = _torch_answers(classifier, sample, corpus, config, tokenizer)
    differences = {}
    file, size = folder / ONNX_FILE, config.image
    for kind in ("float32", "int8") if config.export.quantize == "int8" else ("float32",):
        if kind == "float32":
            export_onnx(classifier, file, height=size.height, width=size.width)
        else:
            quantize_weights(file)
        write_model_dir(folder, facts, uncalibrated(config.export.default_accuracy))
        given = Predictor.load(folder).logits([as_product(row, corpus) for row in sample])
        differences[kind] = float(np.abs(given - expected).max())
    if not differences["float32"] <= config.export.tolerance:
        raise ModelError(
            f"The exported model's logits differ from torch's by {differences['float32']:.2g},"
            f" more than export.tolerance ({config.export.tolerance:g}). Its answers cannot be"
            " trusted; raise the tolerance only if you know why."
        )
    return differences


def _torch_answers(
    classifier: ProductClassifier,
    rows: Sequence[ProductRow],
    corpus: Corpus,
    config: RunConfig,
    tokenizer: Path,
) -> NDArray[np.float32]:
    reads = config.text.encoder != "none"
    reader = TextReader(tokenizer, max_tokens=config.text.max_tokens) if reads else None
    products = ProductDataset(rows, [0] * len(rows), corpus.images, config.image)
    collate = Collator(reader, config.image)
    return torch_logits(classifier, [collate([products[i]]) for i in range(len(products))])


def describe_data(task: Task) -> dict[str, Any]:
    """Return what was learnt from, for ``metrics.json``."""
    return {
        "categories": len(task.leaf_ids),
        "taxonomy_version": task.taxonomy.version,
        "products": {name: len(side.rows) for name, side in task.sides.items()},
        "left_out": task.left_out,
        "train_products": {
            join_path(path): count for path, count in zip(task.leaf_paths, task.counts, strict=True)
        },
    }


def describe_training(run: RunDir) -> dict[str, Any]:
    """Return how long it took, for ``metrics.json``."""
    history = run.read_history()
    return {
        "epochs": len(history),
        "best_epoch": max(history, key=lambda row: float(row["val_macro_f1"]), default={}).get(
            "epoch"
        ),
        "seconds": sum(float(row["seconds"]) for row in history),
    }
