"""``predictions.parquet``: what the model said of each validation and test product."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.decision.calibration import Calibration
from prodcat.decision.decoding import Decoder
from prodcat.decision.temperature import softmax
from prodcat.errors import require
from prodcat.evaluation.answers import Answers
from prodcat.evaluation.measuring import probabilities
from prodcat.files import whole
from prodcat.runs.format import ACCURACIES, EVERYTHING, FORMAT, NAME_LENGTH, TOP, threshold_column
from prodcat.taxonomy.paths import CategoryPath, join_path


def write_predictions(
    file: Path,
    sides: Mapping[str, Mapping[str, Answers]],
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> None:
    """Write a row per product of each side.

    Columns: id; split; label and the paths of the five best leaves (``top``, joined by
    `` > ``) with their calibrated probabilities (``top_probability``); the best leaf's
    probability, and before calibration (``raw_probability``); for each accuracy the least
    probability at which the leaf is answered (``threshold_98``, null for never), by the
    parts that the product has; answer (path at the default accuracy, empty when
    abstained); name (its beginning) and image_sha256; has_name, has_description,
    has_text, has_image.
    """
    pyarrow = require("pyarrow", extra="bulk")
    parquet = require("pyarrow.parquet", extra="bulk")
    rows = [
        row
        for side, answers in sides.items()
        for row in _rows(side, answers[EVERYTHING], calibration, leaf_paths)
    ]
    # Columns without any value, such as a threshold never reached, still have a type.
    kinds = {"name": "string", "image_sha256": "string"} | dict.fromkeys(
        map(threshold_column, ACCURACIES), "double"
    )
    table = pyarrow.Table.from_pylist(rows)
    for column, kind in kinds.items():
        place = table.schema.get_field_index(column)
        table = table.set_column(place, column, table.column(column).cast(kind))
    table = table.replace_schema_metadata({"prodcat_format": str(FORMAT)})
    with whole(file) as temporary:
        parquet.write_table(table, temporary, compression="zstd")


def _rows(
    side: str,
    answers: Answers,
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> Iterator[dict[str, Any]]:
    if not len(answers.labels):
        return
    names = [join_path(path) for path in leaf_paths]
    probs = probabilities(answers, calibration)
    raw = softmax(answers.logits)
    fitted = [calibration.for_parts(p.split("+")) for p in answers.patterns.tolist()]
    defaults = [own.threshold(calibration.default_accuracy) for own in fitted]
    decisions = Decoder(leaf_paths, top=TOP).decode(
        probs, np.array([np.inf if t is None else t for t in defaults])
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
            "raw_probability": float(raw[i].max()),
            **{threshold_column(a): fitted[i].thresholds.get(a) for a in ACCURACIES},
            "answer": join_path(decision.path),
            "name": row.name[:NAME_LENGTH] if row.name else None,
            "image_sha256": row.image_sha256,
            "has_name": "name" in parts,
            "has_description": "description" in parts,
            "has_text": "name" in parts or "description" in parts,
            "has_image": "image" in parts,
        }
