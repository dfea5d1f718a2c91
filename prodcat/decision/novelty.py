"""Products of kinds that the tree has no place for: like nothing that was learnt.

A network is as sure of a computer as of a shoe if it knows only shoes: its probabilities add up
to one whatever it sees. How high its scores are before that tells more: where nothing fits, their
energy (Liu et al. 2020) is low. `docs/reports/novelty.md` has what was tried beside it.
"""

import numpy as np

from prodcat.arrays import Float64Array
from prodcat.decision.confidence import energy
from prodcat.decision.scores import LATE, TOGETHER, Scores

SHARE = 0.01
"""Of validation products that may be taken for foreign ones: what it costs."""
LATE_SHARE = 0.04
"""The same of those that a cascade leaves to its larger network: as many as that network's own
limit, a hundredth of all, took of them on fashion's validation products (experiments/LOG.md)."""
LEAST = -1e6
"""A familiarity that everything reaches."""


def familiarity(scores: Scores) -> Float64Array:
    """Return how much each product is like something that was learnt, (N,); the more the better."""
    # The name's answer, where it is added, would count the same words twice.
    found = energy(scores.views.get(TOGETHER, scores.logits).astype(np.float64))
    # A cascade's smaller network answers nothing that it finds strange; its energy is its own.
    return found if scores.early is None else np.where(scores.early > LATE, np.inf, found)


def fit_least_familiarity(scores: Scores) -> float:
    """Return the familiarity that all but a hundredth of validation products reach.

    Of a cascade's, those that the smaller network answered are like what was learnt; of the others,
    which are few and harder, at most `LATE_SHARE` do not reach it.
    """
    ordered = np.sort(familiarity(scores))
    told = ordered[np.isfinite(ordered)]
    if not len(told):
        return LEAST
    share = SHARE if len(told) == len(ordered) else LATE_SHARE
    least = min(SHARE * len(ordered), share * len(told))
    return float(told[int(least)])
