"""From one tree to another: the counterparts of every category, how sure, and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.matching.laid_out import LaidOutTree, lay_out
from prodcat.trees.matching.likeness import Likeness
from prodcat.trees.matching.meanings import Encoder, find_meanings
from prodcat.trees.matching.ngrams import fold
from prodcat.trees.matching.pairs import SIGNS, Pairs, find_pairs
from prodcat.trees.matching.reasons import reason
from prodcat.trees.matching.scorer import (
    WITH_MEANING,
    WORDS_ALONE,
    Scorer,
    load_scorer,
    softmax,
)
from prodcat.trees.matching.shared_products import SHARE_WEIGHT
from prodcat.trees.matching.structure import structure_signs

OnProgress = Callable[[int, int | None], None]
_FIRST = {
    "path_pieces": 4,
    "path_words": 4,
    "name_pieces": 3,
    "name_words": 2,
    "path_has_name": 3,
    "name_in_path": 2,
    "name_meaning": 6,
    "path_meaning": 6,
    "same_name": 2,
    "same_path": 4,
    "parents_name": 3,
    "roots_name": 1,
    "parents_meaning": 5,
    "roots_meaning": 2,
    "name_pieces_to_best_left": 2,
    "name_meaning_to_best_left": 4,
    "name_meaning_to_best": 4,
}
"""What is looked at first, and with what weight: enough to see where parents and children are."""
FIRST_WEIGHTS = np.array([_FIRST.get(name, 0) for name in SIGNS], dtype=np.float32)
CANDIDATES = 5
"""Of a category, that are kept beside its counterparts."""
NONE_BELOW = 0.05
"""A category whose best candidate is less likely has no counterpart."""
MOST_SURE_OF_NONE = 0.8
"""That nothing fits is for a person to say: it is never beyond doubt."""
SETTLED = 0.97
"""A candidate that is at least so likely is the only counterpart."""
MANY_FROM, MANY_SHARE = 0.15, 0.5
"""By its name a further counterpart is at least so likely, and so likely beside the first."""
MOST_MANY = 6


def match_trees(
    left: Taxonomy,
    right: Taxonomy,
    *,
    encoder: Encoder | None = None,
    shares: Mapping[tuple[str, str], float] | None = None,
    names: tuple[str, str] = ("", ""),
    on_progress: OnProgress | None = None,
) -> TreeMapping:
    """Find the counterparts of every category of one tree in another.

    Args:
        left: The tree whose categories are mapped.
        right: The tree that they are mapped to.
        encoder: Embeds names; one of many languages finds counterparts in another language. None
            to go by words and trees alone.
        shares: (left id, right id) → which share of the left category's products is in the right
            one, where products are known in both trees.
        names: What the trees are called.
        on_progress: Is told how many categories are done.

    Returns:
        The mapping; every left category has a row.
    """
    first, second = lay_out(left), lay_out(right)
    meanings = None if encoder is None else find_meanings(encoder, first, second)
    scorer = load_scorer(WORDS_ALONE if meanings is None else WITH_MEANING)
    likeness = Likeness(first, second, meanings)

    def both_looks(begin: int) -> OnProgress | None:
        if on_progress is None:
            return None
        return lambda done, _: on_progress(begin + done, 2 * len(first))

    pairs = find_pairs(likeness, on_progress=both_looks(0))
    looked = pairs, first_probabilities(pairs)
    pairs = find_pairs(likeness, first=looked, on_progress=both_looks(len(first)))
    by_name = softmax(scorer.layers[0].scores(pairs.signs), pairs.starts)
    probs = pair_probabilities(first, second, pairs, scorer)
    if shares:
        by_name = _with_shares(first, second, pairs, by_name, shares)
        probs = _with_shares(first, second, pairs, probs, shares)
    found = _Found(first, second, pairs, by_name, probs, scorer, shares or {})
    rows = [_row(found, place) for place in range(len(first))]
    return TreeMapping(left, right, rows, *names)


@dataclass(frozen=True)
class _Found:
    """What was found of all pairs."""

    left: LaidOutTree
    right: LaidOutTree
    pairs: Pairs
    by_name: Float32Array
    """Probabilities before the trees around were looked at, (P,)."""
    probs: Float32Array
    """(P,)"""
    scorer: Scorer
    shares: Mapping[tuple[str, str], float]


def first_probabilities(pairs: Pairs) -> Float32Array:
    """How likely each pair is at a first look, by fixed weights, (P,)."""
    return softmax(pairs.signs @ FIRST_WEIGHTS, pairs.starts)


def pair_probabilities(
    left: LaidOutTree, right: LaidOutTree, pairs: Pairs, scorer: Scorer
) -> Float32Array:
    """How likely each pair is, (P,), summing to 1 over the candidates of each category."""
    probs = softmax(scorer.layers[0].scores(pairs.signs), pairs.starts)
    for layer in scorer.layers[1:]:
        around = structure_signs(left, right, pairs, probs)
        signs = np.concatenate([pairs.signs, around], axis=1)
        probs = softmax(layer.scores(signs), pairs.starts)
    return probs


def _with_shares(
    left: LaidOutTree,
    right: LaidOutTree,
    pairs: Pairs,
    probs: Float32Array,
    shares: Mapping[tuple[str, str], float],
) -> Float32Array:
    """Let products that are in both trees speak for the pairs that they are in."""
    found = np.array(
        [
            shares.get((left.ids[a], right.ids[b]), 0.0)
            for a, b in zip(pairs.left, pairs.right, strict=True)
        ]
    )
    known = {category for category, _ in shares}
    has_products = np.array([category in known for category in left.ids])[pairs.left]
    odds = np.log(np.maximum(probs, 1e-6)) + SHARE_WEIGHT * found * has_products
    return softmax(odds.astype(np.float32), pairs.starts)


def _row(found: _Found, place: int) -> MappedCategory:
    left, right, pairs = found.left, found.right, found.pairs
    part = slice(pairs.starts[place], pairs.starts[place + 1])
    order = np.argsort(-found.probs[part], kind="stable")
    places, likely = pairs.right[part][order], found.probs[part][order]
    signs = pairs.signs[part][order]
    together = _together(right, places, likely, found.by_name[part][order])
    others = np.delete(likely, together)
    shared = np.concatenate([likely[together].sum(keepdims=True), others]).astype(np.float32)
    confidence = found.scorer.confidence_of(shared, signs[0])
    # The candidates share what is said of the best as they share the probability.
    chances = np.minimum(likely * (confidence / float(shared[0])), confidence)
    made = [
        Counterpart(
            right.ids[c],
            round(float(chances[i]), 4),
            reason(signs[i], found.shares.get((left.ids[place], right.ids[c]))),
        )
        for i, c in enumerate(places[: MOST_MANY + CANDIDATES].tolist())
    ]
    if confidence < NONE_BELOW:
        doubtful = min(MOST_SURE_OF_NONE, 1 - confidence)
        return MappedCategory(left.ids[place], (), tuple(made[:CANDIDATES]), round(doubtful, 4))
    chosen = tuple(made[i] for i in together)
    rest = tuple(each for i, each in enumerate(made) if i not in together)[:CANDIDATES]
    return MappedCategory(left.ids[place], chosen, rest, round(confidence, 4))


def _together(
    right: LaidOutTree, places: IntArray, likely: Float32Array, by_name: Float32Array
) -> list[int]:
    """Return which of the candidates, the best first, are counterparts together.

    Several are, where names alone do not tell them apart, they have the same name in different
    places, and the trees around do not settle it: as the boots of women and of men are to a shop
    that has boots for all.
    """
    chosen = [0]
    if likely[0] >= SETTLED:
        return chosen
    name = fold(right.paths[places[0]][-1])
    for i in range(1, min(len(places), MOST_MANY)):
        is_likely = by_name[i] >= max(MANY_FROM, MANY_SHARE * float(by_name[0]))
        is_apart = not any(
            places[j] <= places[i] < right.ends[places[j]]
            or places[i] <= places[j] < right.ends[places[i]]
            for j in chosen
        )
        if is_likely and is_apart and fold(right.paths[places[i]][-1]) == name:
            chosen.append(i)
    return chosen
