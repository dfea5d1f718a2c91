"""Products far from their category: candidates for review."""

from dataclasses import dataclass

import numpy as np

from prodcat.arrays import IntArray, blocks
from prodcat.explore.tree.members import Members
from prodcat.vectors.unit import unit_rows

K = 10
"""Neighbours that are asked which category they are of."""
LISTED = 30


@dataclass(frozen=True)
class Review:
    """A product far from its category."""

    product: int
    category: int
    similarity: float
    """Cosine with the mean of its category's other products."""
    other: int
    """The category whose mean is nearest."""
    other_similarity: float
    neighbours: int
    """Of its ten nearest products, how many are of that other category."""


def find_reviews(members: Members) -> tuple[list[Review], int]:
    """Return the products that another category's mean is nearer to, and how many there are."""
    labelled = np.flatnonzero(members.codes >= 0)
    if len(members.paths) < 2 or not len(labelled):
        return [], 0
    gaps = np.zeros(len(labelled))
    own_similarity, others, other_similarity = (np.zeros(len(labelled)) for _ in range(3))
    for block in blocks(len(labelled), len(members.paths)):
        rows = labelled[block]
        vectors, codes = members.of(rows), members.codes[rows]
        similar = vectors @ members.means.T
        # Without itself: in a small category, a product would stand close to its own mean.
        without = unit_rows(members.sums[codes] - vectors)
        own = (vectors * without).sum(axis=1)
        similar[np.arange(len(rows)), codes] = -np.inf
        best = similar.argmax(axis=1)
        own_similarity[block], others[block] = own, best
        other_similarity[block] = similar[np.arange(len(rows)), best]
        gaps[block] = other_similarity[block] - own
    worst = np.argsort(-gaps, kind="stable")[: 4 * LISTED]
    worst = worst[gaps[worst] > 0]
    reviews = []
    rows = labelled[worst]
    if len(rows):
        votes = _votes(members, labelled, rows, others[worst].astype(np.int64))
        for place, row, vote in zip(worst.tolist(), rows.tolist(), votes.tolist(), strict=True):
            reviews.append(
                Review(
                    row,
                    int(members.codes[row]),
                    float(own_similarity[place]),
                    int(others[place]),
                    float(other_similarity[place]),
                    vote,
                )
            )
    # Both say so: the mean of the category, and the nearest products.
    reviews.sort(key=lambda r: (-r.neighbours, r.similarity - r.other_similarity, r.product))
    return reviews[:LISTED], int((gaps > 0).sum())


def _votes(members: Members, labelled: IntArray, rows: IntArray, others: IntArray) -> IntArray:
    """Return how many of the ten nearest of some products are of another category, (R,)."""
    asked = members.of(rows)
    k = min(K, len(labelled) - 1)
    best = np.full((len(rows), k), -np.inf, dtype=np.float32)
    codes = np.full((len(rows), k), -1, dtype=np.int64)
    for block in blocks(len(labelled), max(len(rows), members.vectors.shape[1])):
        part = labelled[block]
        similar = asked @ members.of(part).T
        similar[rows[:, None] == part] = -np.inf
        joined = np.concatenate([best, similar], axis=1)
        joined_codes = np.concatenate(
            [codes, np.broadcast_to(members.codes[part], similar.shape)], axis=1
        )
        top = np.argpartition(-joined, k - 1, axis=1)[:, :k]
        best = np.take_along_axis(joined, top, axis=1)
        codes = np.take_along_axis(joined_codes, top, axis=1)
    return (codes == others[:, None]).sum(axis=1)
