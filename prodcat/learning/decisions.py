"""What people decided about the labels that a model learns from and is judged by."""

from collections import Counter

from prodcat.config import DataConfig
from prodcat.corpus.corrections import count_corrections
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import keeps_corrections, label_terms
from prodcat.corpus.store import Corpus
from prodcat.data.splits import SIDES, choose_sides
from prodcat.errors import TaxonomyError
from prodcat.learning.result import DecisionFacts, DecisionKind
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy


def describe_decisions(corpus: Corpus, config: DataConfig) -> DecisionFacts:
    """Count the decisions of a corpus that count, by side and by what they say.

    Args:
        corpus: Where they are.
        config: Which product is on which side.

    Raises:
        CorpusError: If they cannot be read.
    """
    rows = list(corpus.rows(with_category=True))
    sides = choose_sides(rows, config)
    decided = Counter(side for row, side in zip(rows, sides, strict=True) if row.is_decided)
    return DecisionFacts(
        counts=count_corrections(corpus),
        by_side={side: decided[side] for side in SIDES},
        changes=_changes(corpus),
    )


def _changes(corpus: Corpus) -> tuple[DecisionKind, ...]:
    if not keeps_corrections(corpus.db):
        return ()
    with translated_errors(corpus.path):
        terms = label_terms(corpus.db)
        found = corpus.db.execute(
            "select stated, label, count(*) from"  # noqa: S608
            f" (select {terms.stated} as stated, {terms.label} as label"
            f" from products p{terms.joins} where {terms.is_decided})"
            " where stated is not label group by 1, 2"
        ).fetchall()
    tree = corpus.taxonomy()
    kinds = [DecisionKind(_path(tree, a), _path(tree, b), int(n)) for a, b, n in found]
    return tuple(sorted(kinds, key=lambda kind: (-kind.products, kind.stated, kind.decided)))


def _path(tree: Taxonomy, category: object) -> str:
    if not isinstance(category, str):
        return ""
    try:
        return join_path(tree.path(category))
    except TaxonomyError:
        return category
