"""A whole check of a drawn corpus, what is written of it, and what comes back."""

import csv

import openpyxl
import pytest

from prodcat.corpus.corrections import Correction, correct, decisions_of
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, InputError
from prodcat.importing import import_products
from prodcat.modeldir.reading import read_model_dir
from prodcat.review.checking import check_corpus, common_levels
from prodcat.review.writing import COLUMNS, to_frame, write_check
from prodcat.search.duplicates.finding import find_duplicates
from prodcat.training.held_out import answer_held_out
from prodcat.vectors.corpus import embed_corpus
from prodcat.vectors.product_vectors import VectorMaker
from tests.model_files import build_model_dir
from tests.toy import draw_corpus

pytestmark = pytest.mark.slow
SIBLINGS = ("Women > Dresses", "Women > Skirts")


def named_plainly(corpus):
    """Products whose name says what they are, of categories whose names do."""
    return [
        row
        for row in corpus.rows()
        if row.category_id in set(SIBLINGS)
        and any(word in row.name.lower() for word in ("dress", "skirt"))
    ]


def checked(file, *, duplicates=True):
    near = find_duplicates(file) if duplicates else None
    vectors = embed_corpus(file, VectorMaker(read_model_dir(file.parent.parent / "model")))
    with Corpus.open(file, read_only=True) as corpus:
        return check_corpus(corpus, vectors, answer_held_out, duplicates=near)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("check")
    build_model_dir(folder / "model")
    file = draw_corpus(folder / "shop", products=400)
    with Corpus.open(file) as corpus:
        wrong = named_plainly(corpus)[::9][:6]
        for row in wrong:
            other = SIBLINGS[row.category_id == SIBLINGS[0]]
            corpus.db.execute("update products set category_id = ? where id = ?", (other, row.id))
        # Nothing to go by, and no picture.
        corpus.db.execute(
            "update products set name = 'XQ-77', description = '', image_sha256 = null"
            " where id = (select id from products where category_id = 'Bags' limit 1)"
        )
        corpus.db.conn.commit()
    return file, {row.id: row.category_id for row in wrong}


@pytest.fixture(scope="module")
def found(shop):
    return checked(shop[0])


def test_labels_that_are_wrong_come_with_the_right_one(shop, found):
    _, wrong = shop
    labels = {each.product_id: each for each in found.suspicions if each.kind == "label"}
    asked = {product for each in labels.values() for product in (each.product_id, *each.alike)}
    assert len(asked & wrong.keys()) >= 4
    seen = [each for product, each in labels.items() if product in wrong]
    assert [each.suggestion for each in seen] == [wrong[each.product_id] for each in seen]
    assert "is in" in seen[0].reason
    assert 0 < found.rate < 0.2


def test_the_most_worthwhile_comes_first_and_each_kind_has_its_reason(found):
    values = [each.value for each in found.suspicions]
    assert values == sorted(values, reverse=True)
    assert all(0 <= value <= 1 for value in values)
    assert all(each.reason.endswith(".") for each in found.suspicions)
    counts = found.counts()
    assert counts["poor"] == 1
    assert counts["duplicates"] > 0


def test_what_was_decided_is_not_asked_again(shop, found):
    file, wrong = shop
    first = next(each for each in found.suspicions if each.product_id in wrong)
    with Corpus.open(file) as corpus:
        correct(corpus, [Correction(first.product_id, first.suggestion, who="ana")])
    again = checked(file, duplicates=False)
    assert first.product_id not in {each.product_id for each in again.suspicions}
    assert again.decided == 1


def test_a_table_is_decided_in_and_comes_back(shop, found, tmp_path):
    file, wrong = shop
    write_check(found, tmp_path / "look.xlsx", pictures=None)
    book = openpyxl.load_workbook(tmp_path / "look.xlsx")
    sheet = book["suspicions"]
    assert tuple(cell.value for cell in sheet[1]) == COLUMNS
    decided = {}
    for row in sheet.iter_rows(min_row=2):
        product, answer = row[0].value, row[3].value
        if product in wrong and row[5].value == "label":
            row[4].value = "answer"
            decided[product] = answer
    book.save(tmp_path / "decided.xlsx")
    with Corpus.open(file) as corpus:
        import_products(tmp_path / "decided.xlsx", corpus)
        assert decisions_of(corpus, decided) == {product: wrong[product] for product in decided}


def test_a_table_and_a_frame_have_all_and_a_page_shows_pictures(shop, found, tmp_path):
    file, _ = shop
    for name in ("look.csv", "look.html"):
        with Corpus.open(file, read_only=True) as corpus:
            write_check(found, tmp_path / name, pictures=corpus.images)
    with (tmp_path / "look.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    frame = to_frame(found)
    assert [row["id"] for row in rows] == list(frame["id"])
    assert len(rows) == len(found.suspicions)
    page = (tmp_path / "look.html").read_text()
    assert "Labels that look wrong" in page
    assert "data:image/jpeg;base64," in page
    assert "<script" not in page
    with pytest.raises(InputError, match="is not named so"):
        write_check(found, tmp_path / "look.txt")


def test_vectors_of_another_state_and_too_few_labels_are_refused(shop, tmp_path):
    file, _ = shop
    model = read_model_dir(file.parent.parent / "model")
    small = draw_corpus(tmp_path / "small", products=30)
    vectors = embed_corpus(small, VectorMaker(model))
    with (
        Corpus.open(small, read_only=True) as corpus,
        pytest.raises(CorpusError, match="a check takes 50 of 2 at least"),
    ):
        check_corpus(corpus, vectors, answer_held_out)
    with (
        Corpus.open(file, read_only=True) as corpus,
        pytest.raises(CorpusError, match="embed it anew"),
    ):
        check_corpus(corpus, vectors, answer_held_out)


def test_levels_of_paths_of_several_lengths():
    paths = [("A",), ("A", "B"), ("A", "B", "C"), ("D", "B")]
    assert common_levels(paths).tolist() == [
        [1, 1, 1, 0],
        [1, 2, 2, 0],
        [1, 2, 3, 0],
        [0, 0, 0, 2],
    ]
