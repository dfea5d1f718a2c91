"""Kinds of wrong labels, put into right ones before anything is learnt from them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import BoolArray, Float32Array, IntArray

KINDS = ("sibling", "uniform", "confusion", "block")
MOST_OF_BLOCKS = 40
"""Products of one block."""


def make_wrong(
    labels: IntArray,
    common: IntArray,
    *,
    kind: str,
    rate: float,
    seed: int,
    answers: Float32Array | None = None,
    groups: Sequence[object] | None = None,
) -> tuple[IntArray, BoolArray]:
    """Exchange a share of the labels.

    Args:
        labels: Index of the category, (N,).
        common: Levels that the paths of two categories share, (C, C).
        kind: ``sibling``: another one beneath the same parent; ``uniform``: any other;
            ``confusion``: drawn by what is likely of the product beside its label;
            ``block``: all products of a name's first word in one category go into one sibling,
            as where somebody mapped a brand wrongly.
        rate: Share of all labels, 0 to 1.
        seed: Another one draws others.
        answers: For ``confusion``: logarithms of probabilities, (N, C).
        groups: For ``block``: what a block has in common, such as the brand, (N,).

    Returns:
        The labels, and which of them are wrong, (N,) both.
    """
    rng = np.random.default_rng(seed)
    wanted = round(rate * len(labels))
    siblings = [
        np.flatnonzero(common[label] == common[label, label] - 1) for label in range(len(common))
    ]
    made = labels.copy()
    if kind == "uniform":
        places = rng.permutation(len(labels))[:wanted]
        made[places] = (labels[places] + rng.integers(1, len(common), len(places))) % len(common)
    elif kind == "sibling":
        able = np.array([len(siblings[label]) > 0 for label in labels])
        places = rng.permutation(np.flatnonzero(able))[:wanted]
        made[places] = [rng.choice(siblings[label]) for label in labels[places]]
    elif kind == "confusion":
        assert answers is not None
        places = rng.permutation(len(labels))[:wanted]
        for place in places:
            # The square root, so that not always the likeliest is taken.
            weights = np.exp(answers[place].astype(np.float64) / 2)
            weights[labels[place]] = 0
            made[place] = rng.choice(len(weights), p=weights / weights.sum())
    elif kind == "block":
        assert groups is not None
        made = _blocks(labels, siblings, groups, wanted, rng)
    else:
        raise ValueError(kind)
    return made, made != labels


def _blocks(
    labels: IntArray,
    siblings: Sequence[NDArray[np.int64]],
    groups: Sequence[object],
    wanted: int,
    rng: np.random.Generator,
) -> IntArray:
    blocks: dict[tuple[object, int], list[int]] = {}
    for place, group in enumerate(groups):
        if group and len(siblings[labels[place]]):
            blocks.setdefault((group, int(labels[place])), []).append(place)
    able = [block for block in blocks.values() if 2 <= len(block) <= MOST_OF_BLOCKS]
    made, done = labels.copy(), 0
    for number in rng.permutation(len(able)):
        if done >= wanted:
            break
        block = able[number]
        made[block] = rng.choice(siblings[int(labels[block[0]])])
        done += len(block)
    return made
