"""Where the shop's tree and the vectors disagree: what to merge, to split, to move, to review.

Nothing is corrected. All of it is measured on the vectors that are given: a model that was taught
these very categories sees them further apart than they are, plain text or pictures do not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.explore.clusters import k_means
from prodcat.explore.layouts.kept import nearest
from prodcat.explore.layouts.methods import principal_components
from prodcat.explore.tree.members import Members
from prodcat.explore.tree.reviews import Review, find_reviews
from prodcat.explore.words import distinctive_words
from prodcat.taxonomy.paths import CategoryPath

K = 10
"""Neighbours that are asked which category they are of."""
FEWEST_DRAWN = 5
"""Products of each that a comparison takes."""
DRAWN = 200
"""Products drawn of a category for a comparison."""
NEARBY = 5
"""Nearest categories that each is compared with."""
MIXED = 0.2
"""Share of neighbours across from which on two categories lie in each other; of two that cannot
be told apart it is 0.5."""
APART = 0.02
"""Share of neighbours across up to which the two halves of a category are two lumps."""
LUMP = 10
"""Products that a lump has at least."""
LUMP_SHARE = 0.1
"""Of its category's products that a lump has at least."""
DRAWN_TO_SPLIT = 1000
LISTED = 30
"""Entries of a list at most."""
EXAMPLES = 4
SEED = 0


@dataclass(frozen=True)
class Merge:
    """Two categories that lie in each other."""

    first: int
    second: int
    across: float
    """Of the ten nearest of a product, the share that is of the other category, drawn to equal
    numbers: 0 for apart, 0.5 for not to be told apart."""
    drawn: int
    """Products of each that were compared."""
    examples: tuple[int, ...]
    """Products with most neighbours of the other category, by turns of the one and the other."""


@dataclass(frozen=True)
class Split:
    """A category of two lumps."""

    category: int
    across: float
    """Of the nearest of a product, the share that is in the other lump, drawn to equal numbers."""
    sizes: tuple[int, int]
    words: tuple[tuple[str, ...], tuple[str, ...]]
    """What sets each lump apart from the other."""
    examples: tuple[tuple[int, ...], tuple[int, ...]]
    """Products in the middle of each."""


@dataclass(frozen=True)
class Move:
    """A category whose nearest one hangs at another branch."""

    category: int
    nearest: int
    similarity: float
    """Cosine of the mean vectors."""
    beside: int | None
    """The nearest within its own branch; None where it is alone there."""
    beside_similarity: float


@dataclass(frozen=True)
class Disagreement:
    """All of it, the clearest first."""

    merges: tuple[Merge, ...]
    splits: tuple[Split, ...]
    moves: tuple[Move, ...]
    reviews: tuple[Review, ...]
    merges_found: int
    splits_found: int
    moves_found: int
    reviews_found: int
    """Of each, how many there are; the lists are cut."""


def find_disagreement(members: Members, names: Sequence[str]) -> Disagreement:
    """List where the tree and the vectors disagree.

    Args:
        members: The products by category.
        names: Of all products, (N,).
    """
    merges = find_merges(members)
    splits = find_splits(members, names)
    moves = find_moves(members)
    reviews, reviews_found = find_reviews(members)
    return Disagreement(
        tuple(merges[:LISTED]),
        tuple(splits[:LISTED]),
        tuple(moves[:LISTED]),
        tuple(reviews),
        len(merges),
        len(splits),
        len(moves),
        reviews_found,
    )


def neighbours_across(first: Float32Array, second: Float32Array, k: int = K) -> Float32Array:
    """Return of each product the share of its nearest that is of the other group, (A + B,).

    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(0, 1, (50, 2)), rng.normal(99, 1, (50, 2))
    >>> float(neighbours_across(a, b).mean())
    0.0
    """
    both = np.concatenate([first, second])
    is_second = np.arange(len(both)) >= len(first)
    k = min(k, len(first) - 1, len(second) - 1)
    if k < 1:
        return np.zeros(len(both), dtype=np.float32)
    found = nearest(both, np.arange(len(both)), k)
    return (is_second[found] != is_second[:, None]).mean(axis=1).astype(np.float32)


def find_merges(members: Members) -> list[Merge]:
    """Return the pairs of categories that lie in each other."""
    rng = np.random.default_rng(SEED)
    found = []
    for first, second in _near_pairs(members):
        drawn = int(min(members.sizes[first], members.sizes[second], DRAWN))
        if drawn < FEWEST_DRAWN:
            continue
        rows = [
            np.sort(rng.choice(members.rows[category], drawn, replace=False))
            for category in (first, second)
        ]
        shares = neighbours_across(members.of(rows[0]), members.of(rows[1]))
        across = float(shares.mean())
        if across < MIXED:
            continue
        most = [
            part[np.argsort(-share, kind="stable")[: EXAMPLES // 2]]
            for part, share in zip(rows, (shares[:drawn], shares[drawn:]), strict=True)
        ]
        examples = tuple(int(row) for pair in zip(*most, strict=True) for row in pair)
        found.append(Merge(first, second, across, drawn, examples))
    return sorted(found, key=lambda merge: (-merge.across, merge.first, merge.second))


def _near_pairs(members: Members) -> list[tuple[int, int]]:
    similar = members.means @ members.means.T
    np.fill_diagonal(similar, -np.inf)
    near = np.argsort(-similar, axis=1, kind="stable")[:, : min(NEARBY, len(similar) - 1)]
    pairs = {
        (min(first, second), max(first, second))
        for first, row in enumerate(near.tolist())
        for second in row
    }
    return sorted(pairs)


def find_splits(members: Members, names: Sequence[str]) -> list[Split]:
    """Return the categories of two lumps."""
    rng = np.random.default_rng(SEED)
    found = []
    for category, rows in enumerate(members.rows):
        if len(rows) < 2 * LUMP:
            continue
        drawn = rows
        if len(rows) > DRAWN_TO_SPLIT:
            drawn = np.sort(rng.choice(rows, DRAWN_TO_SPLIT, replace=False))
        vectors = members.of(drawn)
        components, _ = principal_components(vectors, min(10, *vectors.shape))
        halves = k_means(components.astype(np.float32), 2)
        sizes = np.bincount(halves, minlength=2)
        if sizes.min() < max(LUMP, LUMP_SHARE * len(drawn)):
            continue
        balanced = [
            np.sort(rng.choice(np.flatnonzero(halves == half), sizes.min(), replace=False))
            for half in (0, 1)
        ]
        across = float(neighbours_across(vectors[balanced[0]], vectors[balanced[1]]).mean())
        if across > APART:
            continue
        words = distinctive_words([names[row] for row in drawn], halves, count=2)
        middles = [_middle(vectors, drawn, halves == half) for half in (0, 1)]
        # Shares of the draw, as numbers of all.
        share = len(rows) / len(drawn)
        counts = (round(int(sizes[0]) * share), len(rows) - round(int(sizes[0]) * share))
        found.append(
            Split(category, across, counts, (words[0], words[1]), (middles[0], middles[1]))
        )
    # Of two as far apart, the larger smaller half says more.
    return sorted(found, key=lambda split: (-min(split.sizes), split.across, split.category))


def _middle(vectors: Float32Array, rows: IntArray, inside: IntArray) -> tuple[int, ...]:
    places = np.flatnonzero(inside)
    mean = vectors[places].mean(axis=0)
    order = np.argsort(-(vectors[places] @ mean), kind="stable")[: EXAMPLES // 2]
    return tuple(int(row) for row in rows[places[order]])


def find_moves(members: Members) -> list[Move]:
    """Return the categories whose nearest one is not below the same parent."""
    if len(members.paths) < 2:
        return []
    similar = members.means @ members.means.T
    np.fill_diagonal(similar, -np.inf)
    parents = [path[:-1] for path in members.paths]
    found = []
    for category, parent in enumerate(parents):
        best = int(similar[category].argmax())
        beside = [c for c, other in enumerate(parents) if other == parent and c != category]
        if not parent or parents[best] == parent:
            continue
        own = max(beside, key=lambda c: similar[category, c], default=None)
        found.append(
            Move(
                category,
                best,
                float(similar[category, best]),
                own,
                float("nan") if own is None else float(similar[category, own]),
            )
        )

    def gain(move: Move) -> float:
        return move.similarity - (move.beside_similarity if move.beside is not None else 1.0)

    return sorted(found, key=lambda move: (-gain(move), move.category))


def same_branch_share(members: Members) -> float:
    """Return the share of categories whose nearest one hangs below the same parent.

    Of those that have any sibling; 1.0 where none has.
    """
    parents: list[CategoryPath] = [path[:-1] for path in members.paths]
    with_sibling = [c for c, parent in enumerate(parents) if parents.count(parent) > 1]
    if not with_sibling:
        return 1.0
    similar = members.means @ members.means.T
    np.fill_diagonal(similar, -np.inf)
    best = similar.argmax(axis=1)
    return float(np.mean([parents[best[c]] == parents[c] for c in with_sibling]))
