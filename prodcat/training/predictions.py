"""``predictions.parquet``: what the model said of each validation and test product."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.calibration import Calibration
from prodcat.decoding import Decoder
from prodcat.errors import require
from prodcat.taxonomy import join_path
from prodcat.training.evaluate import EVERYTHING, Answers, probabilities

TOP = 5


def write_predictions(
    file: Path,
    sides: Mapping[str, Mapping[str, Answers]],
    calibration: Calibration,
    leaf_paths: Sequence[tuple[str, ...]],
) -> None:
    """Write a row per product of each side.

    Columns: id; split; label and the paths of the five best leaves (``top``, joined by
    `` > ``) with their calibrated probabilities (``top_probability``); the best leaf's
    probability; answer (path at the default accuracy, empty when abstained); has_name,
    has_description, has_text, has_image.
    """
    pyarrow = require("pyarrow", extra="bulk")
    parquet = require("pyarrow.parquet", extra="bulk")
    rows = [
        row
        for side, answers in sides.items()
        for row in _rows(side, answers[EVERYTHING], calibration, leaf_paths)
    ]
    temporary = file.with_name(file.name + ".tmp")
    parquet.write_table(pyarrow.Table.from_pylist(rows), temporary, compression="zstd")
    temporary.replace(file)


def _rows(
    side: str,
    answers: Answers,
    calibration: Calibration,
    leaf_paths: Sequence[tuple[str, ...]],
) -> Iterator[dict[str, Any]]:
    if not len(answers.labels):
        return
    names = [join_path(path) for path in leaf_paths]
    probs = probabilities(answers, calibration)
    accuracy = calibration.default_accuracy
    thresholds = [
        calibration.for_parts(pattern.split("+")).threshold(accuracy)
        for pattern in answers.patterns.tolist()
    ]
    decisions = Decoder(leaf_paths, top=TOP).decode(
        probs, np.array([np.inf if t is None else t for t in thresholds])
    )
    for i, (row, decision) in enumerate(zip(answers.rows, decisions, strict=True)):
        parts = str(answers.patterns[i]).split("+")
        yield {
            "id": row.id,
            "split": side,
            "label": names[answers.labels[i]],
            "top": [names[leaf] for leaf, _ in decision.top],
            "top_probability": [float(probability) for _, probability in decision.top],
            "probability": float(probs[i].max()),
            "answer": join_path(decision.path),
            "has_name": "name" in parts,
            "has_description": "description" in parts,
            "has_text": "name" in parts or "description" in parts,
            "has_image": "image" in parts,
        }
