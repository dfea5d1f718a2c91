import pytest

from prodcat.tables.words import read_price
from tests.tables.files import rows, write


@pytest.mark.parametrize("word", ["nan", "NaN", "NULL", "None", "<NA>", r"\N", "N/A", "#N/A", "na"])
def test_a_word_for_nothing_is_nothing(tmp_path, word):
    line = f"{word},{word},Boots,{word},{word},{word}\n"
    path = write(tmp_path / "a.csv", "id,name,description,category,image,brand\n" + line)
    (row,) = rows(path)
    assert (row.id, row.name, row.category, row.image, row.brand) == ("", "", (), None, "")
    assert set(row.null_words) == {"id", "name", "category"}
    (kept,) = rows(path, keep_null_words=True)
    assert (kept.id, kept.name) == (word, word)


def test_words_that_hold_one_are_words(tmp_path):
    path = write(tmp_path / "a.csv", "id,name\n1,Nan bread\n2,None of the above\n")
    assert [row.name for row in rows(path)] == ["Nan bread", "None of the above"]


def test_ids_that_a_spreadsheet_has_changed(tmp_path):
    path = write(tmp_path / "a.csv", 'id,name\n"=""00123""",a\n1.23457E+11,b\n')
    first, second = rows(path)
    assert first.id == "00123"
    assert second.problems == ("id was rounded by a spreadsheet",)


@pytest.mark.parametrize(
    ("written", "price", "currency"),
    [
        ("9.90", 9.9, ""),
        ("9,90", 9.9, ""),
        ("1,299", 1299.0, ""),
        ("1.299,00", 1299.0, ""),
        ("1,299.00", 1299.0, ""),
        ("1 299,00 zł", 1299.0, "PLN"),
        ("1'299.50 CHF", 1299.5, "CHF"),
        ("€ 12", 12.0, "EUR"),
        ("$9.90", 9.9, ""),
        ("9.90 EUR", 9.9, "EUR"),
        ("nan", None, ""),
        ("inf", None, ""),
        ("", None, ""),
    ],
)
def test_prices_are_read_as_shops_write_them(written, price, currency):
    assert read_price(written) == (price, currency)
