import sqlite3

import pytest

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import BATCH_ROWS, Corpus, UpsertCounts
from prodcat.errors import CorpusError
from prodcat.taxonomy.tree import Category, Taxonomy


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


def product(number=1, **columns):
    columns = {"name": f"Boots {number}", **columns}
    return NewProduct(source="shop", source_id=str(number), **columns)


def stored(corpus, product_id):
    return corpus.db["products"].get(product_id)


def test_what_is_written_is_read_back_in_order(corpus):
    label = {"category_id": "shoes", "image_sha256": "a" * 64, "split": "val", "group_id": "g"}
    corpus.upsert_products([product(2, **label), product(1, description="Warm")])
    assert list(corpus.rows()) == [
        ProductRow("shop:1", "shop", "Boots 1", "Warm", None, None, "", ""),
        ProductRow("shop:2", "shop", "Boots 2", "", "shoes", "a" * 64, "val", "g"),
    ]


def test_rows_can_be_chosen(corpus):
    corpus.upsert_products([product(1, category_id="shoes"), product(2)])
    corpus.upsert_products([NewProduct(source="other", source_id="1", category_id="shoes")])
    assert [row.id for row in corpus.rows(with_category=True)] == ["other:1", "shop:1"]
    assert [row.id for row in corpus.rows(source="shop")] == ["shop:1", "shop:2"]


def test_rows_streams_beyond_one_batch(corpus):
    corpus.upsert_products(product(number) for number in range(BATCH_ROWS + 5))
    assert len({row.id for row in corpus.rows()}) == corpus.count() == BATCH_ROWS + 5


def test_upserts_are_counted(corpus):
    assert corpus.upsert_products([product(1), product(2)]) == UpsertCounts(added=2)
    assert corpus.upsert_products([product(1), product(2, name="Clogs"), product(3)]) == (
        UpsertCounts(added=1, changed=1, unchanged=1)
    )


def test_an_upsert_keeps_the_columns_that_it_does_not_name(corpus):
    corpus.upsert_products([product(1, description="Warm", price=9.5)])
    corpus.upsert_products([product(1, name="Clogs")])
    row = stored(corpus, "shop:1")
    assert (row["name"], row["description"], row["price"]) == ("Clogs", "Warm", 9.5)


def test_an_upsert_can_empty_a_column(corpus):
    corpus.upsert_products([product(1, category_id="shoes")])
    corpus.upsert_products([product(1, category_id=None)])
    assert stored(corpus, "shop:1")["category_id"] is None


def test_the_time_changes_with_the_product_only(corpus):
    corpus.upsert_products([product(1)])
    corpus.db.conn.execute("update products set updated_at = 'before'")
    corpus.upsert_products([product(1)])
    assert stored(corpus, "shop:1")["updated_at"] == "before"
    corpus.upsert_products([product(1, name="Clogs")])
    assert stored(corpus, "shop:1")["updated_at"] != "before"


def test_a_failed_transaction_leaves_nothing(corpus):
    def write_and_stop():
        with corpus.transaction():
            corpus.upsert_products([product(1)])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_and_stop()
    assert corpus.count() == 0


@pytest.mark.parametrize(
    "change",
    [
        {"name": "Clogs"},
        {"description": "x"},
        {"category_id": "clogs"},
        {"image_sha256": "b" * 64},
        {"split": "test"},
        {"group_id": "h"},
    ],
)
def test_fingerprint_changes_with_what_training_reads(corpus, change):
    corpus.upsert_products([product(1), product(2)])
    before = corpus.fingerprint()
    corpus.upsert_products([product(2, **change)])
    assert corpus.fingerprint() != before


def test_fingerprint_does_not_depend_on_the_order_of_writing(tmp_path, corpus):
    corpus.upsert_products([product(1), product(2, url="https://example.org")])
    with Corpus.open(tmp_path / "other.db", create=True) as other:
        other.upsert_products([product(2)])
        other.upsert_products([product(1)])
        assert other.fingerprint() == corpus.fingerprint()


def test_taxonomy_is_the_stored_tree(corpus):
    tree = Taxonomy.from_paths([("Women", "Shoes", "Boots"), ("Men", "Shoes", "Boots"), ("Bags",)])
    corpus.upsert_categories("shop", reversed(list(tree)), version="2019")
    found = corpus.taxonomy()
    assert {c.id: c for c in found} == {c.id: c for c in tree}
    assert found.version == "2019"


def test_a_category_below_an_unknown_parent_is_a_root(corpus):
    corpus.upsert_categories("shop", [Category("boots", "Boots", "shoes", "Women's boots")])
    assert corpus.taxonomy().path("boots") == ("Boots",)


def test_a_category_that_moved_is_moved(corpus):
    corpus.upsert_categories("shop", [Category("a", "A"), Category("b", "B", "a")])
    corpus.upsert_categories("shop", [Category("b", "B")])
    assert corpus.taxonomy().path("b") == ("B",)


def test_sources_with_the_same_categories_share_them(corpus):
    for source in ("shop", "other"):
        corpus.upsert_categories(source, Taxonomy.from_paths([("Shoes", "Boots")]))
    assert len(corpus.taxonomy()) == 2


def test_sources_with_different_categories_of_one_id_are_told(corpus):
    corpus.upsert_categories("shop", [Category("1", "Boots")])
    corpus.upsert_categories("other", [Category("1", "Bags")])
    with pytest.raises(CorpusError, match="Use one source at a time"):
        corpus.taxonomy()
    assert corpus.taxonomy(source="other").path("1") == ("Bags",)


def test_categories_of_a_product_add_up_or_are_replaced(corpus):
    corpus.link_categories([("shop:1", "a"), ("shop:1", "b")], role="crawled")
    corpus.link_categories([("shop:1", "c"), ("shop:1", "c")], role="crawled")
    corpus.link_categories([("shop:1", "a")], role="listed")
    corpus.link_categories([("shop:1", "d")], role="listed", replace=True)
    links = {(row["category_id"], row["role"]) for row in corpus.db["product_categories"].rows}
    assert links == {("a", "crawled"), ("b", "crawled"), ("c", "crawled"), ("d", "listed")}


def test_pictures_lie_beside_the_file(tmp_path, corpus):
    digest = corpus.images.put(b"picture")
    assert corpus.images.path(digest).is_relative_to(tmp_path / "images")


def test_labels_that_the_tree_does_not_have_are_kept(corpus):
    corpus.upsert_categories("shop", Taxonomy.from_paths([("Shoes", "Boots")]))
    corpus.upsert_products([product(1, category_id="Shoes"), product(2, category_id="clogs")])
    tree = corpus.taxonomy()
    assert [tree.kind(row.category_id) for row in corpus.rows()] == ["internal", "unknown"]


def test_opening_again_changes_nothing(tmp_path, corpus):
    corpus.upsert_products([product(1)])
    with Corpus.open(tmp_path / "corpus.db") as again:
        assert again.count() == 1
        assert again.db.journal_mode == "wal"


def test_a_corpus_can_be_opened_and_read_while_it_is_written(tmp_path, corpus):
    corpus.upsert_products([product(1)])
    with corpus.transaction():
        corpus.upsert_products([product(2)])
        with Corpus.open(tmp_path / "corpus.db", timeout_s=0.0) as reader:
            assert [row.id for row in reader.rows()] == ["shop:1"]
    assert corpus.count() == 2


def test_a_reader_keeps_its_view_while_the_corpus_grows(tmp_path, corpus):
    corpus.upsert_products(product(number) for number in range(BATCH_ROWS + 1))
    with Corpus.open(tmp_path / "corpus.db", read_only=True) as reader:
        rows = reader.rows()
        next(rows)
        corpus.upsert_products([product("z")])
        assert len(list(rows)) == BATCH_ROWS


def test_a_locked_corpus_is_told(tmp_path, corpus):
    with corpus.transaction(), Corpus.open(tmp_path / "corpus.db", timeout_s=0.01) as other:
        assert other.count() == 0
        with pytest.raises(CorpusError, match="is locked: another process"):
            other.upsert_products([product(1)])


def test_a_corpus_that_is_only_read_refuses_writing(tmp_path, corpus):
    with Corpus.open(tmp_path / "corpus.db", read_only=True) as reader:
        with pytest.raises(CorpusError, match="open for reading only"):
            reader.upsert_products([product(1)])
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            reader.db.execute("delete from products")
