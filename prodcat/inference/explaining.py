"""Answers variants of one product for its explanation, and embeds none of their parts twice."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from prodcat.arrays import Float64Array, UInt8Array
from prodcat.decision.calibration import Calibration
from prodcat.decision.temperature import softmax
from prodcat.explain.explaining import explain
from prodcat.explain.explanation import Explanation
from prodcat.explain.sentences import unread_parts
from prodcat.explain.variants import Variant
from prodcat.inference.cascade import CascadeScorer
from prodcat.inference.encoder_caches import EncoderCaches, Remembered
from prodcat.inference.networks import Networks
from prodcat.inference.parts import PartReader, Parts, as_product, is_missing, readable_parts
from prodcat.inference.scoring import Scorer
from prodcat.inputs.text import clean_text
from prodcat.product import PARTS, Prediction, Product
from prodcat.taxonomy.paths import CategoryPath

TEXTS_AT_ONCE = 8
"""More texts of nearly full length leave a core's cache, and each takes half as long again."""
WHOLE = "whole"
"""Key of the picture that nothing is covered in."""
LEAST = 1e-300
"""Probabilities below it have no logarithm."""


ASKED_FIRST = "The smaller model, which is asked first, was sure enough of this; it is explained."


class VariantAnswerer:
    """Answers the variants of one product by one model.

    Args:
        networks: The model's.
        reader: Reads products for them.
        whole: The whole product, as it was read.
        decide: Answers products as a user would get it, by a scorer.
    """

    def __init__(
        self,
        networks: Networks,
        reader: PartReader,
        whole: Parts,
        decide: Callable[[Sequence[Parts], Scorer], list[Prediction]],
    ) -> None:
        self._model, self._reader, self._decide = networks.model, reader, decide
        calibration: Calibration = self._model.calibration
        self._temperature = calibration.for_parts(whole.used).temperature
        self._pictures = Remembered()
        caches = [EncoderCaches(Remembered(), self._pictures)]
        if self._model.first is not None:
            caches.append(EncoderCaches(Remembered(), None))
        # What is covered is shrunk of what the larger network sees; the whole picture is its own.
        self._shrunk: UInt8Array | None = None if whole.first is None else whole.first.pixels
        self._scorer = networks.scorer(reader, caches, texts_at_once=TEXTS_AT_ONCE)
        self._same = self._scorer
        if isinstance(self._scorer, CascadeScorer):
            # What is compared comes from the network that gave the answer.
            early = self._scorer.score([whole], ()).early
            assert early is not None
            self._same = self._scorer.forced(int(early[0]))

    @property
    def leaf_paths(self) -> Sequence[CategoryPath]:
        """Path of each leaf, (C,)."""
        return self._model.leaf_paths

    def log_probs(self, variants: Sequence[Variant]) -> Float64Array:
        """Return log-probabilities of the leaves, (N, C); all the same of one without parts."""
        leaves = len(self._model.leaf_paths)
        answers = np.full((len(variants), leaves), -np.log(leaves))
        rows = [row for row, variant in enumerate(variants) if variant.used]
        if rows:
            scores = self._same.score([self._parts(variants[row]) for row in rows], ())
            probs = softmax(scores.logits, self._temperature)
            answers[rows] = np.log(np.maximum(probs, LEAST))
        return answers

    def predict(self, variants: Sequence[Variant]) -> list[Prediction]:
        """Return the answers that a user would get."""
        return self._decide([self._parts(variant) for variant in variants], self._scorer)

    def answer(self, parts: Parts) -> Prediction:
        """Return the answer to the whole product, as a user would get it."""
        return self._decide([parts], self._scorer)[0]

    def reach(self, name: str, description: str) -> tuple[int, int]:
        """Return how many characters of each the model reads."""
        reader = self._reader.text_reader
        return (0, 0) if reader is None else reader.reach(name, description)

    def _parts(self, variant: Variant) -> Parts:
        key = None if variant.pixels is None or variant.changed else WHOLE
        known = self._pictures.find([WHOLE]) if key else {}
        parts = Parts(variant.name, variant.description, variant.pixels, key, known.get(WHOLE))
        if self._model.first is None:
            return parts
        shrunk = self._shrunk if key else None
        if variant.pixels is not None and not key:
            shrunk = self._reader.shrunk(variant.pixels)
        return self._reader.with_first(parts, shrunk)


def explain_product(
    networks: Networks,
    reader: PartReader,
    given: Product | Mapping[str, Any],
    decide: Callable[[Sequence[Parts], Scorer], list[Prediction]],
    *,
    notes: Sequence[str] = (),
) -> Explanation:
    """Read a product, answer it, and explain the answer.

    Args:
        networks: The model's.
        reader: Reads products for them.
        given: The product.
        decide: Answers products as a user would get it, by a scorer.
        notes: What to tell besides.

    Raises:
        InputError: If nothing of it can be read, or a part cannot be.
    """
    parts = reader.read(given, decoded=True)
    if parts.errors:
        raise parts.errors[0]
    asked = VariantAnswerer(networks, reader, parts, decide)
    whole = Variant(parts.name, parts.description, parts.pixels)
    answer = replace(asked.answer(parts), picture=parts.pixels)
    readable = readable_parts(networks.model)
    unread = unread_parts(_given_parts(as_product(given)), parts.used, readable)
    return explain(asked, whole, answer, notes=(*notes, *unread))


def _given_parts(product: Product) -> list[str]:
    has = {
        "name": bool(clean_text(product.name)),
        "description": bool(clean_text(product.description)),
        "image": not is_missing(product.image),
    }
    return [part for part in PARTS if has[part]]
