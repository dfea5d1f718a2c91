import csv
import sqlite3

import pytest

from prodcat.corpus.corrections import Correction, correct, count_corrections, history
from prodcat.corpus.decision_list import write_decisions
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.importing import import_products
from prodcat.taxonomy.tree import Category

TREE = (Category("c1", "Shoes", None, "Shoes"), Category("c2", "Boots > high", "c1", "Boots"))


@pytest.fixture
def corpus(tmp_path):
    """As a crawl leaves one: ids of categories are no paths."""
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        corpus.upsert_categories("a", TREE)
        corpus.upsert_products(
            NewProduct(source="a", source_id=str(n), name=f"=Shoe {n}", category_id="c1")
            for n in range(4)
        )
        yield corpus


def labels(corpus):
    return {row.id: row.category_id for row in corpus.rows()}


def test_decisions_go_to_a_spreadsheet_and_back(corpus, tmp_path):
    correct(
        corpus,
        [
            Correction("a:0", "c2", who="ana", asked="looks wrong", said="c2"),
            Correction("a:1", None, who="ben"),
            Correction("a:2", "c1", who="ben"),
        ],
    )
    file = tmp_path / "decisions.csv"
    assert write_decisions(corpus, file) == 3
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    assert (
        rows[0].items()
        >= {
            "id": "a:0",
            "name": "'=Shoe 0",
            "label": "Shoes",
            "answer": "Shoes > Boots \\> high",
            "verdict": "Shoes > Boots \\> high",
            "who": "ana",
            "asked": "looks wrong",
        }.items()
    )
    assert rows[1]["verdict"] == "none of these"
    # Into a copy without decisions, as a colleague has it.
    with sqlite3.connect(tmp_path / "copy.db") as copied:
        corpus.db.conn.backup(copied)
    copied.close()
    with Corpus.open(tmp_path / "copy.db") as copy:
        copy.db.conn.execute("delete from corrections")
        copy.db.conn.execute("delete from decided")
        summary = import_products(file, copy)
        assert (summary.changed, summary.unchanged, summary.dropped) == (3, 0, 0)
        assert (
            labels(copy) == labels(corpus) == {"a:0": "c2", "a:1": None, "a:2": "c1", "a:3": "c1"}
        )
        assert {one.who for one in history(copy)} == {"decisions.csv"}
        assert len(copy.taxonomy()) == 2
    # And into the same, where all of it is decided already.
    assert import_products(file, corpus).unchanged == 3
    assert count_corrections(corpus).people == {"ben": 2, "ana": 1}


def test_a_category_that_is_new_becomes_one_of_the_shop_s_tree(corpus, tmp_path):
    file = tmp_path / "list.csv"
    file.write_text("id,name,label,answer,verdict\na:3,Shoe,Shoes,Boots,Shoes > Clogs\n")
    import_products(file, corpus)
    assert labels(corpus)["a:3"] == "Shoes > Clogs"
    assert "Shoes > Clogs" in corpus.taxonomy(source="a")
