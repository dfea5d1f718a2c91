"""A small network that weighs what speaks for a pair; its numbers lie beside it as plain data."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.inputs.strict_json import parse_json_object
from prodcat.trees.matching.likeness import NAME_MEANING as MEANING
from prodcat.trees.matching.likeness import WAYS
from prodcat.trees.matching.pairs import SIGNS

WEIGHTS = "weights.json"
IN_COMMON = [*range(len(WAYS)), SIGNS.index("name_of_parent")]
LEAST_COMMON = 0.25
UNLIKE = 0.1
"""What is left of the confidence in a pair that has less than `LEAST_COMMON` in common."""
MOST_ODDS = 6.0
"""Beyond it, probabilities of two thousandths and of a billionth say the same."""
WITH_MEANING, WORDS_ALONE = "meaning", "words"


@dataclass(frozen=True)
class Layer:
    """A linear part and one hidden layer, F signs to one score."""

    mean: Float32Array
    """(F,)"""
    scale: Float32Array
    """(F,)"""
    linear: Float32Array
    """(F,)"""
    hidden: Float32Array
    """(F, H)"""
    bias: Float32Array
    """(H,)"""
    out: Float32Array
    """(H,)"""

    def scores(self, signs: Float32Array) -> Float32Array:
        """Score pairs, (P, F) to (P,)."""
        z = (signs - self.mean) / self.scale
        scores = z @ self.linear + np.maximum(z @ self.hidden + self.bias, 0) @ self.out
        return np.asarray(scores, dtype=np.float32)


@dataclass(frozen=True)
class Scorer:
    """What was learnt of pairs of which people said that they belong together."""

    layers: tuple[Layer, ...]
    """The first sees names alone; each further one also what the one before made of the trees."""
    confidence: Float32Array
    """Weights of `confidence_signs`, the last for a 1."""

    def confidence_of(self, likely: Float32Array, signs: Float32Array) -> float:
        """How likely the best candidate of a category is right, 0 to 1.

        Args:
            likely: Probabilities of its candidates, the best first.
            signs: Of the best one, (`SIGNS`,).
        """
        odds = float(confidence_signs(likely, signs) @ self.confidence)
        confidence = float(1 / (1 + np.exp(-odds)))
        # Far from all that it was fitted on: two trees that have no word in common.
        return confidence if float(signs[IN_COMMON].max()) >= LEAST_COMMON else confidence * UNLIKE


@cache
def load_scorer(kind: str) -> Scorer:
    """Return the scorer for trees with embeddings (`WITH_MEANING`) or without (`WORDS_ALONE`)."""
    resource = files("prodcat.trees.matching") / WEIGHTS
    data = parse_json_object(resource.read_bytes(), Path(WEIGHTS))[kind]
    layers = tuple(Layer(**{name: _array(each[name]) for name in each}) for each in data["layers"])
    return Scorer(layers, _array(data["confidence"]))


def softmax(scores: Float32Array, starts: IntArray) -> Float32Array:
    """Turn the scores of each category's candidates into probabilities, (P,).

    >>> softmax(np.float32([0, 0, 5]), np.array([0, 2, 3])).tolist()
    [0.5, 0.5, 1.0]
    """
    counts = np.diff(starts)
    highest = np.repeat(np.maximum.reduceat(scores, starts[:-1]), counts)
    powers = np.exp(scores - highest)
    sums = np.repeat(np.add.reduceat(powers, starts[:-1]), counts)
    return np.asarray(powers / sums, dtype=np.float32)


def confidence_signs(likely: Float32Array, signs: Float32Array) -> Float32Array:
    """What tells whether the best candidate of a category is right, (6,).

    Args:
        likely: Probabilities of its candidates, the best first.
        signs: Of the best one, (`SIGNS`,).
    """
    best = float(np.clip(likely[0], 1e-4, 1 - 1e-4))
    second = float(likely[1]) if len(likely) > 1 else 0.0
    odds = float(np.clip(np.log(best / (1 - best)), -MOST_ODDS, MOST_ODDS))
    alike, meant = float(signs[:MEANING].max()), float(signs[MEANING : len(WAYS)].max())
    inherited = float(signs[SIGNS.index("name_of_parent")])
    return np.array([odds, best - second, alike, meant, inherited, 1], dtype=np.float32)


def _array(values: Any) -> Float32Array:
    return np.array(values, dtype=np.float32)
