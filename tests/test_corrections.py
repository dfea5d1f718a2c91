"""Ids as reports and answers print them are the same products, and verdicts are taken over."""

import csv

import pytest

from prodcat.analyze.findings.mistakes import COLUMNS
from prodcat.corpus.store import Corpus
from prodcat.importing import import_products
from prodcat.tables.byte_source import ByteSource
from prodcat.tables.corrections import CorrectionsTable
from prodcat.tables.csv_files import CsvTable
from tests.tables.files import write


@pytest.fixture
def corpus(tmp_path):
    table = write(
        tmp_path / "products.csv",
        "id,name,category\n1,Ankle boots,Shoes > Boots\n2,Clog,Shoes > Boots\n3,Bag,Bags\n",
    )
    with Corpus.open(tmp_path / "shop.db", create=True) as corpus:
        import_products(table, corpus)
        yield corpus


def categories(corpus):
    return {row.id: row.category_id for row in corpus.rows()}


def test_ids_as_they_are_printed_mean_the_same_products(tmp_path, corpus):
    fixed = write(
        tmp_path / "fixed.csv",
        "id,name,category\nproducts:2,Clog,Shoes > Clogs\nproducts:1,Ankle boots,Shoes > Boots\n",
    )
    summary = import_products(fixed, corpus)
    assert (summary.added, summary.changed, summary.unchanged) == (0, 1, 1)
    assert categories(corpus) == {
        "products:1": "Shoes > Boots",
        "products:2": "Shoes > Clogs",
        "products:3": "Bags",
    }
    # The new category belongs to the shop's own tree.
    assert "Shoes > Clogs" in corpus.taxonomy(source="products")


def test_an_id_with_a_colon_of_its_own_is_one(tmp_path, corpus):
    other = write(tmp_path / "other.csv", "id,name\nproducts:9,Hat\neu:1,Cap\n")
    assert import_products(other, corpus).added == 2
    assert {"other:products:9", "other:eu:1"} <= categories(corpus).keys()


def mistakes(path, *rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS)
        writer.writeheader()
        for id, label, answer, verdict in rows:
            name = "'=a name that a spreadsheet would run"
            writer.writerow(
                {"id": id, "name": name, "label": label, "answer": answer, "verdict": verdict}
            )
    return path


def test_verdicts_become_categories_and_nothing_else_changes(tmp_path, corpus):
    checked = mistakes(
        tmp_path / "mistakes.csv",
        ("products:1", "Shoes > Boots", "Shoes > Clogs", "label"),
        ("products:2", "Shoes > Boots", "Shoes > Clogs", "Answer"),
        ("products:3", "Bags", "Shoes > Clogs", "Bags > Handbags"),
        ("products:4", "Bags", "Shoes > Clogs", "answer"),
        ("products:1", "Shoes > Boots", "Bags", ""),
    )
    told = []
    summary = import_products(checked, corpus, on_table=lambda table: told.extend(table.told))
    assert any("verdicts are kept as decisions" in line for line in told)
    assert categories(corpus) == {
        "products:1": "Shoes > Boots",
        "products:2": "Shoes > Clogs",
        "products:3": "Bags > Handbags",
    }
    assert {row.name for row in corpus.rows()} == {"Ankle boots", "Clog", "Bag"}
    # What the shop says stays; that the label is right is a decision, too.
    stated = corpus.db.execute("select category_id from products order by id").fetchall()
    assert stated == [("Shoes > Boots",), ("Shoes > Boots",), ("Bags",)]
    assert [row.is_decided for row in corpus.rows()] == [True, True, True]
    assert {(r.outcome, r.reason): r.count for r in summary.reasons} == {
        ("dropped", "no verdict"): 1,
        ("dropped", "no such product"): 1,
    }


def test_a_guard_against_formulas_is_taken_off_again(tmp_path):
    """Also where it stands behind a sign at which a spreadsheet may cut."""
    file = write(tmp_path / "list.csv", "id,label,answer,verdict\n'=1;'+2,Boots,Clogs,answer\n")
    rows = list(CorrectionsTable(CsvTable(ByteSource(file))).rows((), 0))
    assert [row.values["id"] for row in rows] == ["=1;+2"]
