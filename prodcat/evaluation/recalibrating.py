"""Calibrate a model anew on the validation products of a corpus, and measure it there."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows, as_read
from prodcat.data.splits import choose_sides
from prodcat.decision.calibration import Calibration
from prodcat.errors import CorpusError
from prodcat.evaluation.answers import Answers, answer_side, readable_side
from prodcat.evaluation.measuring import calibrate, measure_side
from prodcat.inference.predictor import Predictor
from prodcat.modeldir.trees import refuse_moved
from prodcat.runs.format import LEAST_PRODUCTS, SIDES
from prodcat.runs.records import Selection
from prodcat.taxonomy.paths import CategoryPath

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Recalibrated:
    """What came of it."""

    calibration: Calibration
    sides: Mapping[str, tuple[Selection, ...]]
    """val and test → the measures of each selection of parts; without those that have none."""


def recalibrate(
    predictor: Predictor,
    corpus: Corpus,
    config: DataConfig,
    *,
    default_accuracy: float,
    confidence: float,
) -> Recalibrated:
    """Fit a model's temperatures and guarantees anew, on products that it has not learnt from.

    Args:
        predictor: The model.
        corpus: Its validation side calibrates, its test side measures. They must be sides that
            the model did not learn from.
        config: Which product is on which side.
        default_accuracy: The accuracy to keep where nobody asks for another.
        confidence: How sure each promise is to hold.

    Raises:
        CorpusError: If there are too few validation products that the model has categories for.
        ModelError: If the model was moved to a tree that is not one to one with its own.
    """
    refuse_moved(predictor.model.folder, predictor.model.moved)
    answers: dict[str, dict[str, Answers]] = {}
    sides = labelled_sides(corpus, config, predictor.model.leaf_paths)
    known = sum(label >= 0 for label in sides["val"].labels)
    if known < LEAST_PRODUCTS:
        raise CorpusError(
            f"{corpus.path} has {known} validation products of categories that the model has;"
            f" {LEAST_PRODUCTS} are needed to calibrate it."
        )
    readable = predictor.readable
    reads, sees = not readable.isdisjoint({"name", "description"}), "image" in readable
    for side in SIDES:
        products = readable_side(sides[side], corpus, reads=reads, sees=sees)
        answers[side] = answer_side(predictor, products, corpus, side=side)
    leaf_paths = predictor.model.leaf_paths
    calibration = calibrate(
        answers["val"], leaf_paths, default_accuracy=default_accuracy, confidence=confidence
    )
    measured = {
        side: measure_side(given, calibration, leaf_paths) for side, given in answers.items()
    }
    return Recalibrated(calibration, {side: found for side, found in measured.items() if found})


def labelled_sides(
    corpus: Corpus, config: DataConfig, leaf_paths: Sequence[CategoryPath]
) -> dict[str, LabelledRows]:
    """Return all labelled products of val and test, with a model's leaves as labels."""
    number = {path: leaf for leaf, path in enumerate(leaf_paths)}
    taxonomy = corpus.taxonomy()
    # Of all that training would see, so that each product is on the side that it was on there.
    rows = list(corpus.rows(with_category=True))
    sides = choose_sides(rows, config)
    chosen = {}
    for side in SIDES:
        here = [
            as_read(row)
            for row, its in zip(rows, sides, strict=True)
            if its == side and row.category_id in taxonomy
        ]
        paths = tuple(taxonomy.path(row.category_id or "") for row in here)
        labels = tuple(number.get(path, -1) for path in paths)
        chosen[side] = LabelledRows(tuple(here), labels, paths)
    return chosen
