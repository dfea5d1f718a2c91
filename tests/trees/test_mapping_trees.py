import csv
import io

import pytest

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import InputError
from prodcat.taxonomy.tree import Category, Taxonomy
from prodcat.trees.mapping_trees import map_trees

OURS = "Shoes > Boots\nShoes > Sandals\nHats\n"
GOOGLE = """# Google_Product_Taxonomy_Version: 2019-07-10
1 - Apparel
2 - Apparel > Shoes
3 - Apparel > Shoes > Boots
4 - Apparel > Shoes > Sandals
5 - Apparel > Caps
"""
GERMAN = """# Google_Product_Taxonomy_Version: 2015-02-19
1 - Bekleidung
2 - Bekleidung > Schuhe
3 - Bekleidung > Schuhe > Stiefel
4 - Bekleidung > Schuhe > Sandalen
"""


@pytest.fixture
def trees(tmp_path):
    (tmp_path / "ours.txt").write_text(OURS)
    (tmp_path / "google.txt").write_text(GOOGLE)
    return tmp_path / "ours.txt", tmp_path / "google.txt"


def write_verdict(file, category, verdict):
    """Decide as a person would, in a program for spreadsheets."""
    rows = list(csv.DictReader(io.StringIO(file.read_text())))
    for row in rows:
        if row["category"] == category:
            row["verdict"] = verdict
    with file.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


def test_what_was_decided_in_a_file_stays_when_it_is_written_again(trees, tmp_path):
    file = tmp_path / "mapping.csv"
    map_trees(*trees, output=file)
    write_verdict(file, "Hats", "Apparel > Caps")
    mapping = map_trees(*trees, output=file).mapping
    assert mapping["Hats"].by_person
    assert [each.category for each in mapping["Hats"].counterparts] == ["5"]
    # A third time, what was written as decided is read as decided.
    assert map_trees(*trees, output=file).mapping["Hats"].by_person


def test_decisions_of_another_file_are_taken_over(trees, tmp_path):
    earlier = tmp_path / "earlier.csv"
    map_trees(*trees, output=earlier)
    write_verdict(earlier, "Hats", "none of these")
    mapping = map_trees(*trees, decisions=[earlier]).mapping
    assert mapping["Hats"].kind == "none"
    assert mapping["Hats"].by_person


def test_decisions_that_no_longer_fit_are_told_and_kept_aside(trees, tmp_path):
    file = tmp_path / "mapping.csv"
    map_trees(*trees, output=file)
    write_verdict(file, "Hats", "Apparel > Caps")
    trees[1].write_text(GOOGLE.replace("Caps", "Bonnets").replace("5 -", "6 -"))
    mapped = map_trees(*trees, output=file)
    assert len(mapped.problems) == 1
    assert "Apparel > Caps" in mapped.problems[0]
    assert "Apparel > Caps" in (tmp_path / "mapping.before.csv").read_text()


def test_what_is_kept_aside_takes_the_place_of_nothing(trees, tmp_path):
    file = tmp_path / "mapping.csv"
    map_trees(*trees, output=file)
    write_verdict(file, "Hats", "Apparel > Caps")
    (tmp_path / "mapping.before.csv").write_text("a stranger's")
    trees[1].write_text(GOOGLE.replace("Caps", "Bonnets").replace("5 -", "6 -"))
    map_trees(*trees, output=file)
    write_verdict(file, "Hats", "a typo")
    map_trees(*trees, output=file)
    assert (tmp_path / "mapping.before.csv").read_text() == "a stranger's"
    assert "Apparel > Caps" in (tmp_path / "mapping.before-2.csv").read_text()
    assert "a typo" in (tmp_path / "mapping.before-3.csv").read_text()


def test_a_word_list_of_two_trees_translates_ours(trees, tmp_path):
    trees[0].write_text("Mode > Schuhe > Stiefel\nMode > Schuhe > Sandalen\n")
    (tmp_path / "german.txt").write_text(GERMAN)
    mapped = map_trees(*trees, translation=(tmp_path / "german.txt", trees[1]))
    found = mapped.mapping["Mode > Schuhe > Stiefel"]
    assert found.counterparts[0].category == "3"
    assert mapped.mapping.left.path("Mode > Schuhe > Stiefel")[-1] == "Stiefel"
    assert mapped.remarks == ("3 of 4 names translated",)


def test_a_word_list_that_knows_none_of_our_words_is_refused(trees, tmp_path):
    (tmp_path / "german.txt").write_text(GERMAN)
    with pytest.raises(InputError, match="None of the names"):
        map_trees(*trees, translation=(tmp_path / "german.txt", trees[1]))


def test_products_of_corpora_break_ties(tmp_path):
    (tmp_path / "ours.txt").write_text("Hats\nBoots\n")
    (tmp_path / "theirs.txt").write_text("Women > Hats\nMen > Hats\nMen > Boots\n")
    for name, tree, category in (
        ("ours.db", [("Hats",)], "Hats"),
        ("theirs.db", [("Men", "Hats")], "x"),
    ):
        with Corpus.open(tmp_path / name, create=True) as corpus:
            nodes = (
                [Category("m", "Men"), Category("x", "Hats", "m")]
                if category == "x"
                else Taxonomy.from_paths(tree)
            )
            corpus.upsert_categories("shop", nodes)
            corpus.upsert_products(
                NewProduct(
                    source="shop", source_id=str(n), name=f"fedora {n}", category_id=category
                )
                for n in range(4)
            )
    mapped = map_trees(
        tmp_path / "ours.txt",
        tmp_path / "theirs.txt",
        products=[tmp_path / "ours.db", tmp_path / "theirs.db"],
    )
    assert [c.category for c in mapped.mapping["Hats"].counterparts] == ["Men > Hats"]
    assert "4 products of the first tree and 4 of the second" in mapped.remarks


def test_an_output_that_cannot_be_written_is_refused_before_the_work(trees, tmp_path):
    with pytest.raises(InputError, match="named so"):
        map_trees(*trees, output=tmp_path / "mapping.pdf")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="is no mapping"):
        map_trees(*trees, decisions=[tmp_path / "other.csv"])
