"""A model's answers to the labelled products of a side, with all parts and with some withheld."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array, IntArray
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.labels import LabelledRows
from prodcat.decision.scores import Scores, join_scores
from prodcat.errors import InputError
from prodcat.inputs.images import open_image
from prodcat.inputs.text import says_something
from prodcat.product import PARTS, Product, pattern_of
from prodcat.runs.format import SELECTIONS
from prodcat.taxonomy.paths import CategoryPath

logger = logging.getLogger(__name__)

AT_ONCE = 1024
"""Products between two words of how far it is."""


class Answerer(Protocol):
    """Whatever scores the leaves of products: a predictor, or a baseline."""

    @property
    def readable(self) -> frozenset[str]:
        """Which of name, description and image it makes use of."""

    def score(self, products: Sequence[Product]) -> Scores:
        """Return raw scores."""


@dataclass(frozen=True)
class Answers:
    """What the model says of one side's products, given a selection of their parts."""

    labels: IntArray
    """True leaf of each product, (N,); -1 for a category that the model was not taught."""
    patterns: NDArray[np.str_]
    """The parts that each was answered from, such as ``name+image``, (N,)."""
    scores: Scores
    rows: tuple[ProductRow, ...]
    """Those products of the side that have any of the parts, N."""
    paths: tuple[CategoryPath, ...]
    """True category of each product, N."""
    side: str
    """val or test."""

    def take(self, rows: IntArray) -> "Answers":
        """Return those to some of the products."""
        places = rows.tolist()
        return Answers(
            self.labels[rows],
            self.patterns[rows],
            self.scores.take(rows),
            tuple(self.rows[i] for i in places),
            tuple(self.paths[i] for i in places),
            self.side,
        )

    @property
    def logits(self) -> Float32Array:
        """Raw scores, (N, C)."""
        return self.scores.logits


def readable_side(side: LabelledRows, corpus: Corpus, *, reads: bool, sees: bool) -> LabelledRows:
    """Return the products of a side with those of their parts that the model can use.

    A picture that is lost or broken counts as absent; a product without any part that the
    model uses is left out.

    Args:
        side: Validation or test products.
        corpus: Holds their pictures.
        reads: Whether the model reads texts.
        sees: Whether it reads pictures.
    """
    rows, labels, paths = [], [], []
    for row, label, path in zip(side.rows, side.labels, side.paths, strict=True):
        if not (sees and _opens(row.image_sha256, corpus)):
            row = replace(row, image_sha256=None)
        if row.image_sha256 or (reads and says_something(row.name + row.description)):
            rows.append(row)
            labels.append(label)
            paths.append(path)
    return LabelledRows(tuple(rows), tuple(labels), tuple(paths))


def _opens(image_sha256: str | None, corpus: Corpus) -> bool:
    if image_sha256 is None:
        return False
    try:
        open_image(corpus.images.path(image_sha256))
    except InputError:
        return False
    return True


def answer_side(
    answerer: Answerer,
    products: LabelledRows,
    corpus: Corpus,
    *,
    side: str,
    selections: Mapping[str, Sequence[str]] = SELECTIONS,
    on_answered: Callable[[int], None] | None = None,
) -> dict[str, Answers]:
    """Ask for a side's products with each selection of parts that makes a difference.

    Args:
        answerer: Whom to ask.
        products: The side's products.
        corpus: Holds their pictures.
        side: val or test.
        selections: Name → the parts to ask with.
        on_answered: Is told how many more were answered, now and then.
    """
    answers: dict[str, Answers] = {}
    for selection, parts in selections_of(answerer, selections).items():
        answers[selection] = _answer(answerer, products, corpus, parts, side, on_answered)
        logger.debug("%s, %s: %d products answered", side, selection, len(answers[selection].rows))
    return answers


def selections_of(
    answerer: Answerer, selections: Mapping[str, Sequence[str]] = SELECTIONS
) -> dict[str, tuple[str, ...]]:
    """Return the selections that make a difference, with the parts that are read of each."""
    found: dict[str, tuple[str, ...]] = {}
    for selection, parts in selections.items():
        readable = tuple(part for part in parts if part in answerer.readable)
        # To withhold what is not read anyway gives the same answers again.
        if readable and readable not in found.values():
            found[selection] = readable
    return found


def _answer(
    answerer: Answerer,
    products_of_side: LabelledRows,
    corpus: Corpus,
    parts: Sequence[str],
    side: str,
    on_answered: Callable[[int], None] | None,
) -> Answers:
    rows, labels, paths, patterns = [], [], [], []
    labelled = products_of_side
    for row, label, path in zip(labelled.rows, labelled.labels, labelled.paths, strict=True):
        used = [part for part in parts if has_part(row, part)]
        if used:
            rows.append(row)
            labels.append(label)
            paths.append(path)
            patterns.append(pattern_of(used))
    products = [product_of_row(row, corpus, parts) for row in rows]
    scores = []
    # At least once, so that no product gives scores of none.
    for start in range(0, max(1, len(products)), AT_ONCE):
        batch = products[start : start + AT_ONCE]
        scores.append(answerer.score(batch))
        if on_answered is not None:
            on_answered(len(batch))
    return Answers(
        np.array(labels, dtype=np.int64),
        np.array(patterns, dtype=np.str_),
        join_scores(scores, classes=scores[0].logits.shape[1]),
        tuple(rows),
        tuple(paths),
        side,
    )


def has_part(row: ProductRow, part: str) -> bool:
    """Tell whether a product of the corpus has a part that says anything."""
    return bool(row.image_sha256) if part == "image" else says_something(getattr(row, part))


def product_of_row(row: ProductRow, corpus: Corpus, parts: Sequence[str] = PARTS) -> Product:
    """Return a product of the corpus with those parts, as a user would pass it."""
    return Product(
        name=row.name if "name" in parts else None,
        description=row.description if "description" in parts else None,
        image=(
            corpus.images.path(row.image_sha256) if "image" in parts and row.image_sha256 else None
        ),
        id=row.id,
    )
