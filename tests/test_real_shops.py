"""Tables of real shops come in whole."""

import pytest

from prodcat.corpus.store import Corpus
from prodcat.importing import import_products


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        yield corpus


@pytest.mark.slow
def test_another_shop_imports_with_its_own_columns(corpus, real_data):
    columns = {"category": "category_path_clean"}
    summary = import_products(real_data / "flipkart1050.parquet", corpus, columns=columns)
    assert (summary.added, summary.pictures, summary.dropped) == (930, 927, 0)
    tops = {corpus.taxonomy().path(row.category_id)[0] for row in corpus.rows()}
    assert len(tops) == 7
    assert {row.split for row in corpus.rows()} == {"train", "val", "test"}


@pytest.mark.slow
def test_products_without_a_category_are_told(corpus, real_data):
    columns = {"category": "category_path_clean"}
    summary = import_products(real_data / "flipkart20k.parquet", corpus, columns=columns)
    unlabelled = sum(row.category_id is None for row in corpus.rows())
    assert summary.added == 18_102
    assert {(r.outcome, r.reason): r.count for r in summary.reasons} == {
        ("kept", "no category"): unlabelled,
        # "Car Fog Lamps�": a label that nobody means is none.
        ("kept", "category in which a letter was lost before"): 1,
    }
