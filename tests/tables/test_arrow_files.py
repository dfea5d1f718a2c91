"""Arrow files and streams, and values in Arrow's columns that cannot be read."""

import json

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

from prodcat.errors import TableError
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.table import open_table
from tests.tables.files import rows

TABLE = pa.table(
    {
        "id": [str(i) for i in range(300)],
        "product": [{"title": f"Hat {i}", "size": {"eu": i}} for i in range(300)],
        "image": [{"bytes": b"x", "path": None}] * 300,
    }
)


def write_arrow(path, kind):
    if kind == "feather":
        feather.write_feather(TABLE, path)
    else:
        new = pa.ipc.new_file if kind == "file" else pa.ipc.new_stream
        with new(path, TABLE.schema) as writer:
            writer.write_table(TABLE, max_chunksize=130)
    return path


@pytest.mark.parametrize("kind", ["feather", "file", "stream"])
@pytest.mark.parametrize("start", [0, 100, 290, 400])
def test_an_arrow_file_is_read_from_any_row(tmp_path, kind, start):
    path = write_arrow(tmp_path / "a.arrow", kind)
    table = open_table(path, columns={"name": "product.title", "group": "product.size.eu"})
    assert [(row.id, row.name, row.group) for row in table.rows(start)] == [
        (str(i), f"Hat {i}", str(i)) for i in range(start, 300)
    ]
    assert table.count() == 300


def test_fields_of_structs_of_parquet_have_names_with_dots(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    table = open_table(tmp_path / "a.parquet", columns={"name": "product.title"})
    assert next(table.rows(299)).name == "Hat 299"
    # A picture is one value.
    assert table.format.columns == (
        *("id", "product", "image"),
        *("product.title", "product.size", "product.size.eu"),
    )


def test_a_column_whose_own_name_has_a_dot_is_read(tmp_path):
    pq.write_table(pa.table({"product.name": ["Hat"], "id": [1]}), tmp_path / "a.parquet")
    assert rows(tmp_path / "a.parquet", columns={"name": "product.name"})[0].name == "Hat"


def test_two_columns_of_one_name_are_told(tmp_path):
    table = pa.table([["1"], ["Hat"], ["other"]], names=["id", "name", "name"])
    pq.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(TableError, match="2 columns called 'name'"):
        open_table(tmp_path / "a.parquet")
    (row,) = ParquetTable(tmp_path / "a.parquet").rows(["id", "name"], 0)
    assert row.values == {"id": "1", "name": "Hat"}


def test_a_time_that_python_does_not_have_is_told_in_its_row(tmp_path):
    times = pa.array([0, 2**62, 1_000_000], pa.timestamp("us"))
    table = pa.table({"id": times, "name": ["Hat", "Cap", "Bag"]})
    pq.write_table(table, tmp_path / "a.parquet")
    products = rows(tmp_path / "a.parquet")
    assert [(row.name, bool(row.id)) for row in products] == [
        ("Hat", True),
        ("Cap", False),
        ("Bag", True),
    ]
    assert products[1].problems[0].startswith("id: a value that cannot be read")


@pytest.mark.parametrize("keeps_schema", [True, False])
@pytest.mark.parametrize("size", [7_000_000, 55_000_000])
def test_rows_that_share_one_huge_value_do_not_fill_the_memory(tmp_path, keeps_schema, size):
    names = pa.DictionaryArray.from_arrays(pa.array([0] * 200), pa.array(["ab" * (size // 2)]))
    table = pa.table(
        {"id": [str(i) for i in range(200)], "name": names, "description": ["x"] * 200}
    )
    pq.write_table(table, tmp_path / "a.parquet", compression="zstd", store_schema=keeps_schema)
    del table, names
    before, highest = pa.total_allocated_bytes(), 0
    pa.default_memory_pool().release_unused()
    shared = set()
    for row in open_table(tmp_path / "a.parquet", fields=("id", "name", "description")).format.rows(
        ("id", "name", "description"), 0
    ):
        highest = max(highest, pa.total_allocated_bytes() - before)
        shared.add(id(row.values.get("name")))
        assert row.values["description"] == "x"
        assert bool(row.problems) == (size > 50_000_000)
    assert highest < 5 * size
    # One text for all rows of a batch.
    assert len(shared) <= 2


def test_a_value_that_is_too_large_is_told_in_its_row(tmp_path, monkeypatch):
    monkeypatch.setattr("prodcat.tables.arrow_rows.MAX_CELL_BYTES", 1000)
    table = pa.table({"id": ["1", "2"], "name": ["x" * 2000, "Hat"]})
    pq.write_table(table, tmp_path / "a.parquet")
    products = rows(tmp_path / "a.parquet")
    assert [row.name for row in products] == ["", "Hat"]
    assert "a value of more than" in products[0].problems[0]


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_numbers_of_class_labels_have_their_names(tmp_path, kind):
    feature = {"names": ["Shoes", "Hats"], "_type": "ClassLabel"}
    told = json.dumps({"info": {"features": {"category": feature, "name": {"_type": "Value"}}}})
    table = pa.table({"name": ["Beret", "Boots"], "category": [1, 0]})
    table = table.replace_schema_metadata({"huggingface": told})
    if kind == "parquet":
        pq.write_table(table, tmp_path / "a.parquet")
    else:
        feather.write_feather(table, tmp_path / "a.arrow")
    assert [row.category for row in rows(tmp_path / f"a.{kind}")] == [("Hats",), ("Shoes",)]


def test_a_struct_of_which_a_field_is_read_is_not_told_as_unread(tmp_path):
    pq.write_table(TABLE, tmp_path / "a.parquet")
    table = open_table(tmp_path / "a.parquet", columns={"name": "product.title"})
    assert table.not_read == ("product.size", "product.size.eu")
