import csv
import json

import pytest

from prodcat.errors import InputError
from prodcat.search.duplicates import find_duplicates
from prodcat.search.duplicates.writing import COLUMNS, check_output, rows_of, write_duplicates
from prodcat.tables.table import open_table
from tests.search.duplicates.shop import picture, write_shop

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def shop(tmp_path):
    rows = [
        ("=1+1", f"Nike Boots {EVIL} x", "", "Shoes > Boots", "a.jpg"),
        ("2", f"Nike Boots {EVIL} x", "", f"Bags > {EVIL} b", "a.jpg"),
        ("3", "Puma Blue Socks", "", "", ""),
        ("4", "Puma Red Socks", "", "", "broken.jpg"),
    ]
    return write_shop(tmp_path, rows, a=picture(1), broken=b"broken")


def test_each_kind_of_table_has_the_same_rows(shop, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    parquet = pytest.importorskip("pyarrow.parquet")
    found = find_duplicates(shop)
    expected = [list(row.values()) for row in rows_of(found)]
    assert len(expected) == 4
    files = {suffix: tmp_path / f"out.{suffix}" for suffix in ("csv", "jsonl", "parquet", "xlsx")}
    remarks = {suffix: write_duplicates(found, file) for suffix, file in files.items()}

    lines = [json.loads(line) for line in files["jsonl"].read_text("utf-8").splitlines()]
    assert [list(line.values()) for line in lines] == expected
    assert [list(r.values()) for r in parquet.read_table(files["parquet"]).to_pylist()] == expected
    with files["csv"].open(encoding="utf-8-sig", newline="") as stream:
        table = list(csv.reader(stream))
    assert table[0] == list(COLUMNS)
    assert [row[6] for row in table[1:]] == [row[6] for row in expected]
    assert "formula" in remarks["csv"][0]
    sheet = openpyxl.load_workbook(files["xlsx"]).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[6] for row in cells] == [row[6] for row in expected]
    assert sheet["G2"].data_type == "s"


def test_the_page_holds_all_it_shows_and_no_marks_of_strangers(shop, tmp_path):
    found = find_duplicates(shop)
    write_duplicates(found, tmp_path / "out.html", table=open_table(shop))
    page = (tmp_path / "out.html").read_text("utf-8")
    assert "<script" not in page
    assert "http:" not in page
    assert "https:" not in page
    assert page.count("data:image/jpeg;base64,") == 2
    assert page.count("no picture") == 2
    assert "contradicting categories" in page


def test_a_page_without_groups_is_a_page(tmp_path):
    found = find_duplicates(write_shop(tmp_path, []))
    write_duplicates(found, tmp_path / "out.html")
    assert "0 of 0 products" in (tmp_path / "out.html").read_text("utf-8")


@pytest.mark.parametrize("name", ["out.txt", "out", "missing/out.csv"])
def test_other_files_are_refused_before_any_work(tmp_path, name):
    with pytest.raises(InputError):
        check_output(tmp_path / name)
