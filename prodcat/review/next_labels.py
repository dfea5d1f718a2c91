"""Which products without a label a person should be asked about next, as cards of the queue."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from prodcat.arrays import BoolArray, Float32Array
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.review.checking import category_path, corpus_embeddings, label_places, rows_of
from prodcat.review.selecting import choose_next
from prodcat.review.sources import near_duplicates
from prodcat.review.suspicion import Suspicion
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy
from prodcat.vectors.stored import CorpusVectors
from prodcat.wording import percent

KIND = "next"


def next_labels(
    corpus: Corpus,
    vectors: CorpusVectors,
    heads: Callable[..., Any],
    count: int,
    *,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> list[Suspicion]:
    """Choose the products whose labels would teach most, see `prodcat.review.selecting`.

    What is doubtful is told by a head that learns from the labels there are; while there are none
    of two categories at least, the products are spread over what the embeddings tell apart.

    Args:
        corpus: Open.
        vectors: Of its products as they are now, with the kinds ``text`` and ``picture``, or one.
        heads: `prodcat.training.held_out.answer_held_out`, or another that answers embeddings.
        count: How many to choose, at most.
        seed: Another one draws anew.
        on_progress: Is told how much of the learning is done, of how much.

    Returns:
        One card for each group of near-duplicates, what teaches most first.

    Raises:
        CorpusError: If *vectors* are of another state of the corpus.
    """
    rows = rows_of(corpus, vectors)
    is_left = np.array([row.category_id is None and not row.is_decided for row in rows], np.bool_)
    if not is_left.any():
        return []
    places = np.flatnonzero(is_left)
    embeddings = corpus_embeddings(vectors)
    categories = sorted({row.category_id for row in rows if row.category_id is not None})
    probs = None
    if len(categories) > 1:
        probs = _answer(rows, categories, embeddings, is_left, heads, seed, on_progress)
        probs[~_has_vectors(vectors)[places]] = np.nan
    groups = near_duplicates(rows)
    asked = {group for group, left in zip(groups, is_left.tolist(), strict=True) if not left}
    of_left = [groups[place] for place in places]
    chosen = choose_next(embeddings[places], probs, of_left, count, asked=asked, seed=seed)
    members: dict[str, list[str]] = {}
    for place in places:
        members.setdefault(groups[place], []).append(rows[place].id)
    tree = corpus.taxonomy()
    cards: list[Suspicion] = []
    seen: set[str] = set()
    for number in chosen.tolist():
        row, group = rows[places[number]], of_left[number]
        if group in seen:
            continue
        seen.add(group)
        alike = tuple(one for one in members[group] if one != row.id)
        # The first stands before all that comes after it, and before products that are merely new.
        value = 1 - 0.4 * len(cards) / max(count, 1)
        said = None if probs is None else probs[number]
        cards.append(_card(row.id, value, alike, said, categories, tree))
    return cards


def _answer(
    rows: Sequence[ProductRow],
    categories: Sequence[str],
    embeddings: Float32Array,
    is_left: BoolArray,
    heads: Callable[..., Any],
    seed: int,
    on_progress: Callable[[int, int], None] | None,
) -> Float32Array:
    """Return what a head says of the products that are left, (N of these, C)."""
    labels = label_places(rows, categories)
    # Of two folds, those that are left and the others, the first is all that is asked for.
    folds = (~is_left).astype(np.int64)

    def tell(done: int, total: int) -> None:
        if on_progress is not None:
            on_progress(done, total // 2)

    answers = heads(embeddings, labels, folds, classes=len(categories), seed=seed, on_progress=tell)
    return np.exp(next(iter(answers)))


def _has_vectors(vectors: CorpusVectors) -> BoolArray:
    kinds = [np.asarray(vectors.present[k]) for k in ("text", "picture") if k in vectors.by_kind]
    return np.asarray(np.any(kinds, axis=0), np.bool_)


def _card(
    product_id: str,
    value: float,
    alike: tuple[str, ...],
    probs: Float32Array | None,
    categories: Sequence[str],
    tree: Taxonomy,
) -> Suspicion:
    if probs is None or not np.isfinite(probs).all():
        reason = "Nothing like it has a label yet."
        return Suspicion(product_id, KIND, reason, value, alike=alike)
    first, second = np.argsort(-probs, kind="stable")[:2].tolist()
    names = [join_path(category_path(tree, categories[one])) for one in (first, second)]
    shares = [percent(float(probs[one]), digits=0) for one in (first, second)]
    reason = (
        f"Its label teaches much: it may be {names[0]} ({shares[0]}) or {names[1]} ({shares[1]})."
    )
    best = categories[first]
    return Suspicion(product_id, KIND, reason, value, best, float(probs[first]), alike)
