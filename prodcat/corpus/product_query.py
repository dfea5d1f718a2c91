"""The query of products with the label that counts: what was decided, else what the shop says."""

from collections.abc import Sequence

from sqlite_utils import Database


def keeps_corrections(db: Database) -> bool:
    """Tell whether a corpus has the record of decisions.

    One of an earlier version that nobody may write to has none.
    """
    return {"corrections", "decided"} <= set(db.table_names())


def product_query(db: Database, columns: Sequence[str]) -> str:
    """Return the beginning of a query of products.

    Args:
        db: The open corpus.
        columns: Of the table ``products``; ``category_id`` is the label that counts, which
            conditions call ``label``, and ``is_decided`` whether a person decided on it.
    """
    table, prefix, label, decided = "products", "", "category_id", "0"
    # Where nothing was decided, nothing needs to be looked for in millions of rows.
    if keeps_corrections(db) and db.execute("select 1 from decided limit 1").fetchone():
        table, prefix = "products p left join decided d on d.product_id = p.id", "p."
        label = "iif(d.product_id is null, p.category_id, d.category_id)"
        decided = "d.product_id is not null"
    given = {"category_id": f"{label} as label", "is_decided": decided}
    names = ", ".join(given.get(column, prefix + column) for column in columns)
    return f"select {names} from {table}"  # noqa: S608
