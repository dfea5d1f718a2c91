"""A corpus goes over to another tree, and back.

A change is recorded, and nothing that shops or people said is rewritten: what their words are in
the tree that counts is derived from the record, so that it can be undone at any time.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prodcat.corpus.corrections import settle
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus, now_text
from prodcat.corpus.stored_trees import keeps_trees, stored_moves, tree_that_counts
from prodcat.corpus.translation import ChangeRow, Translations
from prodcat.corpus.trees import keep_tree
from prodcat.errors import CorpusError, InputError
from prodcat.taxonomy.tree import Taxonomy
from prodcat.wording import encodable

CARD = (
    *("product_id", "kind", "reason", "value", "suggestion", "probability", "alike", "added_at"),
    *("since", "second", "state"),
)
MOST_WHO = 500


@dataclass(frozen=True, slots=True)
class CategoryChange:
    """What becomes of a category."""

    old_id: str
    kind: str
    new_id: str | None
    """None where its products have no label any more."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ProductChange:
    """What becomes of the label of a product whose category is split."""

    product_id: str
    old_id: str
    new_id: str | None
    decided_by: str
    """A person, or a model."""
    stated_id: str = ""
    """The shop's own label; empty where it is a decision that changes."""


@dataclass(frozen=True)
class TreeChange:
    """From the tree that counts to another."""

    name: str
    """Of the other tree."""
    tree: Taxonomy
    categories: Sequence[CategoryChange]
    products: Sequence[ProductChange] = ()
    cards: Sequence[Mapping[str, Any]] = ()
    """New cards of the queue, with the keys of `CARD`."""
    report: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Undone:
    """What it came to that a change was undone."""

    tree: str
    """Which does not count any more."""
    back_to: str
    """The name of the one that counts again, empty for the shops' own."""
    lost: int
    """Products on which people decided since then, in categories that this tree has not exactly
    one for. Their decisions stay in the record, and count again once the other tree does."""


def change_tree(corpus: Corpus, change: TreeChange, *, who: str = "") -> int:
    """Record a change of the tree, and let it count; all of it, or nothing.

    Args:
        corpus: Which goes over.
        change: To what.
        who: Who decided so.

    Returns:
        Its number.

    Raises:
        InputError: If the name is that of another tree.
        CorpusError: If it cannot be written.
    """
    with corpus.transaction():
        keep_tree(corpus, change.name, change.tree)
        db = corpus.db.conn
        (since,) = db.execute("select coalesce(max(id), 0) from corrections").fetchone()
        cursor = db.execute(
            "insert into tree_changes (since, tree_before, tree, who, changed_at, report)"
            " values (?, ?, ?, ?, ?, ?)",
            (
                *(
                    since,
                    tree_that_counts(corpus.db),
                    change.name,
                    encodable(who)[:MOST_WHO],
                    now_text(),
                ),
                json.dumps(change.report or {}),
            ),
        )
        number = int(cursor.lastrowid or 0)
        db.executemany(
            "insert into category_changes (change_id, old_id, kind, new_id, reason)"
            " values (?, ?, ?, ?, ?)",
            ((number, c.old_id, c.kind, c.new_id, c.reason) for c in change.categories),
        )
        db.executemany(
            "insert into product_changes (change_id, product_id, stated_id, old_id, new_id,"
            " decided_by) values (?, ?, ?, ?, ?, ?)",
            (
                (number, p.product_id, p.stated_id, p.old_id, p.new_id, p.decided_by)
                for p in change.products
            ),
        )
        _move_cards(corpus, number, change)
        _derive(corpus)
    return number


def undo_change(corpus: Corpus, *, who: str = "") -> Undone:
    """Let the last change of the tree not count any more; all of it, or nothing.

    Args:
        corpus: Which goes back.
        who: Who decided so.

    Raises:
        InputError: If there is none.
        CorpusError: If it cannot be written.
    """
    with corpus.transaction():
        in_force = Translations(corpus.db).in_force
        if not in_force:
            raise InputError(f"{corpus.path} did not go over to another tree; nothing to undo.")
        last, db = in_force[-1], corpus.db.conn
        db.execute(
            "insert into tree_changes (undoes, since, tree_before, tree, who, changed_at, report)"
            " select ?, coalesce(max(id), 0), ?, ?, ?, ?, '{}' from corrections",
            (last.id, last.tree, last.tree_before, encodable(who)[:MOST_WHO], now_text()),
        )
        _restore_cards(corpus, last.id)
        lost = _derive(corpus)
    return Undone(last.tree, last.tree_before, lost)


def changes_in_force(corpus: Corpus) -> tuple[ChangeRow, ...]:
    """Return the changes that count, the first one first."""
    with translated_errors(corpus.path):
        return Translations(corpus.db).in_force


def stated_now(corpus: Corpus) -> Mapping[str, str | None]:
    """Return what the shops' categories are in the tree that counts, see `stored_moves`."""
    with translated_errors(corpus.path):
        return stored_moves(corpus.db) if keeps_trees(corpus.db) else {}


def _derive(corpus: Corpus) -> int:
    """Find out anew what all labels are; return how many decisions have no place."""
    db, translations = corpus.db.conn, Translations(corpus.db)
    labels: dict[str, str | None] = {}
    products: dict[tuple[str, str], str | None] = {}
    for change in translations.in_force:
        moved = translations.map_of(change.id)
        own = {
            (row[0], row[1]): row[2]
            for row in db.execute(
                "select product_id, stated_id, new_id from product_changes"
                " where change_id = ? and stated_id <> ''",
                [change.id],
            )
        }
        # What has no label stays without one.
        labels = {old: new and moved.get(new, new) for old, new in labels.items()}
        products = {key: new and moved.get(new, new) for key, new in products.items()} | own
        # An id counts in the first tree that knows it: a shop goes on with its own for a while.
        labels = {**moved, **labels}
    for table in ("label_moves", "product_moves"):
        db.execute(f"delete from {table}")  # noqa: S608
    db.executemany("insert into label_moves (old_id, new_id) values (?, ?)", labels.items())
    db.executemany(
        "insert into product_moves (product_id, old_id, new_id) values (?, ?, ?)",
        ((*key, new) for key, new in products.items()),
    )
    decided = db.execute("select distinct product_id from corrections").fetchall()
    return settle(corpus, [row[0] for row in decided])


def _move_cards(corpus: Corpus, number: int, change: TreeChange) -> None:
    """Tell what cards suggest in the new tree, add the new ones, and note what was before."""
    db, moved = corpus.db.conn, {c.old_id: c.new_id for c in change.categories}
    new = {(card["product_id"], card["kind"]): card for card in change.cards}
    before: dict[tuple[str, str], tuple[Any, ...]] = {
        (row[0], row[1]): row
        for row in db.execute(f"select {', '.join(CARD)} from review_cards")  # noqa: S608
    }
    suggested = CARD.index("suggestion")
    after = {
        key: moved[row[suggested]]
        for key, row in before.items()
        if key not in new and row[suggested] in moved
    }
    notes = {key: ("", card["suggestion"]) for key, card in new.items() if key not in before}
    notes |= {key: (json.dumps(before[key], default=str), after[key]) for key in after}
    notes |= {
        key: (json.dumps(before[key], default=str), new[key]["suggestion"])
        for key in new
        if key in before
    }
    db.executemany(
        "insert into card_changes (change_id, product_id, kind, before, suggestion)"
        " values (?, ?, ?, ?, ?)",
        [(number, *key, *note) for key, note in notes.items()],
    )
    db.executemany(
        "update review_cards set suggestion = ?1, probability = iif(?1 is null, null, probability)"
        " where product_id = ?2 and kind = ?3",
        [(suggestion, *key) for key, suggestion in after.items()],
    )
    columns, marks = ", ".join(CARD), ", ".join("?" * len(CARD))
    db.executemany(
        f"insert or replace into review_cards ({columns}) values ({marks})",  # noqa: S608
        [[card[name] for name in CARD] for card in new.values()],
    )


def _restore_cards(corpus: Corpus, number: int) -> None:
    """Tell cards as they were; what a later check put in the place of one stays."""
    db = corpus.db.conn
    rows = db.execute(
        "select product_id, kind, before, suggestion from card_changes where change_id = ?",
        [number],
    ).fetchall()
    mine = "product_id = ? and kind = ? and suggestion is ?"
    columns = [name for name in CARD if name not in ("product_id", "kind", "state")]
    for product_id, kind, before, suggestion in rows:
        if not before:
            db.execute(f"delete from review_cards where {mine}", [product_id, kind, suggestion])  # noqa: S608
            continue
        card = dict(zip(CARD, _noted(before, corpus), strict=True))
        # What was decided meanwhile is noted on it, unless another card stood in its place.
        names = ", ".join(f"{name} = ?" for name in columns)
        db.execute(
            f"update review_cards set state = iif(since is ?, state, ?), {names} where {mine}",  # noqa: S608
            [
                *(card["since"], card["state"]),
                *(card[name] for name in columns),
                *(product_id, kind, suggestion),
            ],
        )


def _noted(text: Any, corpus: Corpus) -> list[Any]:
    """Read a card as it was noted; a corpus may be anybody's."""
    try:
        values = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        values = None
    plain = (str, int, float, type(None))
    is_card = isinstance(values, list) and len(values) == len(CARD)
    if is_card and all(isinstance(value, plain) for value in values):
        return list(values)
    raise CorpusError(f"{corpus.path} has a card of the queue noted that is none; it is damaged.")
