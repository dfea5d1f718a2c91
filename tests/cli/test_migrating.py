import csv
import json
import shutil

import openpyxl
import pytest
from click.testing import CliRunner

from prodcat.cli import main
from prodcat.corpus.store import Corpus
from tests.migrating.sample import (
    BAGS,
    COUNTERPARTS,
    NEW_PATHS,
    PARTS_OF_BAGS,
    draw_shop,
    dump,
    ids_by_label,
)
from tests.model_files import build_model_dir


def run(*words, code=0):
    result = CliRunner().invoke(main, [str(word) for word in words])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    return draw_shop(tmp_path_factory.mktemp("drawn"), products=120)


@pytest.fixture
def folder(drawn, tmp_path, monkeypatch):
    """Where the shop is, with its new tree and what people said of it."""
    shutil.copy(drawn, tmp_path / "shop.db")
    (tmp_path / "new.txt").write_text("\n".join(NEW_PATHS) + "\n")
    with (tmp_path / "mapping.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("id", "category", "answer", "verdict"))
        for old, new in COUNTERPARTS.items():
            writer.writerow((old, old, "", " | ".join(new) or "none of these"))
        writer.writerow(("Hats", "Hats", "", "Footwear"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


GO = ("migrate", "shop.db", "--to", "new.txt", "--mapping", "mapping.csv")


def test_it_shows_first_and_carries_out_when_it_is_told_to(folder):
    rows = dump(folder / "shop.db")

    shown = run(*GO, code=3)
    assert "have no counterpart in new" in shown.output
    dry = run(*GO, "--gone-rest", "--dry-run", "--json")
    assert dump(folder / "shop.db") == rows
    real = run(*GO, "--gone-rest", "--yes", "--who", "ana", "--json")

    told, done = json.loads(dry.output), json.loads(real.output)
    assert (told.pop("carried_out"), done.pop("carried_out")) == (False, True)
    assert told == done
    assert told["products"] == 100
    assert told["notes"] == ["mapping.csv, line 13: the left tree has no category 'Hats'"]
    assert {kind for kind, count in told["kinds"].items() if count["categories"]} == {
        *("same", "renamed", "moved", "merged", "split", "gone")
    }
    run(*GO, "--gone-rest", code=1)  # it has this tree already
    assert json.loads(run("corpus", "shop.db", "--json").output)["tree"] == "new"
    gone = json.loads(run("corpus", "shop.db", "--json").output)["gone"]
    assert gone["Accessories > Sunglasses (decided by person)"] > 5
    assert "is back from new in the tree of its shops" in run("migrate", "shop.db", "--undo").output
    assert dump(folder / "shop.db")["decided"] == rows["decided"]


def test_what_cannot_be_read_of_a_mapping_is_not_called_gone(folder):
    text = (folder / "mapping.csv").read_text()
    (folder / "mapping.csv").write_text(text.replace("none of these", "=1+1", 1))
    refused = run(*GO, "--gone-rest", code=1)
    assert "has 1 rows that cannot be used" in " ".join(refused.output.split())
    (folder / "mapping.csv").write_text("id,category,answer,verdict\nHats,Hats,,Footwear\n")
    refused = run(*GO, "--gone-rest", "--yes", code=1)
    assert "says nothing of these two trees" in " ".join(refused.output.split())


def test_a_report_takes_the_place_of_nothing_that_is_read(folder):
    (folder / "mapping.json").write_text("{}")
    before = (folder / "new.txt").read_bytes()
    (folder / "report.json").symlink_to(folder / "new.txt")
    refused = run(*GO, "-o", "report.json", code=2)
    assert "take the place of report.json" in " ".join(refused.output.split())
    assert (folder / "new.txt").read_bytes() == before


def test_a_name_that_is_no_text_is_written_with_question_marks(folder):
    run(*GO, "--gone-rest", "--yes", "--who", "an\udcffa")
    with Corpus.open("shop.db", read_only=True) as corpus:
        assert corpus.db.execute("select who from tree_changes").fetchone() == ("an?a",)
    run("migrate", "shop.db", "--undo", "--who", "\udcff")


def test_a_report_says_what_moved_and_takes_back_what_people_say_of_products(folder):
    run(*GO, "--gone-rest", "-o", "report.xlsx", "-o", "report.html", "-o", "report.json")

    book = openpyxl.load_workbook(folder / "report.xlsx")
    assert book.sheetnames == ["summary", "categories", "to review"]
    rows = {row[1]: row for row in book["categories"].iter_rows(min_row=2, values_only=True)}
    assert rows["Women > Shoes"][:3] == ("merged", "Women > Shoes", "Footwear")
    assert rows[BAGS][:3] == ("split", BAGS, " | ".join(PARTS_OF_BAGS))
    review = list(book["to review"].iter_rows(min_row=2, values_only=True))
    assert {row[2] for row in review} == {BAGS}
    page = (folder / "report.html").read_text()
    assert "would go over to the tree new" in page
    assert page.index("<h2>gone") < page.index("<h2>split") < page.index("<h2>same")
    sheet = book["to review"]
    for number in range(2, len(review) + 2):
        sheet.cell(number, 5).value = PARTS_OF_BAGS[number % 2]
    sheet.cell(2, 5).value = "Hats"
    book.active = 2
    for name in ("summary", "categories"):
        del book[name]
    book.save(folder / "told.xlsx")

    done = json.loads(run(*GO, "--gone-rest", "--products", "told.xlsx", "--yes", "--json").output)

    assert done["split_products"] == {"told_apart": len(review) - 1, "to_review": 1}
    assert done["notes"][-1] == "told.xlsx, line 2: the new tree has no 'Hats'"
    with Corpus.open(folder / "shop.db") as corpus:
        found = ids_by_label(corpus)
    assert found[BAGS] == [review[0][0]]
    assert set(found[PARTS_OF_BAGS[0]]) | set(found[PARTS_OF_BAGS[1]]) == {
        row[0] for row in review[1:]
    }


def test_trees_are_kept_and_shown(folder):
    (folder / "other.txt").write_text("Shoes\nShoes > Boots\n")

    run("trees", "shop.db", "--add", "other.txt", "--name", "google")
    run("trees", "shop.db", "--add", "other.txt", "--name", "google")
    trees = json.loads(run("trees", "shop.db", "--json").output)["trees"]

    assert [(tree["name"], tree["leaves"], tree["counts"]) for tree in trees][1:] == [
        ("google", 1, False)
    ]
    assert trees[0]["counts"]
    (folder / "other.txt").write_text("Hats\n")
    result = run("trees", "shop.db", "--add", "other.txt", "--name", "google", code=1)
    assert "another tree under the name 'google'" in result.output
    assert "(the shops' own)" in run("trees", "shop.db").output


def test_a_model_of_the_new_tree_is_asked_and_one_of_the_old_is_moved(folder):
    build_model_dir(folder / "model")
    (folder / "products.csv").write_text(
        "id,name,category\n1,brown bag,Things\n2,blue jeans,Things\n3,hat,Things\n4,boots,Shoes\n"
    )
    run("import", "products.csv", "small.db", "--source-name", "s")
    (folder / "tree.txt").write_text("Bags\nClothes > Trousers > Jeans\nFootwear > Boots\n")
    (folder / "few.csv").write_text(
        "id,category,answer,verdict\n,Things,,Bags | Clothes\n,Shoes,,Footwear\n"
    )

    go = ("migrate", "small.db", "--to", "tree.txt", "--mapping", "few.csv", "--ask", "model")
    told = json.loads(
        run(*go, "--model", "model", "--model-out", "moved", "--yes", "--json").output
    )

    assert told["split_products"] == {"told_apart": 2, "to_review": 1}
    with Corpus.open(folder / "small.db") as corpus:
        assert {row.id: row.category_id for row in corpus.rows()} == {
            "s:1": "Bags",
            "s:2": "Clothes",
            "s:3": None,
            "s:4": "Footwear",
        }
    assert told["model"] == {
        "folder": "moved",
        "categories": 4,
        "answered": 1,
        "without_place": 2,
        "is_plain": False,
    }
    found = run("predict", "--name", "boots", "--model", "moved", "--json")
    assert json.loads(found.output)["path"] == ["Footwear"]
    measured = json.loads(run("evaluate", "small.db", "--model", "moved", "--json").stdout)
    # Of the three with a label one is of its only category.
    assert (measured["products"], measured["models"][0]["categories"]) == (3, 1)
    assert measured["models"][0]["taught"]["products"] == 1
    refused = run("calibrate", "moved", "small.db", "--out", "calibrated", code=1)
    assert "its raw scores are of no use there" in refused.output


def test_where_the_corpus_cannot_go_over_no_model_is_left(folder):
    build_model_dir(folder / "model")
    words = ("--model", "model", "--model-out", "moved", "--yes")

    assert "have no counterpart" in run(*GO, *words, code=1).output
    assert "None of the 4 categories" in run(*GO, "--gone-rest", *words, code=1).output

    assert not (folder / "moved").exists()
    assert json.loads(run("corpus", "shop.db", "--json").output)["tree"] == ""


def test_answers_are_given_in_another_tree_by_file_or_by_name(folder):
    build_model_dir(folder / "model")
    (folder / "new.csv").write_text("id,name\n1,brown bag\n2,blue jeans\n3,shoes\n")
    (folder / "google.txt").write_text("1 - Luggage\n2 - Footwear\n")
    (folder / "to-google.csv").write_text(
        "id,category,answer,verdict\n,Bags,,Luggage\n,Shoes > Boots,,Footwear\n"
        ",Shoes > Sandals,,Footwear\n,Clothes > Trousers > Jeans,,none of these\n"
    )
    run("trees", "shop.db", "--add", "google.txt", "--name", "google")

    words = ("categorize", "new.csv", "--model", "model", "--mapping", "to-google.csv")
    run(*words, "-o", "by-file.csv", "--as", "google.txt")
    run(*words, "-o", "by-name.csv", "--as", "google", "--trees", "shop.db", "--processes")

    with (folder / "by-file.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["category"], row["reason"]) for row in rows] == [
        *(("Luggage", ""), ("", "no place in this tree"), ("Footwear", ""))
    ]
    assert (folder / "by-name.csv").read_text() == (folder / "by-file.csv").read_text()
    assert (
        "has no tree 'hats'"
        in run(*words, "-o", "no.csv", "--as", "hats", "--trees", "shop.db", code=1).output
    )
    assert "no corpus is named" in run("predict", "--name", "bag", "--as", "hats", code=1).output
    run("predict", "--name", "bag", "--mapping", "to-google.csv", code=2)
    answer = run(
        *("predict", "--name", "bag", "--model", "model", "--json", "--as", "google.txt"),
        *("--mapping", "to-google.csv"),
    )
    assert json.loads(answer.output)["path"] == ["Luggage"]


def test_options_that_do_not_go_together_are_refused(folder):
    rows = dump(folder / "shop.db")
    for words in (
        ("migrate", "shop.db"),
        (*GO, "--dry-run", "--yes"),
        (*GO, "--model", "x"),
        ("migrate", "shop.db", "--undo", "--to", "new.txt"),
        ("trees", "shop.db", "--name", "x"),
    ):
        run(*words, code=2)
    assert "is not named so" in run(*GO, "-o", "report.doc", code=1).output
    assert "has no category 'Hats'" in run(*GO, "--gone", "Hats", code=1).output
    assert dump(folder / "shop.db") == rows
