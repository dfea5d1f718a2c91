"""Delimiters, quotes and the line of column names, found out from the text."""

import pytest

from prodcat.errors import InputError, TableError
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table import open_table
from tests.tables.files import rows, write

SHOP = [("sku", "title", "price"), ("A", "Jeans, blue; wide", "9,90"), ("B", "Rock", "1.299,00")]


@pytest.mark.parametrize(("delimiter", "name"), [(";", ";"), ("\t", "tab"), ("|", "|"), (",", ",")])
@pytest.mark.parametrize("file", ["a.csv", "A.CSV", "a.tsv", "a.txt", "a.export"])
def test_the_delimiter_is_found_whatever_the_file_is_called(tmp_path, delimiter, name, file):
    cells = [[f'"{cell}"' if delimiter in cell else cell for cell in row] for row in SHOP]
    table = open_table(write(tmp_path / file, "\n".join(map(delimiter.join, cells))))
    assert [(row.id, row.name, row.price) for row in table.rows()] == SHOP[1:]
    assert f"delimiter {name}" in table.notes


def test_excels_line_of_the_delimiter_is_no_header(tmp_path):
    path = write(tmp_path / "a.csv", '\ufeffsep=^\r\nid^name\r\n1^"a^b"\r\n')
    assert [(row.id, row.name) for row in rows(path)] == [("1", "a^b")]


def test_a_delimiter_that_is_told_counts(tmp_path):
    path = write(tmp_path / "a.csv", "id~name,x\n1~a,b\n")
    (row,) = rows(path, read_as=ReadAs(delimiter="~"), columns={"name": "name,x"})
    assert (row.id, row.name) == ("1", "a,b")


@pytest.mark.parametrize("delimiter", ["", "::", '"', "\n"])
def test_what_can_be_no_delimiter_is_told(delimiter):
    with pytest.raises(InputError, match="delimiter is one character"):
        ReadAs(delimiter=delimiter)


def test_a_table_of_one_column_may_have_any_sign_in_it(tmp_path):
    table = open_table(write(tmp_path / "a.csv", 'name\nJeans, blue\n"Shoes; red"\n'))
    assert [row.name for row in table.rows()] == ["Jeans, blue", "Shoes; red"]
    assert "one column" in table.notes


def test_quotes_may_stand_behind_spaces_and_be_single(tmp_path):
    spaced = write(tmp_path / "a.csv", 'id, "name"\n1, "Hat, wide"\n')
    single = write(tmp_path / "b.csv", "'id','name'\n'1','Hat, wide'\n")
    assert [[row.name for row in rows(path)] for path in (spaced, single)] == [["Hat, wide"]] * 2


@pytest.mark.parametrize(
    ("lines", "passed"),
    [
        (["Stock of May", "", "shop;north"], 2),
        (["# all shops; by night", "#"], 2),
        ([";;;", ";;;"], 2),
        (['"# Required | id";"# Required | name";"# Optional | text";"# Optional | brand"'], 1),
        (["TemplateType=fptcustom;Version=2;Do not modify;", "SKU;Name;Text;Brand"], 2),
    ],
    ids=["report", "remarks", "empty cells", "template", "flat file"],
)
def test_lines_before_the_column_names_are_passed_over_and_told(tmp_path, lines, passed):
    text = "\n".join([*lines, "id;name;description;brand", "1;Hat;Wide;Acme", "2;Cap;;"])
    table = open_table(write(tmp_path / "a.csv", text))
    assert [(row.id, row.name) for row in table.rows()] == [("1", "Hat"), ("2", "Cap")]
    told = f"{passed} line{'s' * (passed > 1)} before the column names passed over"
    assert told in table.notes


def test_a_newer_flat_file_tells_where_its_column_names_are(tmp_path):
    settings = "settings=attributeRow=4&labelRow=3&dataRow=6"
    lines = [settings, "Listing\t\t", "SKU\tName\tBrand", "a#1\tb#1\tc#1", "ABC\te.g. Boots\tAcme"]
    path = write(tmp_path / "a.txt", "\n".join([*lines, "7\tHat\tAcme"]))
    assert [(row.id, row.name) for row in rows(path)] == [("7", "Hat")]


@pytest.mark.parametrize("text", ["id,name\n1,a,b\n2,c,d\n", "name,id,brand\n,,Acme\nHat,,\n"])
def test_column_names_that_are_fewer_or_more_than_cells_are_no_preamble(tmp_path, text):
    table = open_table(write(tmp_path / "a.csv", text))
    assert not any("passed over" in note for note in table.notes)
    assert len(list(table.rows())) == 2


def test_invisible_signs_around_column_names_do_not_count(tmp_path):
    table = open_table(write(tmp_path / "a.csv", "id,\xa0name\u200b\n1,Hat\n"))
    assert table.format.columns == ("id", "name")


def test_a_file_without_column_names_is_told(tmp_path):
    with pytest.raises(TableError, match="line of column names"):
        open_table(write(tmp_path / "a.csv", "\n \n,,\n"))
