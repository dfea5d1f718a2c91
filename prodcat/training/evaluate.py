"""Measure a model directory: with all parts of the products, and with some withheld."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from prodcat.calibration import (
    PARTS,
    Calibration,
    PatternCalibration,
    fit_calibration,
    pattern_of,
    softmax,
)
from prodcat.corpus import Corpus, ProductRow
from prodcat.data.labels import LabelledRows
from prodcat.errors import InputError
from prodcat.images import open_image
from prodcat.measures import measure
from prodcat.product import Product
from prodcat.text import says_something

ACCURACIES = (0.95, 0.98)
"""The accuracies that thresholds are fitted for."""

LEAST_PRODUCTS = 30
"""Fewer validation products with a pattern of parts are too few to calibrate it on."""

EVERYTHING = "everything"
SELECTIONS: dict[str, tuple[str, ...]] = {
    EVERYTHING: PARTS,
    "name only": ("name",),
    "description only": ("description",),
    "image only": ("image",),
    "no image": ("name", "description"),
    "no description": ("name", "image"),
    "no name": ("description", "image"),
}
"""Which parts are given, when the others are withheld."""


class Answerer(Protocol):
    """Whatever scores the leaves of products: a predictor, or a baseline."""

    @property
    def readable(self) -> frozenset[str]:
        """Which of name, description and image it makes use of."""

    def logits(self, products: Sequence[Product]) -> NDArray[np.float32]:
        """Return raw scores, (N, C)."""


@dataclass(frozen=True)
class Answers:
    """What the model says of one side's products, given a selection of their parts."""

    labels: NDArray[np.int64]
    """True leaf of each product, (N,)."""
    patterns: NDArray[np.str_]
    """The parts that each was answered from, such as ``name+image``, (N,)."""
    logits: NDArray[np.float32]
    """(N, C)."""
    rows: tuple[ProductRow, ...]
    """Those products of the side that have any of the parts, N."""
    side: str
    """val or test."""


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
    rows, labels = [], []
    for row, label in zip(side.rows, side.labels, strict=True):
        if not (sees and _opens(row.image_sha256, corpus)):
            row = replace(row, image_sha256=None)
        if row.image_sha256 or (reads and says_something(row.name + row.description)):
            rows.append(row)
            labels.append(label)
    return LabelledRows(tuple(rows), tuple(labels))


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
    say: Callable[[str], None],
) -> dict[str, Answers]:
    """Ask for a side's products with each selection of parts that makes a difference."""
    found: dict[str, Answers] = {}
    seen = set()
    for selection, parts in SELECTIONS.items():
        given = tuple(part for part in parts if part in answerer.readable)
        if not given or given in seen:
            continue
        seen.add(given)
        found[selection] = _answer(answerer, products, corpus, given, side)
        say(f"{side}, {selection}: {len(found[selection].labels):,} products answered")
    return found


def _answer(
    answerer: Answerer,
    side_rows: LabelledRows,
    corpus: Corpus,
    given: Sequence[str],
    side: str,
) -> Answers:
    rows, labels, patterns = [], [], []
    for row, label in zip(side_rows.rows, side_rows.labels, strict=True):
        used = [part for part in given if has_part(row, part)]
        if used:
            rows.append(row)
            labels.append(label)
            patterns.append(pattern_of(used))
    products = [as_product(row, corpus, given) for row in rows]
    return Answers(
        np.array(labels, dtype=np.int64),
        np.array(patterns, dtype=np.str_),
        answerer.logits(products),
        tuple(rows),
        side,
    )


def has_part(row: ProductRow, part: str) -> bool:
    """Tell whether a product of the corpus has a part that says anything."""
    return bool(row.image_sha256) if part == "image" else says_something(getattr(row, part))


def as_product(row: ProductRow, corpus: Corpus, given: Sequence[str] = PARTS) -> Product:
    """Return a product of the corpus with the *given* parts, as a user would pass it."""
    return Product(
        name=row.name if "name" in given else None,
        description=row.description if "description" in given else None,
        image=(
            corpus.images.path(row.image_sha256) if "image" in given and row.image_sha256 else None
        ),
        id=row.id,
    )


def calibrate(
    answers: Mapping[str, Answers],
    leaf_paths: Sequence[tuple[str, ...]],
    *,
    default_accuracy: float,
) -> Calibration:
    """Fit temperatures and thresholds on validation, for each pattern of parts.

    A pattern is fitted on the products that have all of its parts, given just these.

    Raises:
        InputError: If the answers are of another side: thresholds chosen on the test split
            would keep their promise there by choice.
    """
    if other := {given.side for given in answers.values()} - {"val"}:
        raise InputError(f"Thresholds are chosen on the validation split, not on {min(other)}.")
    logits: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for given in answers.values():
        for pattern in set(given.patterns.tolist()):
            rows = given.patterns == pattern
            if pattern not in logits or rows.sum() > len(labels[pattern]):
                logits[pattern], labels[pattern] = given.logits[rows], given.labels[rows]
    enough = {p for p in logits if len(labels[p]) >= LEAST_PRODUCTS}
    # A small corpus is calibrated on the little there is, rather than not at all.
    chosen = enough or {max(sorted(logits), key=lambda pattern: len(labels[pattern]))}
    # The first accuracy is the default one.
    accuracies = sorted(ACCURACIES, key=lambda accuracy: accuracy != default_accuracy)
    return fit_calibration(
        {pattern: logits[pattern] for pattern in sorted(chosen)},
        {pattern: labels[pattern] for pattern in sorted(chosen)},
        accuracies=accuracies,
        leaf_paths=leaf_paths,
    )


def uncalibrated(default_accuracy: float) -> Calibration:
    """Return the calibration of a model that has none yet, and so never answers."""
    never: dict[float, float | None] = dict.fromkeys(ACCURACIES)
    return Calibration({pattern_of(PARTS): PatternCalibration(1.0, never, n=0)}, default_accuracy)


def probabilities(answers: Answers, calibration: Calibration) -> NDArray[np.float64]:
    """Return calibrated probabilities, (N, C), each product's by the parts that it has."""
    temperatures = np.array(
        [_pattern(calibration, pattern).temperature for pattern in answers.patterns]
    )
    return softmax(answers.logits / temperatures[:, None])


def measure_side(
    answers: Mapping[str, Answers],
    calibration: Calibration,
    leaf_paths: Sequence[tuple[str, ...]],
) -> dict[str, Any]:
    """Return the measures of a side, for each selection of parts."""
    measured = {}
    for selection, given in answers.items():
        if not len(given.labels):
            continue
        measured[selection] = measure(
            probabilities(given, calibration),
            given.labels,
            leaf_paths,
            thresholds=_thresholds(given, calibration, "thresholds"),
            path_thresholds=_thresholds(given, calibration, "path_thresholds"),
        )
    return measured


def _thresholds(given: Answers, calibration: Calibration, kind: str) -> dict[float, Any]:
    """Accuracy → each product's own threshold, (N,); infinite where it abstains."""
    by_pattern = {
        pattern: getattr(_pattern(calibration, pattern), kind)
        for pattern in set(given.patterns.tolist())
    }
    found: dict[float, Any] = {}
    for accuracy in ACCURACIES:
        own = {p: thresholds.get(accuracy) for p, thresholds in by_pattern.items()}
        values = [own[pattern] for pattern in given.patterns.tolist()]
        found[accuracy] = np.array([np.inf if v is None else v for v in values])
    return found


def _pattern(calibration: Calibration, pattern: str) -> PatternCalibration:
    return calibration.for_parts(str(pattern).split("+"))


def measure_speed(answerer: Answerer, products: Sequence[Product]) -> dict[str, float]:
    """Time a model on some products; a first impression, not a benchmark.

    Returns:
        ``one_product_ms``, the median time of one product alone, and ``products_per_s`` of
        all of them together.
    """
    times_ms = []
    for product in products[:50]:
        began = time.perf_counter()
        answerer.logits([product])
        times_ms.append((time.perf_counter() - began) * 1000)
    began = time.perf_counter()
    answerer.logits(products)
    spent_s = time.perf_counter() - began
    return {
        "one_product_ms": float(np.median(times_ms)),
        "products_per_s": len(products) / spent_s,
    }
