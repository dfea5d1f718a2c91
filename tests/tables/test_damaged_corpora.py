import sqlite3

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.tables.table import open_table


def test_bytes_that_are_no_text_are_replaced_in_columns_that_only_answers_show(tmp_path):
    file = tmp_path / "shop.db"
    with Corpus.open(file, create=True) as corpus:
        corpus.upsert_products(
            NewProduct(source="shop", source_id=str(i), name="bag", description="")
            for i in range(3)
        )
    with sqlite3.connect(file) as connection:
        connection.execute(
            "update products set brand = cast(x'61ff62' as text) where id = 'shop:1'"
        )
    connection.close()

    rows = list(open_table(file).format.rows(["id", "name", "brand"], 0))

    assert [row.values["brand"] for row in rows] == ["", "a\N{REPLACEMENT CHARACTER}b", ""]
