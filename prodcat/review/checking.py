"""A look at a whole catalogue: which products most deserve a person's."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.review.contradictions import contradicting
from prodcat.review.evidence import WordShares
from prodcat.review.finding import Finder
from prodcat.review.held_out import Answers, answer_by_words, split_folds
from prodcat.review.judging import judge_labels
from prodcat.review.mixing import MixedCategories, mixed_categories
from prodcat.review.suspicion import Suspicion
from prodcat.search.duplicates.records import Duplicates
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy
from prodcat.vectors.stored import CorpusVectors

CHECKED = ("label", "duplicates", "foreign", "poor")
"""Kinds of suspicions that a check finds."""
LEAST_LABELLED = 50

Heads = Callable[..., Any]
"""`prodcat.training.held_out.answer_held_out`, or another that answers embeddings out of fold."""


@dataclass(frozen=True, eq=False)
class Check:
    """What a check found."""

    suspicions: tuple[Suspicion, ...]
    """All kinds together, what is expected to bring most first."""
    mixed: tuple[MixedCategories, ...]
    """Pairs of categories that lie in each other, the worst first."""
    products: int
    labelled: int
    decided: int
    """Of these, those on whose label a person has decided."""
    rate: float
    """About which share of the labels is wrong, 0 to 1."""
    paths: dict[str, CategoryPath] = field(repr=False, default_factory=dict)
    """Category id → path, of the labels and suggestions."""
    rows: dict[str, ProductRow] = field(repr=False, default_factory=dict)
    """Product id → product, of the suspicions and what they cover."""

    def counts(self) -> dict[str, int]:
        """Suspicions of each kind."""
        counted = Counter(each.kind for each in self.suspicions)
        return {kind: counted[kind] for kind in CHECKED}

    def to_dict(self, first: int) -> dict[str, Any]:
        """Return the counts, and the first suspicions of each kind, as plain data."""
        shown = {
            kind: [asdict(each) for each in self.suspicions if each.kind == kind][:first]
            for kind in CHECKED
        }
        return {
            "products": self.products,
            "labelled": self.labelled,
            "decided": self.decided,
            "wrong_labels": self.rate,
            "counts": self.counts(),
            "suspicions": shown,
            "mixed_categories": [asdict(pair) for pair in self.mixed],
        }


def check_corpus(
    corpus: Corpus,
    vectors: CorpusVectors,
    heads: Heads,
    *,
    duplicates: Duplicates | None = None,
    seed: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> Check:
    """Find the products of a corpus that most deserve a look.

    Labels are judged by answers out of fold: of heads on the embeddings, and of the words of
    names, none of which has learnt from the product or from one of its group.

    Args:
        corpus: Open.
        vectors: Of its products as they are now, with the kinds ``text`` and ``picture``, or one.
        heads: Answers embeddings out of fold.
        duplicates: Near-duplicates of the corpus, if they were looked for.
        seed: Another one draws other folds.
        on_progress: Is told how much of the learning is done, of how much.

    Raises:
        CorpusError: If it has too few labelled products, or *vectors* are of another state.
    """
    rows = rows_of(corpus, vectors)
    tree = corpus.taxonomy()
    categories = sorted({row.category_id for row in rows if row.category_id is not None})
    labels = label_places(rows, categories)
    if (labels >= 0).sum() < LEAST_LABELLED or len(categories) < 2:
        raise CorpusError(
            f"{corpus.path} has {int((labels >= 0).sum())} labelled products of"
            f" {len(categories)} categories; a check takes {LEAST_LABELLED} of 2 at least."
        )
    groups = _groups(rows, duplicates)
    folds = split_folds(groups, seed=seed)
    names = [row.name.lower() for row in rows]
    embeddings = corpus_embeddings(vectors)
    kinds: list[Answers] = [
        partial(_by_heads, heads, embeddings, len(categories), seed, on_progress),
        partial(_by_words, names, len(categories)),
    ]
    common = common_levels([category_path(tree, each) for each in categories])
    judged = judge_labels(kinds, labels, folds, common, seed=seed)
    shares = WordShares(names, labels, classes=len(categories))
    paths = [category_path(tree, each) for each in categories]
    found = Finder(rows, categories, paths, judged, shares, groups)
    suspicions = [*found.wrong_labels(), *found.poor(), *found.foreign(embeddings)]
    suspicions += contradicting(duplicates, found.place, judged, categories)
    suspicions.sort(key=lambda each: (-each.value, each.product_id))
    shown = {each.product_id for each in suspicions}
    shown |= {other for each in suspicions for other in each.alike}
    return Check(
        suspicions=tuple(suspicions),
        mixed=mixed_categories(labels, judged, categories),
        products=len(rows),
        labelled=int((labels >= 0).sum()),
        decided=sum(row.is_decided for row in rows),
        rate=judged.rate,
        paths={each: category_path(tree, each) for each in categories},
        rows={row.id: row for row in rows if row.id in shown},
    )


def common_levels(paths: Sequence[CategoryPath]) -> IntArray:
    """Return how many levels two paths share from the top, (C, C).

    >>> common_levels([("A", "B"), ("A", "C"), ("D",)]).tolist()
    [[2, 1, 0], [1, 2, 0], [0, 0, 1]]
    """
    numbers: dict[CategoryPath, int] = {}
    depth = max(map(len, paths), default=0)
    # Each prefix gets a number, and what ends before has one of its own.
    codes = np.array(
        [
            [
                numbers.setdefault(path[: level + 1], len(numbers))
                if level < len(path)
                else -1 - row
                for level in range(depth)
            ]
            for row, path in enumerate(paths)
        ]
    ).reshape(len(paths), depth)
    shared = np.zeros((len(paths), len(paths)), dtype=np.int64)
    for level in range(depth):
        shared += (codes[:, None, level] == codes[None, :, level]) & (codes[:, None, level] >= 0)
    return shared


def _by_heads(
    heads: Heads,
    embeddings: Float32Array,
    classes: int,
    seed: int,
    on_progress: Callable[[int, int], None] | None,
    labels: IntArray,
    folds: IntArray,
    weights: Float32Array | None,
) -> Any:
    return heads(
        embeddings,
        labels,
        folds,
        classes=classes,
        weights=weights,
        seed=seed,
        on_progress=on_progress,
    )


def _by_words(
    names: Sequence[str],
    classes: int,
    labels: IntArray,
    folds: IntArray,
    weights: Float32Array | None,
) -> Any:
    return answer_by_words(names, labels, folds, classes=classes, weights=weights)


def rows_of(corpus: Corpus, vectors: CorpusVectors) -> list[ProductRow]:
    """Return the products of a corpus in the order of their vectors.

    Raises:
        CorpusError: If these are of another state.
    """
    rows = sorted(corpus.rows(), key=lambda row: row.id)
    if [row.id for row in rows] != vectors.ids:
        raise CorpusError(f"{vectors.folder} is not of {corpus.path} as it is now; embed it anew.")
    return rows


def label_places(rows: Sequence[ProductRow], categories: Sequence[str]) -> IntArray:
    """Return the place of each product's label among the categories, -1 for none, (N,)."""
    places = {category: place for place, category in enumerate(categories)}
    return np.array(
        [-1 if row.category_id is None else places[row.category_id] for row in rows],
        dtype=np.int64,
    )


def category_path(tree: Taxonomy, category: str) -> CategoryPath:
    """Return the path of a category; the tree may not know a shop's label."""
    return tree.path(category) if category in tree else (category,)


def _groups(rows: Sequence[ProductRow], duplicates: Duplicates | None) -> list[object]:
    """Return which near-duplicate group each product is of; None for none.

    What the corpus calls a group and what was found are put together.
    """
    groups: list[object] = [row.group_id or None for row in rows]
    if duplicates is None:
        return groups
    place = {row.id: number for number, row in enumerate(rows)}
    found: list[object] = list(groups)
    for number, group in enumerate(duplicates.groups):
        members = [place[member.id] for member in group.members if member.id in place]
        # A group of the corpus may reach across two that were found; the first one counts.
        names = {groups[member] for member in members} - {None}
        name: object = min(names, key=str) if names else ("found", number)
        for member in members:
            if found[member] is None:
                found[member] = name
    return found


def corpus_embeddings(vectors: CorpusVectors) -> Float32Array:
    """Return texts and pictures beside each other, with numbers of mean 0 and deviation 1, (N, D).

    Raises:
        CorpusError: If there are vectors of neither.
    """
    parts = []
    for kind in ("text", "picture"):
        if kind in vectors.by_kind:
            part = np.asarray(vectors.by_kind[kind], dtype=np.float32)
            present = np.asarray(vectors.present[kind])
            if not present.any():
                continue
            part = part - part[present].mean(axis=0)
            part[~present] = 0
            parts.append(part / max(float(part[present].std()), 1e-6))
    if not parts:
        raise CorpusError(f"{vectors.folder} has no vectors of texts or pictures.")
    return np.concatenate(parts, axis=1).astype(np.float32)
