"""What the model said of each validation and test product, for ``predictions.parquet``."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.calibration import Calibration
from prodcat.decision.decoding import Decoder
from prodcat.decision.temperature import softmax
from prodcat.evaluation.answers import Answers
from prodcat.evaluation.measuring import are_foreign, probabilities
from prodcat.runs.format import EVERYTHING, TOP
from prodcat.runs.predictions import PredictionRow, write_prediction_rows
from prodcat.taxonomy.paths import CategoryPath, join_path


def write_predictions(
    file: Path,
    sides: Mapping[str, Mapping[str, Answers]],
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> None:
    """Write a row per product of each side, answered from all of its parts."""
    write_prediction_rows(
        file,
        (
            row
            for side, answers in sides.items()
            for row in _rows(side, answers[EVERYTHING], calibration, leaf_paths)
        ),
    )


def _rows(
    side: str,
    answers: Answers,
    calibration: Calibration,
    leaf_paths: Sequence[CategoryPath],
) -> Iterator[PredictionRow]:
    if not len(answers.labels):
        return
    names = [join_path(path) for path in leaf_paths]
    probs = probabilities(answers, calibration)
    # How sure the network was by itself: reports show what calibration made of it.
    raw = softmax(answers.logits)
    fitted = [calibration.for_parts(p.split("+")) for p in answers.patterns.tolist()]
    foreign = are_foreign(answers, calibration)
    default = calibration.default_accuracy
    defaults = [parts.for_paths(default, calibration.confidence).threshold for parts in fitted]
    least = np.array([np.inf if t is None else t for t in defaults])
    decisions = Decoder(leaf_paths, top=TOP).decode(probs, np.where(foreign, np.inf, least))
    for i, (row, decision) in enumerate(zip(answers.rows, decisions, strict=True)):
        yield PredictionRow(
            id=row.id,
            split=side,
            label=join_path(answers.paths[i]),
            label_leaf=None if answers.labels[i] < 0 else names[answers.labels[i]],
            top=[names[leaf] for leaf, _ in decision.top],
            top_probability=[float(probability) for _, probability in decision.top],
            probability=float(probs[i].max()),
            raw_probability=float(raw[i].max()),
            thresholds={a: None if foreign[i] else fitted[i].thresholds.get(a) for a in ACCURACIES},
            answer=join_path(decision.path),
            name=row.name,
            image_sha256=row.image_sha256,
            parts=str(answers.patterns[i]).split("+"),
        )
