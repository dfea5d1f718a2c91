"""Which right categories come into question for each left one, and what speaks for each."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.trees.matching.likeness import (
    NAME_PIECES,
    PATH_PIECES,
    WAYS,
    Likeness,
    best_of,
)

OnProgress = Callable[[int, int | None], None]
BEST = 8
"""Candidates by each way of looking."""
MOST_SAME = 12
"""Candidates of the same name."""
NEAR_PARENT = 3
"""Counterparts of the parent that are candidates, and as many children of each."""
MOST_CHILDREN = 6
KEPT, ALL_CHILDREN = 5, 25
"""Candidates of a first look that stay, and children of a parent's counterpart in a second."""
COMPARED = (0, 1, 2, 3, 6, 7)
"""Ways in which a pair is held against the best of its left and of its right category."""
SIGNS = (
    *WAYS,
    *(f"{WAYS[way]}_to_best" for way in COMPARED),
    *(f"{WAYS[way]}_to_best_left" for way in COMPARED),
    *("same_name", "same_path", "left_is_deeper", "right_is_deeper"),
    *("parents_name", "parents_path", "roots_name", "name_of_parent", "parent_of_name"),
    *("parents_meaning", "roots_meaning", "both_leaves", "leaf_and_not"),
)


@dataclass(frozen=True)
class Pairs:
    """The candidates of all left categories, one behind the other."""

    starts: IntArray
    """Where those of each left category begin, (N + 1,)."""
    right: IntArray
    """Places in the right tree, (P,)."""
    signs: Float32Array
    """What speaks for each, (P, `SIGNS`)."""

    @property
    def left(self) -> IntArray:
        """Places in the left tree, (P,)."""
        return np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))


def find_pairs(
    likeness: Likeness,
    *,
    first: tuple[Pairs, Float32Array] | None = None,
    on_progress: OnProgress | None = None,
) -> Pairs:
    """Find the candidates of every left category, and look at each pair from all sides.

    Args:
        likeness: Compares the two trees' names.
        first: Pairs that were found before, and how likely they are: the categories around the
            counterparts of a parent and of the children become candidates, too.
        on_progress: Is told how many left categories are done.
    """
    left, right = likeness.left, likeness.right
    children, own_children = right.children(), left.children()
    near_before = _nearest(first) if first is not None else None
    starts, rights, signs, rows_best = [0], [], [], []
    best_left = np.full((len(COMPARED), len(right)), 1e-6, dtype=np.float32)
    # From the top down: of the categories above the present one, scores and best candidates.
    above: list[tuple[Float32Array, list[int]]] = []
    for place in range(len(left)):
        del above[left.depths[place] :]
        scores = likeness.scores(place)
        overall = scores[:6].sum(axis=0) + 2 * scores[6:].sum(axis=0)
        found = best_of(scores, BEST)
        found += list(likeness.same_path(place)[:MOST_SAME])
        same = likeness.same_name(place)
        found += sorted(same, key=lambda c: -overall[c])[:MOST_SAME]
        tops = sorted(set(found), key=lambda c: -overall[c])[:NEAR_PARENT]
        found += [int(right.parents[c]) for c in tops]
        if above:
            for near in above[-1][1]:
                found += [near, int(right.parents[near])]
                below = children[near]
                found += sorted(below, key=lambda c: -overall[c])[:MOST_CHILDREN]
        if near_before is not None:
            found += near_before[place][:KEPT]
            if (parent := int(left.parents[place])) >= 0:
                for near in near_before[parent][:2]:
                    found += [near, int(right.parents[near])]
                    below = children[near]
                    found += sorted(below, key=lambda c: -overall[c])[:ALL_CHILDREN]
                    for child in below if near == near_before[parent][0] else ():
                        found += sorted(children[child], key=lambda c: -overall[c])[:1]
            votes = Counter(
                int(right.parents[near_before[child][0]])
                for child in own_children[place]
                if near_before[child]
            )
            found += [c for c, _ in votes.most_common(2)]
        candidates = np.array([c for c in dict.fromkeys(found) if c >= 0], dtype=np.int64)
        if not len(candidates):
            candidates = np.array([int(np.argmax(overall))])
        best = scores[list(COMPARED)].max(axis=1)
        np.maximum(best_left, scores[list(COMPARED)], out=best_left)
        rows_best.append(best)
        rights.append(candidates)
        signs.append(_signs(likeness, place, candidates, scores, above))
        starts.append(starts[-1] + len(candidates))
        above.append((scores, tops))
        if on_progress is not None:
            on_progress(place + 1, len(left))
    pairs = Pairs(np.array(starts), np.concatenate(rights), np.concatenate(signs))
    ways, start = list(COMPARED), len(WAYS)
    best_row = np.maximum(np.stack(rows_best), 1e-6)[pairs.left]
    pairs.signs[:, start : start + len(ways)] = pairs.signs[:, ways] / best_row
    start += len(ways)
    pairs.signs[:, start : start + len(ways)] = pairs.signs[:, ways] / best_left[:, pairs.right].T
    return pairs


def _nearest(first: tuple[Pairs, Float32Array]) -> list[list[int]]:
    """Return the likeliest candidates of each left category, the best first."""
    pairs, probs = first
    nearest = []
    for start, end in pairwise(pairs.starts.tolist()):
        order = np.argsort(-probs[start:end], kind="stable")[:KEPT]
        nearest.append(pairs.right[start:end][order].tolist())
    return nearest


def _signs(
    likeness: Likeness,
    place: int,
    candidates: IntArray,
    scores: Float32Array,
    above: list[tuple[Float32Array, list[int]]],
) -> Float32Array:
    left, right = likeness.left, likeness.right
    signs = np.zeros((len(candidates), len(SIGNS)), dtype=np.float32)
    signs[:, : len(WAYS)] = scores[:, candidates].T
    column = len(WAYS) + 2 * len(COMPARED)
    signs[:, column] = np.isin(candidates, likeness.same_name(place))
    signs[:, column + 1] = np.isin(candidates, likeness.same_path(place))
    deeper = left.depths[place] - right.depths[candidates]
    signs[:, column + 2] = np.maximum(deeper, 0)
    signs[:, column + 3] = np.maximum(-deeper, 0)
    parents = right.parents[candidates]
    has_parent = parents >= 0
    roots = candidates
    while (right.parents[roots] >= 0).any():
        roots = np.where(right.parents[roots] >= 0, right.parents[roots], roots)
    meaning = len(WAYS) - 2
    if above:
        parent_scores, root_scores = above[-1][0], above[0][0]
        signs[:, column + 4] = np.where(has_parent, parent_scores[NAME_PIECES][parents], 0)
        signs[:, column + 5] = np.where(has_parent, parent_scores[PATH_PIECES][parents], 0)
        signs[:, column + 6] = root_scores[NAME_PIECES][roots]
        signs[:, column + 7] = parent_scores[NAME_PIECES][candidates]
        signs[:, column + 9] = np.where(has_parent, parent_scores[meaning][parents], 0)
        signs[:, column + 10] = root_scores[meaning][roots]
    else:
        # Two roots have as much above them as each other.
        signs[:, column + 4] = signs[:, column + 5] = signs[:, column + 9] = ~has_parent
        signs[:, column + 6] = scores[NAME_PIECES][roots]
        signs[:, column + 10] = scores[meaning][roots]
    signs[:, column + 8] = np.where(has_parent, scores[NAME_PIECES][parents], 0)
    is_leaf = left.ends[place] == place + 1
    leaves = right.ends[candidates] == candidates + 1
    signs[:, column + 11] = is_leaf & leaves
    signs[:, column + 12] = is_leaf != leaves
    return signs
