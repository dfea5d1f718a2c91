"""Answers the same products without and with their picture, under each text of `TEXTS`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from rich.console import Console
from rich.progress import track

from experiments.benchmarks.pictures.effects import Outcomes
from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus
from prodcat.data.category_words import category_words, remove_words
from prodcat.data.labels import LabelledRows, LearningTask, build_task
from prodcat.decision.scores import join_scores
from prodcat.errors import InputError
from prodcat.evaluation.answers import Answers, has_part, product_of_row, readable_side
from prodcat.inference.predictor import Predictor
from prodcat.product import PARTS, pattern_of
from prodcat.taxonomy.paths import CategoryPath

FULL, MASKED, NOTHING = "name and description", "masked name", "no text"
TEXTS: dict[str, tuple[str, ...]] = {
    FULL: ("name", "description"),
    "name": ("name",),
    "description": ("description",),
    MASKED: ("name",),
    NOTHING: (),
}
CHUNK = 256
"""Products between two steps of the progress bar."""


@dataclass(frozen=True)
class Comparison:
    """What the model says of the same products without and with the picture."""

    without: Answers | None
    """None where no text is given."""
    given: Answers

    @property
    def outcomes(self) -> Outcomes:
        """The best leaves; only where a text is given."""
        assert self.without is not None
        before, after = (each.logits.argmax(axis=1) for each in (self.without, self.given))
        return Outcomes(self.given.labels, before, after)


@dataclass(frozen=True)
class Compared:
    """All that was answered."""

    texts: dict[str, Comparison]
    """By the text given; those that some product has."""
    leaf_paths: tuple[CategoryPath, ...]
    """Path of each leaf of the model, (C,)."""
    products: int
    """Products that have a picture that opens."""
    without_picture: int
    """Products of the side that have none, and are left out."""


def compare(predictor: Predictor, corpus: Corpus, side: str) -> Compared:
    """Answer a side's products under each text, without and with the picture.

    Raises:
        InputError: If the model does not read all parts, or no product has a picture.
    """
    if missing := set(PARTS) - predictor.readable:
        raise InputError(f"This model reads no {min(missing)}, so there is nothing to compare.")
    task = build_task(corpus, DataConfig())
    usable = readable_side(task.sides[side], corpus, reads=True, sees=True)
    labels = model_labels(predictor, task, usable)
    pictured = [
        pair for pair in zip(usable.rows, labels, usable.paths, strict=True) if pair[0].image_sha256
    ]
    if not pictured:
        raise InputError(f"No product of the {side} side of {corpus.path} has a picture to open.")
    words = category_words(category.name for category in task.taxonomy)
    masked = [
        (replace(row, name=remove_words(row.name, words)), label, path)
        for row, label, path in pictured
    ]
    texts: dict[str, Comparison] = {}
    for text, parts in TEXTS.items():
        pairs = masked if text == MASKED else pictured
        pairs = [pair for pair in pairs if all(has_part(pair[0], part) for part in parts)]
        if pairs:
            rows = LabelledRows(*zip(*pairs, strict=True))
            without = ask(predictor, corpus, rows, parts, side) if parts else None
            texts[text] = Comparison(without, ask(predictor, corpus, rows, (*parts, "image"), side))
    left_out = len(task.sides[side].rows) - len(pictured)
    return Compared(texts, predictor.model.leaf_paths, len(pictured), left_out)


def model_labels(predictor: Predictor, task: LearningTask, side: LabelledRows) -> list[int]:
    """Number each product's leaf as the model does; -1 where it does not have it."""
    numbers = {path: number for number, path in enumerate(predictor.model.leaf_paths)}
    paths = task.leaf_paths
    return [numbers.get(paths[label], -1) for label in side.labels]


def ask(
    predictor: Predictor, corpus: Corpus, products: LabelledRows, given: Sequence[str], side: str
) -> Answers:
    """Answer products that have all of the *given* parts from these alone."""
    pattern = pattern_of(given)
    starts = track(
        range(0, len(products.rows), CHUNK),
        description=pattern,
        console=Console(stderr=True),
        transient=True,
    )
    scores = [
        predictor.score(
            [product_of_row(row, corpus, given) for row in products.rows[start : start + CHUNK]]
        )
        for start in starts
    ]
    return Answers(
        labels=np.array(products.labels, dtype=np.int64),
        patterns=np.full(len(products.rows), pattern),
        scores=join_scores(scores, classes=len(predictor.model.labels)),
        rows=products.rows,
        paths=products.paths,
        side=side,
    )
