import dataclasses

import pytest

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus, UpsertCounts


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def stored(corpus, *columns):
    row = corpus.db["products"].get("shop:1")
    return [row[column] for column in columns]


def test_a_new_product_has_a_field_for_every_column(corpus):
    columns = [column.name for column in corpus.db["products"].columns]
    fields = [field.name for field in dataclasses.fields(NewProduct)]
    assert ["id", *fields, "updated_at"] == columns


def test_columns_that_are_not_given_have_their_defaults(corpus):
    corpus.upsert_products([NewProduct(source="shop", source_id="1")])
    assert stored(corpus, "name", "split", "price", "category_id") == ["", "", None, None]


def test_products_of_one_batch_may_be_given_in_different_columns(corpus):
    boots = NewProduct(source="shop", source_id="1", name="Boots", brand="Ashlane")
    corpus.upsert_products([boots])
    changed = NewProduct(source="shop", source_id="1", price=9.5)
    added = NewProduct(source="shop", source_id="2", name="Clogs")
    assert corpus.upsert_products([changed, added]) == UpsertCounts(added=1, changed=1)
    assert stored(corpus, "name", "brand", "price") == ["Boots", "Ashlane", 9.5]
