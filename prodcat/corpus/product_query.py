"""The query of products with the label that counts: what was decided, else what the shop says.

Where a corpus went over to another tree, what the shop says is told in that tree; the shop's own
word for it stays in ``products``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

DECISIONS = {"corrections", "decided"}
MOVES = {"label_moves", "product_moves"}


@dataclass(frozen=True)
class LabelTerms:
    """Parts of a query of products, which it calls ``p``."""

    stated: str
    """What the shop says, in the tree that counts."""
    label: str
    """The label that counts."""
    is_decided: str
    joins: str
    """What stands behind ``products p``."""


def keeps_corrections(db: Database) -> bool:
    """Tell whether a corpus has the record of decisions.

    One of an earlier version that nobody may write to has none.
    """
    return set(db.table_names()) >= DECISIONS


def label_terms(db: Database) -> LabelTerms:
    """Return how a query of products tells labels."""
    stated, joins = "p.category_id", ""
    tables = set(db.table_names())
    # Where there is nothing of a kind, nothing needs to be looked for in millions of rows.
    if tables >= MOVES and db.execute("select 1 from label_moves limit 1").fetchone():
        stated = (
            "case when s.product_id is not null then s.new_id"
            " when m.old_id is not null then m.new_id else p.category_id end"
        )
        joins = (
            " left join product_moves s on s.product_id = p.id and s.old_id = p.category_id"
            " left join label_moves m on m.old_id = p.category_id"
        )
    label, is_decided = stated, "0"
    if tables >= DECISIONS and db.execute("select 1 from decided limit 1").fetchone():
        joins += " left join decided d on d.product_id = p.id"
        label = f"iif(d.product_id is null, {stated}, d.category_id)"
        is_decided = "d.product_id is not null"
    return LabelTerms(stated, label, is_decided, joins)


def product_query(db: Database, columns: Sequence[str]) -> str:
    """Return the beginning of a query of products.

    Args:
        db: The open corpus.
        columns: Of the table ``products``; ``category_id`` is the label that counts, which
            conditions call ``label``, and ``is_decided`` whether a person decided on it.
    """
    terms = label_terms(db)
    given = {"category_id": f"{terms.label} as label", "is_decided": terms.is_decided}
    names = ", ".join(given.get(column, f"p.{column}") for column in columns)
    return f"select {names} from products p{terms.joins}"  # noqa: S608
