"""Categories that lie in each other, so that no label of theirs can be relied on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import IntArray
from prodcat.review.judging import JudgedLabels

LEAST_EXCHANGED = 5
"""Products of each of the two that look like the other."""
LEAST_SHARE = 0.1
"""Of the products of each."""
MOST = 100


@dataclass(frozen=True)
class MixedCategories:
    """Two categories whose products look like each other's."""

    first: str
    """Its id; that of which the larger share looks like the other."""
    second: str
    first_share: float
    """Of the first one's products that look like the second, 0 to 1."""
    second_share: float
    products: int
    """Of both together that look like the other."""


def mixed_categories(
    labels: IntArray, judged: JudgedLabels, categories: Sequence[str]
) -> tuple[MixedCategories, ...]:
    """Find pairs of categories whose products look like each other's out of fold.

    Mistakes go one way, or a few both ways; where a large share goes both ways, the two
    categories mean the same, or nobody knows which is which.

    Args:
        labels: Index of the category, -1 for none, (N,).
        judged: What was judged of them.
        categories: Their ids, (C,).

    Returns:
        The worst first, by the smaller of both shares.
    """
    sizes = np.maximum(np.bincount(labels[labels >= 0], minlength=len(categories)), 1)
    own = np.nan_to_num(judged.own, nan=1.0)
    looks = np.flatnonzero((labels >= 0) & (judged.shares * (1 - own) > own))
    exchanged: dict[tuple[int, int], int] = {}
    for place in looks:
        pair = int(labels[place]), int(judged.others[place])
        exchanged[pair] = exchanged.get(pair, 0) + 1
    found = []
    for (a, b), there in exchanged.items():
        back = exchanged.get((b, a), 0)
        shares = there / sizes[a], back / sizes[b]
        # Each pair comes up twice; of equal shares the one that stands first counts.
        if min(there, back) < LEAST_EXCHANGED or min(shares) < LEAST_SHARE:
            continue
        if (shares[0], -a) > (shares[1], -b):
            found.append(
                MixedCategories(
                    categories[a], categories[b], float(shares[0]), float(shares[1]), there + back
                )
            )
    found.sort(key=lambda pair: (-pair.second_share, pair.first, pair.second))
    return tuple(found[:MOST])
