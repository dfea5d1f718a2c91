import sqlite3
from dataclasses import replace

import pytest

from prodcat.corpus.corrections import (
    Correction,
    correct,
    count_corrections,
    decisions_of,
    history,
    undo,
)
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError
from prodcat.taxonomy.tree import Taxonomy

PATHS = (("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",))


@pytest.fixture
def corpus(tmp_path):
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        corpus.upsert_categories("a", Taxonomy.from_paths(PATHS))
        fill(corpus)
        yield corpus


def fill(corpus, label="Shoes > Boots"):
    """As an import or a crawl does, also once more."""
    corpus.upsert_products(
        NewProduct(source="a", source_id=str(n), name=f"Shoe {n}", category_id=label)
        for n in range(3)
    )


def labels(corpus, **options):
    return {row.id: row.category_id for row in corpus.rows(**options)}


def test_a_decision_counts_and_the_label_of_the_shop_stays(corpus):
    (kept,) = correct(corpus, [Correction("a:0", "Bags", who="ana", asked="looks wrong")])
    assert labels(corpus) == {"a:0": "Bags", "a:1": "Shoes > Boots", "a:2": "Shoes > Boots"}
    assert [row.is_decided for row in corpus.rows()] == [True, False, False]
    (stated,) = corpus.db.execute("select category_id from products where id = 'a:0'").fetchone()
    assert stated == "Shoes > Boots"
    assert list(history(corpus)) == [kept]
    assert (kept.id, kept.who, kept.asked) == (1, "ana", "looks wrong")
    assert kept.decided_at.startswith("20")


def test_neither_import_nor_crawl_undoes_a_decision(corpus):
    correct(corpus, [Correction("a:0", "Bags")])
    fill(corpus, "Shoes > Clogs")
    assert labels(corpus) == {"a:0": "Bags", "a:1": "Shoes > Clogs", "a:2": "Shoes > Clogs"}


def test_what_fits_no_category_has_no_label(corpus):
    correct(corpus, [Correction("a:1", None)])
    assert labels(corpus)["a:1"] is None
    assert labels(corpus, with_category=True).keys() == {"a:0", "a:2"}
    assert decisions_of(corpus, ["a:0", "a:1"]) == {"a:1": None}


def test_the_newest_counts_and_taken_back_the_one_before_it(corpus):
    first, second = correct(corpus, [Correction("a:0", "Bags"), Correction("a:0", None)])
    assert labels(corpus)["a:0"] is None
    taken_back = undo(corpus, second.id, who="ben")
    assert labels(corpus)["a:0"] == "Bags"
    undo(corpus, first.id)
    assert labels(corpus)["a:0"] == "Shoes > Boots"
    assert not any(row.is_decided for row in corpus.rows())
    # All of it is still told.
    made = list(history(corpus, "a:0"))
    assert [one.undoes for one in made] == [None, None, second.id, first.id]
    assert made[2] == taken_back
    for number in (first.id, taken_back.id, 99):
        with pytest.raises(InputError, match=str(number)):
            undo(corpus, number)


def test_of_decisions_that_cannot_be_kept_all_are_refused(corpus):
    for wrong in (Correction("a:9", "Bags"), Correction("a:0", "Hats")):
        with pytest.raises(CorpusError, match=r"has no (product|category) '(a:9|Hats)'"):
            correct(corpus, [Correction("a:1", "Bags"), wrong])
    assert labels(corpus)["a:1"] == "Shoes > Boots"
    assert list(history(corpus)) == []


def test_decisions_are_counted_by_what_they_say_and_by_whom(corpus):
    decided = [
        Correction("a:0", "Bags", who="ana"),
        Correction("a:0", "Bags", who="ben"),
        Correction("a:1", "Shoes > Boots", who="ana"),
        Correction("a:1", None, who="ben"),
        Correction("a:2", "Shoes > Boots", who="ana"),
    ]
    kept = correct(corpus, decided)
    correct(corpus, [replace(kept[-1], category_id="Bags", id=0)])
    undo(corpus, 6)
    counts = count_corrections(corpus)
    assert (counts.products, counts.changed, counts.kept, counts.foreign) == (3, 1, 1, 1)
    assert (counts.undone, counts.twice, counts.agreed) == (1, 2, 1)
    assert counts.people == {"ana": 3, "ben": 2}


def test_what_training_reads_is_another_corpus_after_a_decision(corpus):
    before = corpus.fingerprint()
    (kept,) = correct(corpus, [Correction("a:0", "Bags")])
    assert corpus.fingerprint() != before
    undo(corpus, kept.id)
    assert corpus.fingerprint() == before


def test_two_people_at_once_lose_nothing(corpus):
    with Corpus.open(corpus.path) as other:
        for number in range(20):
            correct(corpus if number % 2 else other, [Correction("a:0", "Bags", who=str(number))])
    assert [one.who for one in history(corpus)] == [str(number) for number in range(20)]


def test_a_corpus_of_an_earlier_version_that_is_only_read_has_none(corpus, tmp_path):
    path = tmp_path / "older.db"
    with sqlite3.connect(path) as older:
        corpus.db.conn.backup(older)
        older.execute("drop table corrections")
        older.execute("drop table decided")
        older.execute("delete from _sqlite_migrations where name = 'm005_corrections'")
    older.close()
    with Corpus.open(path, read_only=True) as opened:
        assert len(labels(opened)) == 3
        assert list(history(opened)) == []
        assert count_corrections(opened).products == 0
        assert decisions_of(opened, ["a:0"]) == {}
    with Corpus.open(path) as opened:
        correct(opened, [Correction("a:0", "Bags")])
        assert labels(opened)["a:0"] == "Bags"
