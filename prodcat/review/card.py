"""A card as people see it: the product, its label beside the suggestion, and others of both."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from prodcat.corpus.corrections import decisions_of
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import label_terms
from prodcat.corpus.product_row import COLUMNS, ProductRow, product_row
from prodcat.corpus.row_reading import read_one
from prodcat.corpus.store import Corpus
from prodcat.review.deciding import label_of
from prodcat.review.queue import Card
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy

EXAMPLES = 4
"""Products of each of both categories."""


@dataclass(frozen=True)
class Place:
    """A category as a card names it."""

    id: str
    path: CategoryPath
    in_tree: bool
    """Whether the tree has it; a label need not be in it, and then cannot be kept."""


@dataclass(frozen=True)
class Shown:
    """A product beside the one in question."""

    id: str
    name: str
    label: Place | None
    has_picture: bool
    is_decided: bool = False
    """Whether a person decided on it already."""


@dataclass(frozen=True)
class CardForPeople:
    """All that a card shows."""

    card: Card
    name: str
    description: str
    has_picture: bool
    label: Place | None
    suggestion: Place | None
    alike: tuple[Shown, ...] = ()
    of_label: tuple[Shown, ...] = ()
    """Products of the label's category, the most similar first where that is known."""
    of_suggestion: tuple[Shown, ...] = ()


FindSimilar = Callable[[str, CategoryPath], Sequence[str]]
"""Takes a product's id and a category's path, and gives ids of similar products of it."""


def show_card(
    corpus: Corpus, tree: Taxonomy, card: Card, find_similar: FindSimilar | None = None
) -> CardForPeople:
    """Return what a card shows.

    Args:
        corpus: Where the product is.
        tree: Its categories.
        card: The card.
        find_similar: Finds similar products of a category; without it, or where it finds none, a
            few of the category stand for them.
    """
    with translated_errors(corpus.path):
        row = _row(corpus, card.product_id)
        label = place_of(tree, label_of(corpus, card))
        suggestion = place_of(tree, card.suggestion)
        groups = [_examples(corpus, tree, card, one, find_similar) for one in (label, suggestion)]
        shown = _shown(corpus, tree, [*card.alike, *groups[0], *groups[1]])
    return CardForPeople(
        card,
        row.name if row else "",
        row.description if row else "",
        bool(row and row.image_sha256),
        label,
        suggestion,
        *(tuple(shown[one] for one in ids if one in shown) for ids in (card.alike, *groups)),
    )


def place_of(tree: Taxonomy, category: str | None) -> Place | None:
    """Return a category as a card names it; None for none."""
    if not category or not isinstance(category, str):  # a stranger's corpus may hold anything
        return None
    if category in tree:
        return Place(category, tree.path(category), True)
    return Place(category, (category,), False)


def picture_hash(corpus: Corpus, product_id: str) -> str | None:
    """Return the hash of a product's picture; None where there is none, or no such product."""
    with translated_errors(corpus.path):
        row = _row(corpus, product_id)
    return None if row is None else row.image_sha256


def texts_of(corpus: Corpus, product_id: str) -> tuple[str, str]:
    """Return a product's name and description."""
    with translated_errors(corpus.path):
        row = _row(corpus, product_id)
    return (row.name, row.description) if row else ("", "")


def _row(corpus: Corpus, product_id: str) -> ProductRow | None:
    sql = f"select {', '.join(COLUMNS)} from products where id = ?"  # noqa: S608
    values = read_one(corpus.db, sql, product_id)
    return None if values is None else product_row(values)


def _examples(
    corpus: Corpus,
    tree: Taxonomy,
    card: Card,
    place: Place | None,
    find_similar: FindSimilar | None,
) -> list[str]:
    """Return ids of products of a category, without the one in question and those like it."""
    if place is None:
        return []
    without = {card.product_id, *card.alike}
    similar = find_similar(card.product_id, place.path) if find_similar else ()
    found = [one for one in similar if one not in without][:EXAMPLES]
    if found:
        return found
    terms = label_terms(corpus.db)
    below = [place.id, *(_descendants(tree, place.id) if place.in_tree else ())]
    for category in below:
        rows = corpus.db.execute(
            f"select p.id from products p{terms.joins} where {terms.stated} = ?"  # noqa: S608
            " and p.image_sha256 is not null"
            " and p.id not in (select value from json_each(?)) limit ?",
            [category, json.dumps(sorted(without)), EXAMPLES - len(found)],
        )
        found += [row[0] for row in rows]
        if len(found) >= EXAMPLES:
            break
    return found


def _descendants(tree: Taxonomy, category: str, most: int = 50) -> list[str]:
    found = list(tree.children(category))
    for one in found:
        if len(found) >= most:
            break
        found += tree.children(one)
    return found[:most]


def _shown(corpus: Corpus, tree: Taxonomy, ids: Sequence[str]) -> dict[str, Shown]:
    decided = decisions_of(corpus, ids)
    rows = corpus.db.execute(
        f"{corpus.select(COLUMNS)} where id in (select value from json_each(?))",  # noqa: S608
        [json.dumps(list(dict.fromkeys(ids)))],
    )
    found = {}
    for row in map(product_row, rows):
        label = decided.get(row.id, row.category_id)
        found[row.id] = Shown(
            row.id, row.name, place_of(tree, label), row.image_sha256 is not None, row.id in decided
        )
    return found
