import openpyxl
import pytest

from prodcat.trial.evaluating import EvaluateOptions, evaluate
from prodcat.trial.workbook import write_workbook
from tests.trial.tables import HOSTILE, write_with_pictures

COLOURS = {"right": "FFE2F0D9", "wrong": "FFF8D7DA", "abstained": "FFE7E6E6"}


@pytest.fixture(scope="module")
def book(odd, tmp_path_factory):
    file = tmp_path_factory.mktemp("books") / "check.xlsx"
    write_workbook(odd, file)
    return openpyxl.load_workbook(file)


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_there_is_a_sheet_of_sums_of_products_and_of_labels(book):
    assert book.sheetnames == ["Sums", "Products", "Labels"]


def test_each_product_stands_in_a_row_with_what_each_model_says(book, odd):
    sheet = book["Products"]
    head, *rows = rows_of(sheet)

    assert head[:4] == ["row", "id", "name", "right category"]
    assert head[4:] == [
        *("six-words", "six-words: outcome", "six-words: probability"),
        *("no-pictures", "no-pictures: outcome", "no-pictures: probability"),
    ]
    assert rows[0][:6] == [1, "1", "boots", "Shoes > Boots", "Shoes > Boots", "right"]
    assert [row[1] for row in rows] == [product.id for product in odd.products]
    assert "best guess: Shoes > Boots" in rows[3][4]


def test_answers_are_green_red_or_grey(book):
    for row in book["Products"].iter_rows(min_row=2):
        assert row[4].fill.fgColor.rgb == COLOURS[row[5].value]


def test_no_text_becomes_a_formula_or_a_link(book):
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]

    assert [cell for cell in cells if cell.data_type == "f" or cell.hyperlink] == []
    assert any(str(cell.value).startswith("=HYPERLINK") for cell in cells)
    assert HOSTILE.startswith("=")


def test_the_headings_stay_and_filter(book):
    assert book["Products"].freeze_panes == "D2"
    assert book["Products"].auto_filter.ref == "A1:J11"


def test_the_sums_tell_measures_promise_and_what_was_left_out(book):
    texts = [" | ".join(str(v) for v in row if v is not None) for row in rows_of(book["Sums"])]

    assert "10 labelled products of 12 rows; 95 % intervals." in texts
    assert any(text.startswith("six-words: 98 % broken: 5 of 9") for text in texts)
    assert any(text.startswith("Leaf accuracy | 0.3 |") for text in texts)
    assert "no label | 1 | 7 | no" in texts
    assert "six-words and no-pictures | cannot be told | 0 | 0 | 1.000" in texts


def test_labels_tell_what_they_are(book):
    rows = rows_of(book["Labels"])

    assert ["six-words, no-pictures", "Shoes > Clogs", "lacking in the tree", 2, None] in rows
    respelled = "spelled otherwise in the tree"
    assert [*("six-words, no-pictures", "shoes > SANDALS", respelled, 1, "Shoes > Sandals")] in rows


def test_pictures_stand_beside_the_products(six_words, tmp_path):
    options = EvaluateOptions(image_root=tmp_path / "pictures")
    found = evaluate(write_with_pictures(tmp_path), six_words, options=options)

    write_workbook(found, tmp_path / "check.xlsx")

    sheet = openpyxl.load_workbook(tmp_path / "check.xlsx")["Products"]
    # What is numbered from 0 are the rows; that of the broken picture has none.
    assert [image.anchor._from.row for image in sheet._images] == [1, 2, 4]
    assert sheet["A1"].value == "picture"
    assert sheet["C2"].value == "a"
