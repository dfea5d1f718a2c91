import pytest

from tests.tables.files import rows, write


def test_broken_lines_of_csv_are_told(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"id,name\n1,a,b\n2\n\n3,caf\xe9\n4,d\n")
    products = rows(tmp_path / "a.csv")
    assert products[0].error == "3 cells under 2 column names"
    assert products[1].problems == ("fewer cells than columns",)
    assert products[2].problems == ("text that is not UTF-8",)
    assert (products[3].id, products[3].name) == ("4", "d")


@pytest.mark.parametrize("after", [0, 3, 1500])
def test_a_quote_that_is_never_closed_costs_its_own_row_alone(tmp_path, after):
    lines = ["id,name", "1,a", '2,"b', *(f"{i},c" for i in range(after))]
    products = rows(write(tmp_path / "a.csv", "\n".join(lines)))

    assert products[0].name == "a"
    assert products[1].error == "a quote is not closed"
    assert [row.id for row in products[2:]] == [str(i) for i in range(after)]
    assert not any(row.error for row in products[2:])


def test_a_quote_that_is_closed_may_span_lines(tmp_path):
    products = rows(write(tmp_path / "a.csv", 'id,name\n1,"a\n\nb"\n2,c\n'))
    assert [(row.id, row.name.split()) for row in products] == [("1", ["a", "b"]), ("2", ["c"])]


def test_a_megabyte_of_text_is_read_whole(tmp_path):
    (row,) = rows(write(tmp_path / "a.csv", f"name\n{'x' * 1_000_000}\n"))
    assert len(row.name) == 1_000_000
