import numpy as np
import pytest

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError
from prodcat.explore.catalogue import draw_rows, read_catalogue
from prodcat.taxonomy.tree import Category


def corpus_of(folder, products, categories=()):
    path = folder / "shop.db"
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_categories("shop", categories)
        corpus.upsert_products(NewProduct(source="shop", **product) for product in products)
    return path


def test_products_come_with_their_paths_prices_and_pictures(toy_corpus):
    catalogue = read_catalogue(toy_corpus)

    assert list(catalogue.ids) == sorted(catalogue.ids)
    assert len(catalogue) == catalogue.total == 240
    assert ("Women", "Shoes", "Boots") in catalogue.paths
    row = int(np.flatnonzero(catalogue.has_picture)[0])
    assert catalogue.pictures[row].startswith(b"\xff\xd8")
    assert catalogue.product(row).name == catalogue.names[row]


def test_a_label_that_the_tree_does_not_have_is_shown_as_it_is_written(tmp_path):
    path = corpus_of(
        tmp_path,
        [
            {"source_id": "1", "name": "a", "category_id": "gone"},
            {"source_id": "2", "name": "b", "category_id": "x", "price": 9.5},
            {"source_id": "3", "name": "c"},
        ],
        [Category("x", "Boots")],
    )
    catalogue = read_catalogue(path)
    assert catalogue.paths == [("gone",), ("Boots",), None]
    np.testing.assert_array_equal(catalogue.prices, [np.nan, 9.5, np.nan])
    assert not catalogue.has_picture.any()


def test_a_sample_is_the_same_every_time_and_keeps_the_order(toy_corpus):
    first, again = (read_catalogue(toy_corpus, limit=50) for _ in range(2))
    assert list(first.ids) == list(again.ids) == sorted(first.ids)
    assert (len(first), first.total, len(first.rows)) == (50, 240, 50)


def test_a_picture_whose_file_is_gone_is_none(tmp_path):
    path = corpus_of(tmp_path, [{"source_id": "1", "name": "a", "image_sha256": "0" * 64}])
    catalogue = read_catalogue(path)
    assert catalogue.has_picture.all()
    assert catalogue.pictures[0] is None


def test_an_empty_corpus_and_a_limit_of_nothing_are_refused(tmp_path):
    with pytest.raises(CorpusError, match="has no products"):
        read_catalogue(corpus_of(tmp_path, []))
    with pytest.raises(InputError, match="limit is 0"):
        draw_rows(5, 0)
