"""What people decided about products: added to, never changed, and never undone by a shop.

The newest decision of a product counts, unless it was undone; without one its shop's label does.
Imports and crawls write that label, and know nothing of this table.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import keeps_corrections, label_terms
from prodcat.corpus.store import Corpus, now_text
from prodcat.corpus.stored_trees import SHOPS_OWN, tree_that_counts
from prodcat.corpus.translation import Lost, Translations
from prodcat.errors import CorpusError, InputError

MOST_CHARS = 500
"""Of a name of a person, or a reason."""
COLUMNS = (
    *("id", "product_id", "category_id", "undoes", "who", "decided_at", "asked", "said"),
    "said_probability",
)


@dataclass(frozen=True)
class Correction:
    """What a person decided about a product, or that such a decision was undone."""

    product_id: str
    category_id: str | None
    """The right category; None where none of the tree's is."""
    who: str = ""
    asked: str = ""
    """Why the person was asked."""
    said: str = ""
    """The category that the model had suggested; empty where it had not."""
    said_probability: float | None = None
    id: int = 0
    """Place in the record; 0 where it is in none yet."""
    decided_at: str = ""
    undoes: int | None = None
    """The decision that is taken back; None where this is one itself."""


@dataclass(frozen=True)
class CorrectionCounts:
    """What people decided, counted."""

    products: int = 0
    """Products with a decision that counts."""
    changed: int = 0
    """Of these, those whose shop says another category."""
    kept: int = 0
    """Of these, those whose shop says the same."""
    foreign: int = 0
    """Of these, those of which none of the categories is right."""
    undone: int = 0
    """Decisions that were taken back."""
    people: dict[str, int] = field(default_factory=dict)
    """Who → decisions that were not taken back."""
    twice: int = 0
    """Products that two or more people decided about."""
    agreed: int = 0
    """Of these, those about which all said the same."""


def correct(corpus: Corpus, corrections: Iterable[Correction]) -> list[Correction]:
    """Keep decisions, all or none of them.

    Args:
        corpus: Where the products are.
        corrections: The decisions, the newest last.

    Returns:
        The same with their places in the record.

    Raises:
        CorpusError: If there is no such product or category, or it cannot be written.
    """
    wanted = list(corrections)
    with corpus.transaction():
        _check_known(corpus, "products", {one.product_id for one in wanted})
        _check_categories(corpus, {c.category_id for c in wanted if c.category_id})
        kept = [_add(corpus, one) for one in wanted]
        settle(corpus, {one.product_id for one in kept})
    return kept


def undo(corpus: Corpus, correction_id: int, *, who: str = "") -> Correction:
    """Take a decision back; the one before it counts again, or the shop's label.

    Args:
        corpus: Where it is.
        correction_id: Its place in the record.
        who: Who takes it back.

    Raises:
        InputError: If there is no such decision, or it was taken back already.
        CorpusError: If it cannot be written.
    """
    with corpus.transaction():
        (found,) = _read(corpus, "where id = ?", (correction_id,)) or (None,)
        if found is None or found.undoes is not None:
            raise InputError(f"There is no decision {correction_id} in {corpus.path}.")
        if _read(corpus, "where undoes = ?", (correction_id,)):
            raise InputError(f"Decision {correction_id} was taken back already.")
        product = found.product_id
        taken_back = _add(corpus, Correction(product, None, who=who, undoes=correction_id))
        settle(corpus, {product})
    return taken_back


def history(corpus: Corpus, product_id: str | None = None) -> Iterator[Correction]:
    """Yield all decisions in the order in which they were made, undone ones and undoing too.

    Args:
        corpus: Where they are.
        product_id: Those of this product alone; None for all.

    Raises:
        CorpusError: If they cannot be read.
    """
    if not keeps_corrections(corpus.db):
        return
    last = 0
    condition = "where id > ? and (? is null or product_id = ?) order by id limit 1000"
    while batch := _read(corpus, condition, (last, product_id, product_id)):
        yield from batch
        last = batch[-1].id


def newest(corpus: Corpus, most: int) -> list[Correction]:
    """Return the decisions that were made last, and what took some back, the newest first.

    Raises:
        CorpusError: If they cannot be read.
    """
    if not keeps_corrections(corpus.db):
        return []
    return _read(corpus, "order by id desc limit ?", (most,))


def in_force(corrections: Iterable[Correction]) -> list[Correction]:
    """Return the decisions that were not taken back, in their order."""
    all_of_them = list(corrections)
    undone = {one.undoes for one in all_of_them if one.undoes is not None}
    return [one for one in all_of_them if one.undoes is None and one.id not in undone]


def count_corrections(corpus: Corpus) -> CorrectionCounts:
    """Count what people decided.

    Raises:
        CorpusError: If it cannot be read.
    """
    if not keeps_corrections(corpus.db):
        return CorrectionCounts()
    with translated_errors(corpus.path):
        terms = label_terms(corpus.db)
        products, foreign, kept = corpus.db.execute(
            "select count(*), coalesce(sum(label is null), 0), coalesce(sum(label = stated), 0)"  # noqa: S608
            f" from (select {terms.label} as label, {terms.stated} as stated"
            f" from products p{terms.joins} where {terms.is_decided})"
        ).fetchone()
    made = list(history(corpus))
    valid = in_force(made)
    people: dict[str, int] = {}
    said: dict[str, dict[str, str | None]] = {}
    for one in valid:
        people[one.who] = people.get(one.who, 0) + 1
        said.setdefault(one.product_id, {})[one.who] = one.category_id
    twice = [answers for answers in said.values() if len(answers) > 1]
    return CorrectionCounts(
        products=products,
        changed=products - foreign - kept,
        kept=kept,
        foreign=foreign,
        undone=sum(one.undoes is not None for one in made),
        people=dict(sorted(people.items(), key=lambda item: (-item[1], item[0]))),
        twice=len(twice),
        agreed=sum(len(set(answers.values())) == 1 for answers in twice),
    )


def decisions_of(corpus: Corpus, product_ids: Iterable[str]) -> dict[str, str | None]:
    """Return the category that was decided on of each of these products that has a decision."""
    if not keeps_corrections(corpus.db):
        return {}
    with translated_errors(corpus.path):
        rows = corpus.db.execute(
            "select product_id, category_id from decided"
            " where product_id in (select value from json_each(?))",
            [json.dumps(list(product_ids))],
        )
        return dict(rows.fetchall())


def _add(corpus: Corpus, one: Correction) -> Correction:
    values = (
        *(one.product_id, one.category_id, one.undoes, one.who[:MOST_CHARS]),
        *(one.decided_at or now_text(), one.asked[:MOST_CHARS], one.said, one.said_probability),
    )
    names = ", ".join(COLUMNS[1:])
    cursor = corpus.db.conn.execute(
        f"insert into corrections ({names}) values (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        values,
    )
    return Correction(
        *values[:2],
        who=values[3],
        asked=values[5],
        said=one.said,
        said_probability=one.said_probability,
        id=int(cursor.lastrowid or 0),
        decided_at=values[4],
        undoes=one.undoes,
    )


def settle(corpus: Corpus, product_ids: Iterable[str]) -> int:
    """Find out anew which decision of these products counts; belongs in a transaction.

    Returns:
        How many products have a decision, of which the tree that counts has no place for any.
    """
    translations, lost = Translations(corpus.db), 0
    for product_id in sorted(product_ids):
        valid = in_force(_read(corpus, "where product_id = ? order by id", (product_id,)))
        told = [(one.id, translations.now(one.category_id, one.id, product_id)) for one in valid]
        placed = [(number, category) for number, category in told if not isinstance(category, Lost)]
        lost += bool(told) and not placed
        if not placed:
            corpus.db.conn.execute("delete from decided where product_id = ?", (product_id,))
            continue
        corpus.db.conn.execute(
            # Not deleted and written anew: a row stays in its place.
            "insert into decided (product_id, category_id, correction_id) values (?1, ?2, ?3)"
            " on conflict (product_id) do update set category_id = ?2, correction_id = ?3",
            (product_id, placed[-1][1], placed[-1][0]),
        )
    return lost


def _read(corpus: Corpus, condition: str, values: Sequence[object]) -> list[Correction]:
    with translated_errors(corpus.path):
        rows = corpus.db.execute(
            f"select {', '.join(COLUMNS)} from corrections {condition}",  # noqa: S608
            list(values),
        ).fetchall()
    return [
        Correction(
            id=row[0],
            product_id=row[1],
            category_id=row[2],
            undoes=row[3],
            who=row[4],
            decided_at=row[5],
            asked=row[6],
            said=row[7],
            said_probability=row[8],
        )
        for row in rows
    ]


def _check_categories(corpus: Corpus, ids: Iterable[str | None]) -> None:
    tree = tree_that_counts(corpus.db)
    if tree == SHOPS_OWN:
        _check_known(corpus, "categories", ids)
        return
    where = "tree_categories where tree = ? and"
    _check_known(corpus, "categories", ids, f"select id from {where}", tree)  # noqa: S608


def _check_known(
    corpus: Corpus, table: str, ids: Iterable[str | None], query: str = "", *values: str
) -> None:
    wanted = sorted(filter(None, ids))
    query = query or f"select id from {table} where"  # noqa: S608
    rows = corpus.db.execute(
        f"{query} id in (select value from json_each(?))",  # noqa: S608
        [*values, json.dumps(wanted)],
    )
    known = {row[0] for row in rows}
    if unknown := [one for one in wanted if one not in known]:
        what = "product" if table == "products" else "category"
        raise CorpusError(f"{corpus.path} has no {what} {unknown[0]!r:.200}.")
