"""How sure an answer is, learnt from several views of the product.

The largest probability is a poor order: of two answers that are equally probable, the one that
name and picture agree on is right more often. A logistic regression on a few facts of each
answer, learnt on validation, says how often such answers are right. The probabilities of all
leaves are then made as sharp as that: a temperature for each product, so that they stay
probabilities of one tree (sample-dependent temperature, Joy et al. 2023).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.decision.scores import EARLY, TEXT_ALONE, VIEWS, Scores
from prodcat.decision.temperature import softmax
from prodcat.errors import require

MOST_SURE, LEAST_SURE = 1 - 1e-7, 1e-7
SHARPEST, FLATTEST = 1e3, 1e-3
"""Bounds of the inverse temperature of a product."""
STEPS = 50
FEW = 4
ENOUGH = 1e-12
REGULARIZATION = 0.1
"""Inverse strength, as scikit-learn has it, on standardized facts; chosen on validation."""
FOLDS = 5
LEAST_WRONG = 10
"""With fewer wrong (or right) answers there is nothing to learn an order from."""


@dataclass(frozen=True)
class Confidence:
    """A logistic regression on the facts of an answer, as numbers that anyone can read."""

    facts: tuple[str, ...]
    """Their names, F."""
    means: tuple[float, ...]
    """Of validation, (F,)."""
    scales: tuple[float, ...]
    """Standard deviations, (F,)."""
    weights: tuple[float, ...]
    """Of the standardized facts, (F,)."""
    bias: float

    def of(self, scores: Scores, temperature: float) -> Float64Array:
        """Return how probable it is that each best leaf is right, (N,)."""
        table = facts_of(scores, temperature, self.facts)
        means, scales, weights = self._arrays
        # A matrix product would add in another order for another number of products.
        surplus = ((table - means) / scales * weights).sum(axis=1) + self.bias
        return np.clip(1 / (1 + np.exp(-surplus)), LEAST_SURE, MOST_SURE)

    @cached_property
    def _arrays(self) -> tuple[Float64Array, Float64Array, Float64Array]:
        return np.array(self.means), np.array(self.scales), np.array(self.weights)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        columns = zip(self.means, self.scales, self.weights, strict=True)
        return {
            "bias": self.bias,
            "facts": {
                fact: {"mean": mean, "scale": scale, "weight": weight}
                for fact, (mean, scale, weight) in zip(self.facts, columns, strict=True)
            },
        }

    @classmethod
    def from_dict(cls, data: Any) -> "Confidence":
        """Read what `to_dict` wrote.

        Raises:
            ValueError: If a fact is none of ours, or a number is none.
            KeyError: If something is missing.
        """
        facts = dict(data["facts"])
        if unknown := sorted(set(facts) - set(FACTS)):
            raise ValueError(f"it has {unknown[0]!r} among the facts of an answer")
        columns = [[fact[name] for fact in facts.values()] for name in ("mean", "scale", "weight")]
        numbers = [data["bias"], *(number for column in columns for number in column)]
        if not all(
            isinstance(x, int | float) and not isinstance(x, bool) and abs(x) < 1e9 for x in numbers
        ) or any(scale <= 0 for scale in columns[1]):
            raise ValueError("a number of its confidence cannot be one")
        means, scales, weights = (tuple(map(float, column)) for column in columns)
        return cls(tuple(facts), means, scales, weights, float(data["bias"]))


def energy(logits: Float64Array) -> Float64Array:
    """Return log Σ exp of logits, (..., C), as (...): low where nothing fits (Liu et al. 2020)."""
    highest = logits.max(axis=-1)
    sums: Float64Array = highest + np.log(np.exp(logits - highest[..., None]).sum(axis=-1))
    return sums


def log_odds_of(view: str) -> str:
    """Name the fact of how probable a view finds the best leaf."""
    return f"{view}_log_odds"


_OF_VIEWS = {log_odds_of(view): view for view in VIEWS}
_OF_ANSWER = ("log_odds", "margin", "entropy", "energy")
WHO = {"early": EARLY, "text_alone": TEXT_ALONE}
"""Facts of who answered, of a cascade."""
FACTS = (*_OF_ANSWER, *_OF_VIEWS, *WHO)
"""What is known of an answer: how far its best leaf is ahead of all others and of the second, how
spread the others are, how well anything fits; how each view sees that same leaf; and, of a
cascade, whether its smaller network gave it, and whether from the text alone."""


def facts_of(scores: Scores, temperature: float, facts: Sequence[str]) -> Float64Array:
    """Return some `FACTS` of each answer, (N, F)."""
    logits = scores.logits.astype(np.float64)
    best = logits.argmax(axis=1)
    two = np.partition(logits, -2, axis=1)[:, -2:]
    probs = softmax(logits, temperature)
    columns = {
        "margin": two[:, 1] - two[:, 0],
        "entropy": -(probs * np.log(np.maximum(probs, 1e-300))).sum(axis=1),
        "energy": energy(logits),
        **_who(scores),
    }
    of_views = [fact for fact in facts if fact in _OF_VIEWS]
    seen = [scores.views.get(_OF_VIEWS[fact], scores.logits) for fact in of_views]
    # All views at once: for one product, each call of numpy costs more than what it computes.
    odds = _log_odds(np.stack([logits / temperature, *seen], axis=1), best)
    columns |= dict(zip(("log_odds", *of_views), odds.T, strict=True))
    return np.stack([columns[fact] for fact in facts], axis=1)


def _who(scores: Scores) -> dict[str, Float64Array]:
    if scores.early is None:
        return dict.fromkeys(WHO, np.zeros(len(scores)))
    return {fact: (scores.early == who).astype(np.float64) for fact, who in WHO.items()}


def _log_odds(logits: Float64Array, best: IntArray) -> Float64Array:
    """Return by how much the best leaf is ahead of all others together, (N, V), in each view.

    Args:
        logits: Of each product in each view, (N, V, C); they are overwritten.
        best: The leaf, (N,).
    """
    places = best[:, None, None]
    chosen = np.take_along_axis(logits, places, axis=2)[:, :, 0]
    np.put_along_axis(logits, places, -np.inf, axis=2)
    return np.clip(chosen - energy(logits), -16, 16)


def sharpen(logits: Any, confidence: Float64Array) -> Float64Array:
    """Return probabilities, (N, C), whose largest is what *confidence* says, (N,).

    Logits are divided by a temperature of each product's own, found by Newton's steps. Where two
    leaves share the best score, no temperature makes one surer than half.
    """
    scores = np.asarray(logits, dtype=np.float64)
    below = scores - scores.max(axis=1, keepdims=True)
    wanted = -np.log(confidence)
    # One by one, a few take a third of the time, and get the same bits.
    if len(below) <= FEW:
        found = [_inverse_of(row, float(one)) for row, one in zip(below, wanted, strict=True)]
        inverse = np.array(found, dtype=np.float64)
    else:
        inverse = _inverses_of(below, wanted)
    exponentials = np.exp(below * inverse[:, None])
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def _inverses_of(below: Float64Array, wanted: Float64Array) -> Float64Array:
    """Return the inverse temperature of each product, (N,)."""
    inverse = np.ones(len(below))
    low, high = np.full(len(below), FLATTEST), np.full(len(below), SHARPEST)
    going = np.arange(len(below))
    # Each product stops by itself, so that it gets the same bits alone and in a batch.
    for _ in range(STEPS):
        part = below[going]
        weights = np.exp(part * inverse[going, None])
        total = weights.sum(axis=1)
        off = np.log(total) - wanted[going]
        slope = (weights * part).sum(axis=1) / total
        low[going] = np.where(off > 0, inverse[going], low[going])
        high[going] = np.where(off > 0, high[going], inverse[going])
        with np.errstate(divide="ignore", invalid="ignore"):
            step = inverse[going] - off / slope
        inside = (step > low[going]) & (step < high[going])
        middle = np.sqrt(low[going] * high[going])
        done = (np.abs(off) <= ENOUGH) | (high[going] - low[going] <= ENOUGH)
        inverse[going] = np.where(done, inverse[going], np.where(inside, step, middle))
        going = going[~done]
        if not len(going):
            break
    return inverse


def _inverse_of(below: Float64Array, wanted: float) -> float:
    """Return that of one product, by the very same steps."""
    inverse, low, high = 1.0, FLATTEST, SHARPEST
    for _ in range(STEPS):
        weights = np.exp(below * inverse)
        total = weights.sum()
        off = float(np.log(total)) - wanted
        slope = float((weights * below).sum() / total)
        low, high = (inverse, high) if off > 0 else (low, inverse)
        if abs(off) <= ENOUGH or high - low <= ENOUGH:
            break
        step = inverse - off / slope if slope else float("nan")
        inverse = step if low < step < high else float(np.sqrt(low * high))
    return inverse


def fit_confidence(scores: Scores, right: BoolArray, temperature: float) -> Confidence | None:
    """Learn how often answers like these are right.

    Args:
        scores: Of validation products; the views that all of them have are looked at.
        right: Whether the best leaf of each is right, (N,).
        temperature: The one that was fitted on them.

    Returns:
        None where there are too few right or wrong answers to learn from.
    """
    if min(int(right.sum()), int((~right).sum())) < LEAST_WRONG:
        return None
    linear = require("sklearn.linear_model", extra="train")
    facts = (*_OF_ANSWER, *(fact for fact, view in _OF_VIEWS.items() if view in scores.views))
    if scores.early is not None:
        facts += tuple(fact for fact, who in WHO.items() if (scores.early == who).any())
    table = facts_of(scores, temperature, facts)
    means, scales = table.mean(axis=0), np.maximum(table.std(axis=0), 1e-9)
    model = linear.LogisticRegression(C=REGULARIZATION, max_iter=1000)
    model.fit((table - means) / scales, right)
    return Confidence(
        facts,
        tuple(means.tolist()),
        tuple(scales.tolist()),
        tuple(model.coef_[0].tolist()),
        float(model.intercept_[0]),
    )


def folds_of(groups: Sequence[str]) -> IntArray:
    """Return the fold of each product, (N,): near-duplicates of one group share theirs."""
    from hashlib import sha256

    return np.array([sha256(group.encode()).digest()[0] % FOLDS for group in groups], np.int64)
