"""What the trees around two categories say: the counterparts of parents, children and siblings.

As in similarity flooding (Melnik, Garcia-Molina and Rahm 2002): two categories are the likelier
counterparts, the likelier those around them are.
"""

from collections.abc import Sequence

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.trees.matching.laid_out import LaidOutTree
from prodcat.trees.matching.pairs import Pairs

STRUCTURE = (
    *("before", "parent_to_parent", "parent_to_it", "parent_to_above"),
    *("children_to_it", "children_below_it", "siblings_beside_it", "siblings_to_it"),
    *("claimed_by_other", "has_children", "above_to_it", "claimed_by_stranger"),
    *("parent_below_it", "children_above_it"),
)


def structure_signs(
    left: LaidOutTree, right: LaidOutTree, pairs: Pairs, probs: Float32Array
) -> Float32Array:
    """Look at the surroundings of each pair.

    Args:
        left: N categories.
        right: M categories.
        pairs: P pairs of them.
        probs: How likely each pair is so far, (P,), summing to 1 over each left category.

    Returns:
        (P, `STRUCTURE`).
    """
    signs = np.zeros((len(pairs.right), len(STRUCTURE)), dtype=np.float32)
    signs[:, 0] = np.log(np.maximum(probs, 1e-4))
    children = left.children()
    others = _best_of_others(pairs, probs, len(right))
    for parent, below in [(-1, _roots(left)), *enumerate(children)]:
        if not below:
            continue
        own = _dense(pairs, probs, [parent], len(right)) if parent >= 0 else None
        together = _dense(pairs, probs, below, len(right))
        for place in below:
            part = slice(pairs.starts[place], pairs.starts[place + 1])
            found = pairs.right[part]
            above = right.parents[found]
            if own is None:
                signs[part, 1] = above < 0
            else:
                signs[part, 1] = np.where(above >= 0, own[above], 0)
                signs[part, 2] = own[found]
                signs[part, 3] = _up(right, own, found)
                signs[part, 12] = right.below(own)[found] - own[found]
            if children[place]:
                theirs = _dense(pairs, probs, children[place], len(right))
                theirs /= len(children[place])
                signs[part, 4] = theirs[found]
                signs[part, 5] = right.below(theirs)[found] - theirs[found]
                signs[part, 9] = 1
                signs[part, 13] = _up(right, theirs, found)
            if len(below) > 1:
                siblings = together.copy()
                siblings[found] -= probs[part]
                siblings /= len(below) - 1
                sums = right.below(siblings)
                beside = np.where(above >= 0, sums[above] - siblings[above], 0)
                signs[part, 6] = beside - siblings[found]
                signs[part, 7] = siblings[found]
            signs[part, 8] = others[part]
            # What the categories above claim is free for those below: they may have nothing better.
            for higher in _above(left, place):
                signs[part, 10] += _dense(pairs, probs, [higher], len(right))[found]
    signs[:, 11] = signs[:, 8] * np.maximum(0, 1 - signs[:, 10])
    return signs


def _above(tree: LaidOutTree, place: int) -> list[int]:
    found = []
    while (place := int(tree.parents[place])) >= 0:
        found.append(place)
    return found


def _roots(tree: LaidOutTree) -> list[int]:
    return np.flatnonzero(tree.parents < 0).tolist()


def _dense(pairs: Pairs, probs: Float32Array, places: Sequence[int], count: int) -> Float32Array:
    """Sum the probabilities of some left categories, (M,)."""
    found = np.zeros(count, dtype=np.float32)
    for place in places:
        part = slice(pairs.starts[place], pairs.starts[place + 1])
        found[pairs.right[part]] += probs[part]
    return found


def _up(right: LaidOutTree, values: Float32Array, places: np.ndarray) -> Float32Array:
    """Sum values over all categories above some."""
    found = np.zeros(len(places), dtype=np.float32)
    above = right.parents[places]
    while (above >= 0).any():
        found += np.where(above >= 0, values[above], 0)
        above = np.where(above >= 0, right.parents[above], -1)
    return found


def _best_of_others(pairs: Pairs, probs: Float32Array, count: int) -> Float32Array:
    """Return how likely each pair's right category is that of the best other left one, (P,)."""
    order = np.lexsort((-probs, pairs.right))
    rights = pairs.right[order]
    first = np.searchsorted(rights, np.arange(count))
    last = np.searchsorted(rights, np.arange(count), side="right")
    best = np.zeros(count, dtype=np.float32)
    second = np.zeros(count, dtype=np.float32)
    owner = np.full(count, -1)
    some, several = first < last, first + 1 < last
    best[some] = probs[order[first[some]]]
    owner[some] = order[first[some]]
    second[several] = probs[order[first[several] + 1]]
    is_best = owner[pairs.right] == np.arange(len(probs))
    return np.where(is_best, second[pairs.right], best[pairs.right])
