"""What stands in the queue beside suspicions: abstentions, new products, a choice of one's own.

One card for each group of near-duplicates, as far as the corpus itself knows them: products of one
group, or of one picture that few share.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from prodcat.corpus.known_products import sources_of
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_row import COLUMNS, ProductRow
from prodcat.corpus.row_reading import read_rows
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.excel.cells import unguarded
from prodcat.product import PathLike
from prodcat.review.suspicion import Suspicion
from prodcat.tables.columns import default_columns
from prodcat.tables.opening import open_source
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import reading
from prodcat.tables.words import read_plain
from prodcat.taxonomy.paths import CategoryPath, join_path, split_path
from prodcat.taxonomy.tree import Taxonomy
from prodcat.wording import percent

BATCH = 1000
MOST_SHARED = 30
"""Products of one picture; what more share is a stand-in, and no product's picture."""
NEW_VALUE = 0.5
NEEDED = ("abstained", "leaf", "leaf_probability")


def unsure_products(corpus: Corpus, answers: PathLike) -> list[Suspicion]:
    """Return the products of a table of answers that the model abstained on.

    Args:
        corpus: Where the products are; those that it lacks, or that people decided on, are left
            out.
        answers: A file that `prodcat categorize` wrote, whose ids are the corpus' or the shop's.

    Raises:
        InputError: If it is no such file, or none of its ids is a product of the corpus.
        TableError: If it cannot be read.
    """
    path, table = open_source(answers, ReadAs())
    ids = default_columns("id", table.columns)
    lacking = [name for name in NEEDED if name not in table.columns]
    if lacking or not ids:
        raise InputError(
            f"{answers} is no table of answers: it has no column {(lacking or ['id'])[0]!r}."
            " Give a file that `prodcat categorize` wrote."
        )
    id_column = ids[0]
    found: dict[str, tuple[float, str]] = {}
    with reading(path):
        rows = table.rows([id_column, *NEEDED, "reason"], 0)
        cells = (
            [unguarded(read_plain(row.values.get(name))) for name in (id_column, *NEEDED, "reason")]
            for row in rows
            if row.error is None
        )
        for product_id, abstained, leaf, probability, reason in cells:
            if product_id and abstained.casefold() in ("true", "1", "yes"):
                found[product_id] = (_share(probability), f"{leaf}\n{reason}")
    known = _known(corpus, found)
    if found and not known:
        raise InputError(
            f"None of the {len(found):,} products of {answers} that have no answer is in"
            f" {corpus.path}, such as {next(iter(found))!r:.100}. Give the answers of its products."
        )
    by_path = {path: category for category, path in _paths(corpus.taxonomy())}
    said: dict[str, tuple[str | None, float, str]] = {}
    for given, product_id in known.items():
        share, text = found[given]
        leaf, _, reason = text.partition("\n")
        said[product_id] = (by_path.get(split_path(leaf)) if leaf else None, share, reason)
    cards = []
    for product, alike in _one_of_each(_rows(corpus, list(said))):
        best, share, reason = said[product.id]
        why = _abstained(best, share, reason)
        sure = None if best is None else share
        cards.append(Suspicion(product.id, "unsure", why, 1.0 - share, best, sure, alike))
    return cards


def new_products(corpus: Corpus) -> list[Suspicion]:
    """Return the products that have no label, neither of the shop's nor of a person."""
    rows = _all(corpus, "label is null")
    return [
        Suspicion(row.id, "new", "It has no category yet.", NEW_VALUE, alike=alike)
        for row, alike in _one_of_each(rows)
    ]


def chosen_products(
    corpus: Corpus,
    *,
    category: str | Sequence[str] | None = None,
    words: str = "",
    source: str | None = None,
) -> list[Suspicion]:
    """Return the products of a choice that nobody decided on.

    Args:
        corpus: Where they are.
        category: Only those whose label is this category or below it: its path, or its id.
        words: Only those whose name has all of these.
        source: Only those of this source.

    Raises:
        InputError: If there is no such category.
    """
    tree = corpus.taxonomy()
    below = None if category is None else _below(tree, category)
    wanted = words.casefold().split()
    rows = (
        row
        for row in _all(corpus, "(:source is null or source = :source)", source=source)
        if (below is None or row.category_id in below)
        and all(word in row.name.casefold() for word in wanted)
    )
    return [
        Suspicion(row.id, "chosen", "You asked to see it.", 1.0, alike=alike)
        for row, alike in _one_of_each(rows)
    ]


def _all(corpus: Corpus, condition: str, **values: str | None) -> list[ProductRow]:
    sql = f"{corpus.select((*COLUMNS, 'is_decided'))} where {condition}"
    return [row for row in read_rows(corpus.db, corpus.path, sql, values) if not row.is_decided]


def _rows(corpus: Corpus, ids: Sequence[str]) -> Iterator[ProductRow]:
    for some in _batches(ids):
        yield from _all(corpus, "id in (select value from json_each(:ids))", ids=json.dumps(some))


def _one_of_each(rows: Iterable[ProductRow]) -> list[tuple[ProductRow, tuple[str, ...]]]:
    """Return one product of each group of near-duplicates, and the ids of the others."""
    found = list(rows)
    groups: dict[str, list[ProductRow]] = {}
    for row, group in zip(found, near_duplicates(found), strict=True):
        groups.setdefault(group, []).append(row)
    return [(rows[0], tuple(row.id for row in rows[1:])) for rows in groups.values()]


def near_duplicates(rows: Sequence[ProductRow]) -> list[str]:
    """Return the name of each product's group, as far as the corpus knows; one alone has its own.

    Those are of one group that it says so of, or that have one picture which few share.
    """
    shared = Counter(row.image_sha256 for row in rows if not row.group_id)
    groups = []
    for row in rows:
        alone = row.image_sha256 is None or not 1 < shared[row.image_sha256] <= MOST_SHARED
        key = f"group {row.source} {row.group_id}" if row.group_id else str(row.image_sha256)
        groups.append(f"id {row.id}" if alone and not row.group_id else key)
    return groups


def _known(corpus: Corpus, ids: Iterable[str]) -> dict[str, str]:
    """Return ids as given → ids of products: as the corpus has them, or as one of its shops."""
    wanted = list(ids)
    with translated_errors(corpus.path):
        sources = [row[0] for row in corpus.db.execute("select distinct source from products")]
        known = {one: one for some in _batches(wanted) for one in sources_of(corpus, some)}
        for source in sources:
            left = [one for one in wanted if one not in known]
            for some in _batches(left):
                there = sources_of(corpus, [f"{source}:{one}" for one in some])
                known |= {one: f"{source}:{one}" for one in some if f"{source}:{one}" in there}
    return known


def _batches(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))


def _paths(tree: Taxonomy) -> Iterator[tuple[str, CategoryPath]]:
    return ((category, tree.path(category)) for category in tree.categories)


def _below(tree: Taxonomy, category: str | Sequence[str]) -> set[str]:
    path = split_path(category) if isinstance(category, str) else tuple(category)
    found = {
        one
        for one, names in _paths(tree)
        if names[: len(path)] == path or category in tree.ancestors(one)
    }
    if not found:
        raise InputError(f"The tree has no category {join_path(path)!r:.200}.")
    return found


def _share(text: Any) -> float:
    try:
        number = float(text)
    except ValueError:
        return 0.0
    return min(1.0, max(0.0, number)) if number == number else 0.0


def _abstained(category: str | None, share: float, reason: str) -> str:
    why = f" ({reason})" if reason else ""
    if category is None:
        return f"The model gave no answer{why}."
    return f"The model gave no answer{why}; its best guess has {percent(share)}."
