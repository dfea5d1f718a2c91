import csv

import pytest

from prodcat.tables.csv_records import Dialect, Records
from prodcat.tables.table import open_table
from tests.tables.files import rows, write


def texts(products):
    return [(row.id, row.name, row.problems) for row in products]


def test_broken_lines_of_csv_are_told(tmp_path):
    products = rows(write(tmp_path / "a.csv", "id,name\n1,a,b\n2\n\n4,d\n"))
    assert products[0].error == "3 cells under 2 column names"
    assert products[1].problems == ("fewer cells than columns",)
    assert (products[2].id, products[2].name) == ("4", "d")


@pytest.mark.parametrize("after", [0, 3, 1500])
def test_a_quote_that_is_never_closed_is_a_letter_of_its_own_row(tmp_path, after):
    lines = ["id,name", "1,a", '2,"b', *(f"{i},c" for i in range(after))]
    products = rows(write(tmp_path / "a.csv", "\n".join(lines)))

    assert products[0].name == "a"
    assert texts(products[1:2]) == [("2", '"b', ("a quote is not closed",))]
    assert [row.id for row in products[2:]] == [str(i) for i in range(after)]
    assert not any(row.error or row.problems for row in products[2:])


def test_a_row_with_an_open_quote_and_too_few_cells_is_told_and_costs_no_other(tmp_path):
    products = rows(write(tmp_path / "a.csv", 'id,name,description\n1,"Boots\n2,Bag,Red\n'))
    assert [row.error for row in products] == ["a quote is not closed", None]
    assert products[1].name == "Bag"


@pytest.mark.parametrize("delimiter", [",", ";", "|"])
def test_a_stray_quote_that_a_later_row_closes_swallows_no_rows(tmp_path, delimiter):
    lines = ["id,name,description", '1,"Denim jacket,Blue', "2,Belt,Brown", '3,Screen 27",Flat']
    text = "\n".join(lines).replace(",", delimiter)
    products = rows(write(tmp_path / "a.csv", text))
    assert [row.name for row in products] == ['"Denim jacket', "Belt", 'Screen 27"']


def test_a_quote_that_is_closed_may_span_lines(tmp_path):
    products = rows(write(tmp_path / "a.csv", 'id,name\n1,"a\n\nb"\n2,c\n'))
    assert [(row.id, row.name.split()) for row in products] == [("1", ["a", "b"]), ("2", ["c"])]


def test_cells_of_several_lines_may_have_as_many_delimiters_as_the_table(tmp_path):
    text = 'id,name,description\n1,Scarf,"soft, warm\nand nice, too"\n2,Hat,x\n'
    products = rows(write(tmp_path / "a.csv", text))
    assert [row.description for row in products] == ["soft, warm\nand nice, too", "x"]


def test_quotes_of_tab_separated_text_are_letters_unless_they_are_whole(tmp_path):
    text = 'id\tname\n1\t"Best dad" mug\n2\t"Wide jeans\n3\t"Red ""M"" cap"\n4\tTV 32"\n'
    products = rows(write(tmp_path / "a.tsv", text))
    assert [row.name for row in products] == [
        '"Best dad" mug',
        '"Wide jeans',
        'Red "M" cap',
        'TV 32"',
    ]
    assert not any(row.problems for row in products)


def test_quoted_cells_of_tab_separated_text_may_span_lines(tmp_path):
    text = 'id\tname\tdescription\n1\tBelt\t"line one\nline ""two"""\n2\tCap\t"a\tb"\n'
    products = rows(write(tmp_path / "a.tsv", text))
    assert [row.description for row in products] == ['line one\nline "two"', "a\tb"]


def test_open_quotes_in_every_row_take_no_longer_than_the_rows(tmp_path, monkeypatch):
    # Each row opens a quote anew behind one that it closes, so each looks far ahead in vain.
    path = write(tmp_path / "a.csv", "id,name,description\n" + 'a",,"c\n' * 5000)
    parsed = 0
    reader = csv.reader

    def count(lines, **options):
        def counted():
            nonlocal parsed
            for line in lines:
                parsed += 1
                yield line

        return reader(counted(), **options)

    monkeypatch.setattr("prodcat.tables.csv_records.csv.reader", count)
    products = rows(path)
    assert len(products) == 5000
    assert all(row.problems or row.error for row in products)
    assert parsed < 30 * 5000


def test_a_megabyte_of_text_is_read_whole(tmp_path):
    (row,) = rows(write(tmp_path / "a.csv", f"name\n{'x' * 1_000_000}\n"))
    assert len(row.name) == 1_000_000


def test_a_line_that_never_ends_is_one_row_that_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr("prodcat.tables.csv_records.MAX_CELL_CHARS", 100)
    path = write(tmp_path / "a.csv", f"id,name\n1,{'x' * 1000}\n2,b\n")
    products = rows(path)
    assert products[0].error == "a row of more than 100 characters"
    assert [row.name for row in products[1:]] == ["b"]


def test_column_names_again_are_told_and_are_no_rows(tmp_path):
    path = write(tmp_path / "a.csv", "id,name\n1,a\nid,name\n2,b\n\ufeffid,name\n3,c\n")
    table = open_table(path)
    assert [row.id for row in table.rows()] == ["1", "2", "3"]
    assert "2 more lines of column names passed over" in table.notes
    assert [row.id for row in table.rows(start=1)] == ["2", "3"]


@pytest.mark.parametrize(
    "text",
    ["id,name,\n1,a,\n2,b,\n", "id,name\n1,a,\n2,b,,\n", "\n\nid,name\n1,a\n \n2,b\n\x1a"],
    ids=["delimiters at the ends", "at those of the rows alone", "blank lines and Ctrl-Z"],
)
def test_what_holds_nothing_is_no_row_and_no_cell(tmp_path, text):
    products = rows(write(tmp_path / "a.csv", text))
    assert texts(products) == [("1", "a", ()), ("2", "b", ())]


def test_nul_characters_are_left_out_and_told(tmp_path):
    table = open_table(write(tmp_path / "a.csv", "id,name\n1,Bl\0ue\n"))
    assert [row.name for row in table.rows()] == ["Blue"]
    assert "NUL characters left out: 1" in table.notes


def test_a_line_end_of_another_kind_within_a_row_of_tab_separated_text_is_a_space():
    # Of signs that are taken out of a damaged text, behind which no line was seen to end.
    records = Records(iter(['1\t"Wide\tjeans"\told\rsize\n']), Dialect("\t", quotes_first=False))
    records.width = 3
    assert [record.cells for record in records] == [["1", "Wide\tjeans", "old size"]]
