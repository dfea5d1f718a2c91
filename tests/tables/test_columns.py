import pytest

from prodcat.errors import TableError
from prodcat.tables.columns import FIELDS, PRODUCT_FIELDS, match_columns
from prodcat.tables.table import open_table
from tests.tables.files import rows, write


def test_columns_can_be_named(tmp_path):
    path = write(tmp_path / "a.csv", "key,label,a,b,text\n7,Boots,Women,,Warm\n")
    columns = {"id": "key", "name": "label", "category": "a,b", "description": ["text", "label"]}
    (row,) = rows(path, columns=columns)
    assert (row.id, row.name, row.category, row.description) == (
        "7",
        "Boots",
        ("Women",),
        "Warm Boots",
    )


def test_a_field_can_be_left_out(tmp_path):
    path = write(tmp_path / "a.csv", "id,name,image\n1,Boots,no.jpg\n")
    assert open_table(path, columns={"image": ""}).columns == {"id": ("id",), "name": ("name",)}


def test_only_the_wanted_fields_are_read(tmp_path):
    path = write(tmp_path / "a.csv", "id,name,category\n1,Boots,Shoes\n")
    (row,) = rows(path, fields=PRODUCT_FIELDS)
    assert (row.name, row.category) == ("Boots", ())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"name": "titel"}, "no column 'titel' for the name. It has: id, words, a,b"),
        ({"category": "words,nope"}, "no column 'nope' for the category"),
        ({"naem": "words"}, "Unknown field 'naem'"),
        ({"id": "id,words"}, "read from one column, not from 2"),
        ({}, "no column that looks like a name"),
    ],
)
def test_columns_that_do_not_fit_are_told(tmp_path, columns, message):
    path = write(tmp_path / "a.csv", 'id,words,"a,b"\n')
    with pytest.raises(TableError, match=message):
        open_table(path, columns=columns)


def test_a_table_without_column_names_is_told_how_to_get_them():
    with pytest.raises(
        TableError, match=r"--column name=title\. If its first row is a product, put"
    ):
        match_columns(["17", "Boots", "9.90"], {}, FIELDS, "t.csv")
    with pytest.raises(TableError, match=r"--column name=title\.$"):
        match_columns(["id", "Boots", "price"], {}, FIELDS, "t.csv")
