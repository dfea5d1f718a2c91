"""From what is said of products out of fold to which of their labels look wrong."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, Float64Array, IntArray
from prodcat.review.held_out import Answers, normalized
from prodcat.review.wrong_labels import (
    PairFacts,
    Pairs,
    pairs_on_paper,
    score_pairs,
    wrong_probability,
    wrong_share,
)

TINY = 1e-12


@dataclass(frozen=True, eq=False)
class JudgedLabels:
    """What came of it, of products in one order; NaN for a product without a label."""

    scores: Float64Array
    """The higher, the likelier the label is wrong, (N,)."""
    wrong: Float64Array
    """Probability that the label is wrong, (N,)."""
    own: Float64Array
    """Probability of the label by what is said out of fold, (N,)."""
    others: IntArray
    """The likeliest category beside the label, or of all where there is none, (N,)."""
    shares: Float64Array
    """Its share of what all categories but the label have, 0 to 1, (N,)."""
    rate: float
    """About which share of all labels is wrong, 0 to 1."""
    labels: IntArray
    """What was judged: index of the category, -1 for none, (N,)."""


def judge_labels(
    answers: Sequence[Answers],
    labels: IntArray,
    folds: IntArray,
    common: IntArray,
    *,
    rounds: int = 1,
    seed: int = 0,
) -> JudgedLabels:
    """Judge every label by what several kinds of evidence say without it.

    Args:
        answers: The kinds of evidence, the best first.
        labels: Index of the category, -1 for none, (N,).
        folds: Of each product, from 0, (N,).
        common: Levels that the paths of two categories share, (C, C); of a category with itself
            one more than with a sibling.
        rounds: After the first one, labels count the less in learning the likelier they are
            wrong.
        seed: Another one draws other pairs on paper.
    """
    judged = _judge(answers, labels, folds, common, None, seed)
    for _ in range(rounds - 1):
        weights = (1 - np.nan_to_num(judged.wrong)).astype(np.float32)
        judged = _judge(answers, labels, folds, common, weights, seed)
    return judged


def _judge(
    answers: Sequence[Answers],
    labels: IntArray,
    folds: IntArray,
    common: IntArray,
    weights: Float32Array | None,
    seed: int,
) -> JudgedLabels:
    outside = (labels[(labels >= 0) & (folds != fold)] for fold in range(folds.max(initial=0) + 1))
    sizes = np.stack([np.bincount(some, minlength=len(common)) for some in outside])
    facts = PairFacts(sizes, common)
    papers = pairs_on_paper(labels, common, np.random.default_rng(seed))
    given = Pairs(np.flatnonzero(labels >= 0), labels[labels >= 0])
    own = np.full(len(labels), np.nan)
    others, shares = np.zeros(len(labels), dtype=np.int64), np.zeros(len(labels))
    known = FactsOfPairs(facts, given, folds), *(FactsOfPairs(facts, p, folds) for p in papers)
    kinds: Iterator[tuple[Float32Array, ...]] = zip(
        *(answer(labels, folds, weights) for answer in answers), strict=True
    )
    for fold, logs in enumerate(kinds):
        rows = np.flatnonzero(folds == fold)
        for pairs in known:
            pairs.add(fold, rows, logs)
        own[rows], others[rows], shares[rows] = _likeliest(logs, labels[rows])
    own[labels < 0] = np.nan
    likelier, wrong, rate = np.zeros(len(given.rows)), np.zeros(len(given.rows)), 0.0
    first, *rest = known
    for paper in rest:
        if not len(paper.folds):  # no label has a sibling
            continue
        scores, on_paper = score_pairs(first.facts, paper.facts, first.folds, paper.folds)
        share = wrong_share(scores, on_paper)
        rate += share
        # Both kinds of mistake are weighed by how frequent they are.
        likelier += share * np.exp(scores)
        wrong += wrong_probability(scores, on_paper, share)
    all_scores, all_wrong = np.full(len(labels), np.nan), np.full(len(labels), np.nan)
    all_scores[given.rows] = np.log(likelier + TINY)
    all_wrong[given.rows] = np.minimum(wrong, 1.0)
    return JudgedLabels(all_scores, all_wrong, own, others, shares, min(1.0, rate), labels)


class FactsOfPairs:
    """The facts of pairs, taken fold by fold, so that not all answers are in memory at once."""

    def __init__(self, facts: PairFacts, pairs: Pairs, folds: IntArray) -> None:
        self._facts, self._pairs = facts, pairs
        self.folds = folds[pairs.rows]
        self.facts = np.zeros((len(pairs.rows), 0), dtype=np.float32)

    def add(self, fold: int, rows: IntArray, logs: Sequence[Float32Array]) -> None:
        """Take what is said of the products of a fold, whose rows are those."""
        here = np.flatnonzero(self.folds == fold)
        places = np.searchsorted(rows, self._pairs.rows[here])
        found = self._facts.of(logs, fold, places, self._pairs.labels[here])
        if not self.facts.shape[1]:
            self.facts = np.zeros((len(self.folds), found.shape[1]), dtype=np.float32)
        self.facts[here] = found


def _likeliest(
    logs: Sequence[Float32Array], labels: IntArray
) -> tuple[Float64Array, IntArray, Float64Array]:
    """Return the probability of each label, the likeliest other category, and its share."""
    # A product of experts: the kinds look at different things (Hinton 2002).
    probs = np.exp(normalized(np.mean(logs, axis=0, dtype=np.float32)))
    places = np.arange(len(labels))
    own = np.where(labels >= 0, probs[places, labels], 0.0)
    labelled = np.flatnonzero(labels >= 0)
    probs[labelled, labels[labelled]] = 0
    others = probs.argmax(axis=1)
    left = np.maximum(probs.sum(axis=1), 1e-12)
    return own.astype(np.float64), others, (probs[places, others] / left).astype(np.float64)
