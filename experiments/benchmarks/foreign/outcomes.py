"""What becomes of foreign products, and of the others, when novel ones are not answered."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.benchmarks.foreign.trial import Answered
from experiments.benchmarks.promises.rules import no_margin
from prodcat.arrays import BoolArray, Float64Array
from prodcat.decision.decoding import Decoder
from prodcat.decision.guarantee import DEFAULT_CONFIDENCE, THRESHOLDS, path_evidence
from prodcat.decision.temperature import fit_temperature, softmax
from prodcat.taxonomy.paths import CategoryPath

ACCURACY = 0.98
QUANTILES = (0.99, 0.995)
"""Share of the kept validation products that a limit lets through."""


@dataclass(frozen=True)
class Shares:
    """Of the foreign products, unless said otherwise."""

    answered: float
    """With any category."""
    wrong: float
    """With a category that is not above their own: ``Women`` is right of a woman's shoe."""
    lost: float
    """Share of the kept products that a limit leaves without their answer."""


@dataclass(frozen=True)
class Outcome:
    """How well a score tells foreign products."""

    auroc: float
    at: dict[float, Shares]
    """By quantile."""


@dataclass(frozen=True)
class BranchOutcome:
    """What one branch left out came to, for one pattern of parts."""

    foreign: int
    """How many validation products are of the branch."""
    kept: int
    accuracy: float
    """Of the head, on the products that are not."""
    without: Shares
    """Where novelty is not looked at."""
    scores: dict[str, Outcome]


def judge(
    answered: Answered,
    leaf_paths: Sequence[CategoryPath],
    paths: Sequence[CategoryPath],
) -> BranchOutcome:
    """Answer at 98 %, with and without limits of novelty.

    Args:
        answered: What a head says of the validation products.
        leaf_paths: Path of each kept leaf, (C,).
        paths: Path of each product's own category, (N,).
    """
    answers, right = decide(answered, leaf_paths, paths)
    foreign, best = answered.foreign, answered.logits.argmax(axis=1)
    scores = {}
    for name, novelty in answered.scores.items():
        limits = {q: np.quantile(novelty[~foreign], q) for q in QUANTILES}
        at = {q: shares(answers, right, foreign, novelty <= limit) for q, limit in limits.items()}
        scores[name] = Outcome(auroc(novelty, foreign), at)
    return BranchOutcome(
        foreign=int(foreign.sum()),
        kept=int((~foreign).sum()),
        accuracy=float((best == answered.labels)[~foreign].mean()),
        without=shares(answers, right, foreign, np.ones_like(foreign)),
        scores=scores,
    )


def decide(
    answered: Answered,
    leaf_paths: Sequence[CategoryPath],
    paths: Sequence[CategoryPath],
) -> tuple[BoolArray, BoolArray]:
    """Tell which products are answered at 98 %, and which with a category above their own."""
    kept = np.flatnonzero(~answered.foreign)
    temperature = fit_temperature(answered.logits[kept], answered.labels[kept])
    probs = softmax(answered.logits, temperature)
    decoder = Decoder(leaf_paths)
    gold = decoder.gold_of([paths[place] for place in kept.tolist()])
    evidence = path_evidence(decoder.walk(probs[kept]), gold, np.ones(len(kept), dtype=np.bool_))
    # Without a margin, as answers were given when this was tried, and no lower than it has to be.
    threshold = no_margin(evidence, ACCURACY, DEFAULT_CONFIDENCE)
    if threshold is not None:
        place = THRESHOLDS.index(threshold)
        threshold = THRESHOLDS[min(one.answered.index(one.answered[place]) for one in evidence)]
    decisions = decoder.decode(probs, np.inf if threshold is None else threshold)
    answers = np.array([not decision.abstained for decision in decisions])
    right = np.array(
        [path[: len(d.path)] == d.path for d, path in zip(decisions, paths, strict=True)]
    )
    return answers, right & answers


def shares(answers: BoolArray, right: BoolArray, foreign: BoolArray, known: BoolArray) -> Shares:
    """Count the answers that are left when only products that seem known are answered.

    Args:
        answers: Which products would be answered, (N,).
        right: Which of them rightly, (N,).
        foreign: Which products are of the branch left out, (N,).
        known: Which products are not too novel, (N,).

    >>> yes, no = True, False
    >>> foreign, known = np.array([yes, yes, no, no]), np.array([yes, no, yes, no])
    >>> shares(np.array([yes] * 4), np.array([no, no, yes, yes]), foreign, known)
    Shares(answered=0.5, wrong=0.5, lost=0.5)
    """
    given = answers & known
    return Shares(
        answered=float(given[foreign].mean()),
        wrong=float((given & ~right)[foreign].mean()),
        lost=float((answers & ~known)[~foreign].mean()),
    )


def auroc(novelty: Float64Array, foreign: BoolArray) -> float:
    """Return how often a foreign product is more novel than another; ties count half.

    >>> auroc(np.array([3.0, 1.0, 2.0, 0.0]), np.array([True, True, False, False]))
    0.75
    """
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(foreign, novelty))
