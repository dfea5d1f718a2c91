"""Folders of table files, partitions, and patterns."""

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from prodcat.tables.table import open_table
from tests.tables.files import rows, write
from tests.tables.test_files_table import write_parts


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "txt"])
def test_a_folder_of_text_tables_is_one_table(tmp_path, suffix):
    line = '{{"id": "{0}", "name": "Hat"}}\n' if suffix == "jsonl" else "{0};Hat\n"
    for part in range(3):
        header = "" if suffix == "jsonl" else "id;name\n"
        write(tmp_path / f"part-{part}.{suffix}", header + line.format(part))
    write(tmp_path / f"part-9.{suffix}", "")
    write(tmp_path / "_SUCCESS", "")
    (tmp_path / "images").mkdir()
    table = open_table(tmp_path)
    assert [row.id for row in table.rows()] == ["0", "1", "2"]
    assert table.notes[0] == "3 files"
    assert "empty files: 1" in table.notes


def test_objects_of_several_files_may_have_other_fields(tmp_path):
    write(tmp_path / "a.jsonl", '{"id": 1, "name": "Hat"}\n')
    write(tmp_path / "b.jsonl", '{"id": 2, "name": "Cap", "description": "Wide"}\n')
    assert [row.description for row in rows(tmp_path)] == ["", "Wide"]


def test_files_that_are_not_read_are_told(tmp_path):
    ids = write_parts(tmp_path / "parts", "parquet", [2])
    write(tmp_path / "parts" / "statistics.csv", "a,b\n1,2\n")
    table = open_table(tmp_path / "parts")
    assert [row.id for row in table.rows()] == ids
    assert "passed over: 1 × .csv" in table.notes


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_names_of_partitions_are_columns(tmp_path, format):
    table = pa.table(
        {
            "id": ["1", "2", "3"],
            "name": ["Hat", "Boots", "Belt"],
            "category": ["Caps", "Shoes > Boots", None],
        }
    )
    partitioning = ds.partitioning(pa.schema([("category", pa.string())]), flavor="hive")
    ds.write_dataset(table, tmp_path / "shop", format=format, partitioning=partitioning)
    expected = {("1", ("Caps",)), ("2", ("Shoes", "Boots")), ("3", ())}
    for place in (tmp_path / "shop", tmp_path / "shop" / "*" / f"*.{format}"):
        assert {(row.id, row.category) for row in rows(place)} == expected


@pytest.mark.parametrize("start", [0, 1, 2, 3, 4])
def test_reading_partitions_can_start_further_down(tmp_path, start):
    for category in ("a", "b"):
        folder = tmp_path / f"category={category}"
        folder.mkdir()
        products = pa.table({"id": [f"{category}1", f"{category}2"], "name": ["x", "y"]})
        pq.write_table(products, folder / "part.parquet")
    found = [(row.id, row.category) for row in open_table(tmp_path).rows(start)]
    assert found == [(f"{c}{n}", (c,)) for c in "ab" for n in "12"][start:]


def test_a_link_that_leads_nowhere_is_passed_over_and_told(tmp_path):
    write(tmp_path / "a.csv", "id,name\n1,Hat\n")
    (tmp_path / "b.csv").symlink_to(tmp_path / "gone.csv")
    table = open_table(tmp_path)
    assert [row.id for row in table.rows()] == ["1"]
    assert "links that lead nowhere: 1" in table.notes


def test_how_several_files_are_read_is_told_by_kind(tmp_path):
    write(tmp_path / "a.csv", "id,name\n1,Hat\n")
    write(tmp_path / "b.csv", "id;name\n2;Cap\n")
    notes = open_table(tmp_path / "*.csv").notes
    assert notes[0] == "2 files"
    assert set(notes[1:]) == {
        "1 × delimiter , · encoding UTF-8",
        "1 × delimiter ; · encoding UTF-8",
    }
