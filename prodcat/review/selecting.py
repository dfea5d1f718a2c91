"""Which unlabelled products to label next, so that the fewest labels teach the most.

What a label is expected to bring: a product counts the more, the less sure the head is of it, and
the more near-duplicates its answer decides. Diversity: one product of each group of
near-duplicates, and, among many more candidates than are asked for, those that would change the
head in different ways. For that each candidate stands at the gradient that its label would have
if the best answer were right, and products are drawn by the distance to those drawn already, as in
k-means++ (BADGE: Ash et al. 2020, arXiv:1906.03671; Arthur and Vassilvitskii 2007). Without a head
all gradients are alike but for the embeddings, and the draw spreads over these.
"""

from collections.abc import Collection, Sequence

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, Float64Array, IntArray
from prodcat.errors import InputError

CANDIDATES = 4
"""Candidates for each product that is asked for: those of the highest expected gain."""
FIRST_CANDIDATES = 6000
"""Groups, drawn by chance, among which the first products are chosen, before there is a head."""
SHORTEST = 1e-12
"""An embedding that is shorter is of nothing, and has no direction."""
DENSITY = 0.5
"""Power of a group's size with which it weighs: 0 all alike, 1 each product alike."""


def choose_next(
    embeddings: Float32Array,
    probs: Float64Array | Float32Array | None,
    groups: Sequence[str],
    count: int,
    *,
    asked: Collection[str] = (),
    seed: int = 0,
) -> IntArray:
    """Choose the next products to label.

    Args:
        embeddings: Of the unlabelled products, (N, D).
        probs: What the head says of them, (N, C); None before there is a head. Rows of NaN, of
            products that cannot be read, come last.
        groups: Group of near-duplicates of each, N; a product alone is its own.
        count: How many to choose, at most.
        asked: Groups of which a product is labelled already; they come only when there are no
            others.
        seed: Of the draws.

    Returns:
        Places of the chosen products, in the order in which to label them.

    Raises:
        InputError: If the arrays do not fit each other.

    >>> products = np.eye(3, dtype=np.float32)
    >>> choose_next(products, np.array([[0.5, 0.5], [1, 0], [0.9, 0.1]]), ["a", "b", "a"], 2)
    array([0, 1])
    """
    n = len(embeddings)
    if embeddings.ndim != 2 or len(groups) != n or (probs is not None and len(probs) != n):
        shape = None if probs is None else probs.shape
        raise InputError(
            f"There are embeddings of shape {embeddings.shape}, {len(groups)} groups and"
            f" probabilities of shape {shape}; expected a row of each for every product."
        )
    rng = np.random.default_rng(seed)
    names, group_of = np.unique(np.asarray(groups, dtype=np.str_), return_inverse=True)
    sizes = np.bincount(group_of, minlength=len(names)).astype(np.float64)
    weights: Float64Array = sizes[group_of] ** DENSITY
    doubt = np.ones(n)
    if probs is not None:
        is_read: BoolArray = np.asarray(np.isfinite(probs).all(axis=1))
        probs = np.where(is_read[:, None], probs, 0)
        doubt, weights = margins(probs) * is_read, weights * is_read
    # Their directions alone: how long they are says how common a name's words are, or less.
    lengths = np.linalg.norm(embeddings, axis=1, keepdims=True)
    embeddings = (embeddings / np.maximum(lengths, SHORTEST)).astype(np.float32)
    # Chance decides between equals, not the order in which a shop lists its products.
    chance = rng.random(n)
    order = np.lexsort((chance,) if probs is None else (chance, -(doubt * weights)))
    is_first = np.zeros(n, dtype=np.bool_)
    is_first[order[np.unique(group_of[order], return_index=True)[1]]] = True
    is_asked = np.isin(names, np.array(sorted(asked), dtype=np.str_))[group_of]
    chosen: list[int] = []
    # Groups that nobody was asked about, then the other groups, then what is left of any.
    for turn in (is_first & ~is_asked, is_first & is_asked, ~is_first):
        wanted = min(count, n) - len(chosen)
        if wanted <= 0:
            break
        candidates = order[turn[order]]
        most = FIRST_CANDIDATES if probs is None else CANDIDATES * wanted
        candidates = candidates[: max(most, wanted)]
        gradients = None if probs is None else _slopes(probs[candidates])
        drawn = spread(embeddings[candidates], gradients, weights[candidates], wanted, rng)
        chosen += candidates[drawn].tolist()
    return np.array(chosen, dtype=np.int64)


def margins(probs: Float64Array | Float32Array) -> Float64Array:
    """Return how unsure answers are: 1 less the lead of the best leaf over the next, (N,).

    >>> margins(np.array([[0.75, 0.25], [0.5, 0.5]]))
    array([0.5, 1. ])
    """
    if probs.shape[1] < 2:
        return np.zeros(len(probs))
    best = np.partition(probs, -2, axis=1)[:, -2:].astype(np.float64)
    lead: Float64Array = 1 - (best[:, 1] - best[:, 0])
    return lead


def spread(
    embeddings: Float32Array,
    slopes: Float32Array | None,
    weights: Float64Array,
    count: int,
    rng: np.random.Generator,
) -> IntArray:
    """Draw products far from each other, by the gradients that their labels would have.

    A gradient is the outer product of a slope and an embedding; it is never written out.

    Args:
        embeddings: Of the candidates, (N, D).
        slopes: How each logit would have to change, (N, C); None for all alike.
        weights: How much each counts, (N,).
        count: How many to draw, at most.
        rng: Draws.

    Returns:
        Their places in the order of drawing; fewer where the others are where these are.
    """
    size = (embeddings.astype(np.float64) ** 2).sum(axis=1)
    if slopes is not None:
        size = size * (slopes.astype(np.float64) ** 2).sum(axis=1)
    distance = size.copy()
    drawn: list[int] = []
    for _ in range(min(count, len(embeddings))):
        sums = np.cumsum(distance * weights)
        if not sums.size or sums[-1] <= 0:
            break
        place = min(int(np.searchsorted(sums, rng.random() * sums[-1])), len(sums) - 1)
        drawn.append(place)
        along = embeddings @ embeddings[place]
        if slopes is not None:
            along = along * (slopes @ slopes[place])
        np.minimum(distance, np.maximum(size + size[place] - 2.0 * along, 0), out=distance)
        distance[place] = 0
    if len(drawn) < count:
        rest = np.setdiff1d(np.arange(len(embeddings)), drawn)
        drawn += rest[: count - len(drawn)].tolist()
    return np.array(drawn, dtype=np.int64)


def _slopes(probs: Float64Array | Float32Array) -> Float32Array:
    slopes = probs.astype(np.float32)
    slopes[np.arange(len(slopes)), probs.argmax(axis=1)] -= 1
    return slopes
