"""How likely each product's label is wrong, by what is said of it without its label.

Categories are not alike: of a rare one, or of one that lies in another, even right labels get low
probabilities, and would crowd the top of a list by probability alone. How much can be believed is
therefore learnt here, from the catalogue itself: each product is put into a wrong category once
more, on paper, and a classifier learns to tell such pairs of product and category from those that
are given. There are two of them, for siblings and for any other category: which kind of mistake is
how frequent comes out with it, and siblings would look right beside what is far off. Answers out of
fold do not depend on the product's label, so nothing is answered anew. The given pairs hold wrong
ones, too; as these are like those on paper, they do not change the order (Elkan and Noto 2008,
Learning Classifiers from Only Positive and Unlabeled Data).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, Float64Array, IntArray
from prodcat.errors import require

DISCOUNT = 0.03
"""Over the root of a category's size: added to a label's probability, since little is known of
small ones."""
RANKS = 20
LEAST_FOUND = 0.5
"""Share of the pairs on paper that must lie above a score, for the share of wrong labels to be
taken from what lies there."""


@dataclass(frozen=True)
class Pairs:
    """Products with categories that they are given, or could have been given by mistake."""

    rows: IntArray
    """Which products, (P,)."""
    labels: IntArray
    """Which categories, (P,)."""


class PairFacts:
    """Facts of pairs, by which those on paper are told from those that are given.

    Args:
        sizes: Labels of each category outside of each fold, (F, C): what the answers of that fold
            have learnt from. Of a category whose products are nearly all in one group hardly any
            are, and its right labels look wrong.
        common: Levels that the paths of two categories share, (C, C).
    """

    def __init__(self, sizes: IntArray, common: IntArray) -> None:
        self.sizes, self.common = sizes, common

    def of(
        self, answers: Sequence[Float32Array], fold: int, rows: IntArray, labels: IntArray
    ) -> Float32Array:
        """Return the facts of products of one fold, a row for each pair.

        Args:
            answers: Logarithms of probabilities of each kind of evidence, (N, C).
            fold: Which.
            rows: Of the answers, (P,).
            labels: A category for each, (P,).
        """
        facts: list[np.ndarray] = []
        first: IntArray | None = None
        places = np.arange(len(rows))
        sizes = self.sizes[fold]
        room = DISCOUNT / np.sqrt(sizes[labels] + 1)
        for logs in answers:
            some = logs[rows]
            own = some[places, labels]
            rank = (some > own[:, None]).sum(axis=1)
            some[places, labels] = -np.inf
            other = some.argmax(axis=1)
            best = some[places, other]
            facts += [own, best, best - own, np.minimum(rank, RANKS)]
            facts += [best - np.log(np.exp(own) + room)]
            facts += [np.log(sizes[other] + 1), self.common[labels, other]]
            first = other if first is None else first
            # Whether the kinds agree, and what this one thinks of the first one's.
            facts += [other == first, some[places, first]]
        facts.append(np.log(sizes[labels] + 1))
        return np.stack(facts, axis=1).astype(np.float32)


def pairs_on_paper(
    labels: IntArray, common: IntArray, rng: np.random.Generator
) -> tuple[Pairs, Pairs]:
    """Draw wrong categories for each product with a label.

    Args:
        labels: Index of the category, -1 for none, (N,).
        common: Levels that the paths of two categories share, (C, C); of a category with itself
            one more than with a sibling.
        rng: What draws.

    Returns:
        Siblings of the labels, as most mistakes of people are, of the products whose label has
        some; and any other categories, of all.
    """
    classes = len(common)
    rows = np.flatnonzero(labels >= 0)
    given = labels[rows]
    anything = (given + rng.integers(1, max(2, classes), size=len(rows))) % classes
    beside = np.full(len(rows), -1)
    for label in np.unique(given):
        siblings = np.flatnonzero(common[label] == common[label, label] - 1)
        here = np.flatnonzero(given == label)
        if len(siblings):
            beside[here] = rng.choice(siblings, size=len(here))
    return Pairs(rows[beside >= 0], beside[beside >= 0]), Pairs(rows, anything)


def score_pairs(
    given: Float32Array, paper: Float32Array, given_folds: IntArray, paper_folds: IntArray
) -> tuple[Float64Array, Float64Array]:
    """Score pairs by classifiers that have not learnt from the products of their fold.

    Args:
        given: Facts of the given pairs, (P, F).
        paper: Facts of those on paper, (Q, F).
        given_folds: Of their products, (P,).
        paper_folds: The same of those on paper, (Q,).

    Returns:
        Logarithms of how much likelier each pair is on paper than given, (P,) and (Q,).
    """
    ensemble = require("sklearn.ensemble", extra="train")
    pools = require("threadpoolctl", extra="train")
    scores = np.zeros(len(given)), np.zeros(len(paper))
    for fold in range(int(given_folds.max(initial=0)) + 1):
        known, drawn = given_folds != fold, paper_folds != fold
        classifier = ensemble.HistGradientBoostingClassifier(
            learning_rate=0.1,
            max_iter=100,
            max_leaf_nodes=15,
            min_samples_leaf=min(60, max(10, len(given) // 40)),
            l2_regularization=1.0,
            random_state=0,
        )
        facts = np.concatenate([given[known], paper[drawn]])
        is_paper = np.repeat([0, 1], [int(known.sum()), int(drawn.sum())])
        # Both weigh the same, however many there are.
        weights = np.where(is_paper, 1 / max(1, drawn.sum()), 1 / max(1, known.sum()))
        # So few facts that threads wait for each other longer than they work.
        with pools.threadpool_limits(1, user_api="openmp"):
            classifier.fit(facts, is_paper, sample_weight=weights * len(facts) / 2)
            for each, (held_out, of) in enumerate(((~known, given), (~drawn, paper))):
                if held_out.any():
                    scores[each][held_out] = classifier.decision_function(of[held_out])
    return scores


def wrong_share(given: Float64Array, paper: Float64Array) -> float:
    """Estimate which share of the given labels is wrong, from the scores of both.

    Above any score lie at least the wrong ones that lie there; where the right ones are fewest
    this bound is lowest (as in mixture proportion estimation; Blanchard, Lee and Scott 2010,
    Semi-Supervised Novelty Detection).

    >>> round(wrong_share(np.array([0.0] * 900 + [5.0] * 100), np.full(50, 5.0)), 2)
    0.1
    """
    if not len(given) or not len(paper):
        return 0.0
    levels = np.quantile(paper, np.linspace(0, 1 - LEAST_FOUND, 33))
    # One more than there are: of few products the lowest bound is low by chance.
    above = [
        (((given >= level).sum() + 1) / (len(given) + 1), (paper >= level).mean())
        for level in levels
    ]
    return float(min(1.0, *(share / found for share, found in above)))


def wrong_probability(given: Float64Array, paper: Float64Array, rate: float) -> Float64Array:
    """Return how likely each given pair is wrong, (P,).

    By the share of both kinds near its score, made rising (isotonic regression).
    """
    isotonic = require("sklearn.isotonic", extra="train")
    if not len(given) or not len(paper):
        return np.zeros(len(given))
    scores = np.concatenate([given, paper])
    is_paper = np.repeat([0.0, 1.0], [len(given), len(paper)])
    weights = np.where(is_paper > 0, 1 / len(paper), 1 / len(given))
    rising = isotonic.IsotonicRegression(out_of_bounds="clip", y_min=0.0, y_max=1.0)
    rising.fit(scores, is_paper, sample_weight=weights)
    share = np.clip(rising.predict(given), 0.0, 1 - 1e-9)
    return np.asarray(np.minimum(1.0, rate * share / (1 - share)))
