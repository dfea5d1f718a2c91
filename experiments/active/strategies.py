"""Ways of choosing what to ask about next."""

from collections.abc import Callable

import numpy as np

from experiments.active.pool import Pool
from prodcat.arrays import Float64Array, IntArray
from prodcat.review.selecting import choose_next, margins

Strategy = Callable[[Pool, IntArray, Float64Array | None, IntArray, int, int], IntArray]
"""Of the pool, places not asked about, what the head says of them, places that were, how many to
choose, and a seed."""


def by_chance(
    _pool: Pool,
    places: IntArray,
    _probs: Float64Array | None,
    asked: IntArray,
    count: int,
    seed: int,
) -> IntArray:
    """Ask about any."""
    return np.random.default_rng([seed, len(asked)]).permutation(places)[:count]


def by_doubt(
    pool: Pool,
    places: IntArray,
    probs: Float64Array | None,
    asked: IntArray,
    count: int,
    seed: int,
) -> IntArray:
    """Ask about those whose two best leaves are closest; at first, about any."""
    if probs is None:
        return by_chance(pool, places, probs, asked, count, seed)
    return places[np.argsort(-margins(probs), kind="stable")[:count]]


def by_gain(
    pool: Pool,
    places: IntArray,
    probs: Float64Array | None,
    asked: IntArray,
    count: int,
    seed: int,
) -> IntArray:
    """Ask as `choose_next` says."""
    chosen = choose_next(
        pool.vectors[places],
        probs,
        pool.groups[places].tolist(),
        count,
        asked=set(pool.groups[asked].tolist()),
        seed=seed * 100_003 + len(asked),
    )
    return places[chosen]


STRATEGIES: dict[str, Strategy] = {"random": by_chance, "uncertainty": by_doubt, "ours": by_gain}
