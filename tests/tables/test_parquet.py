import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq

from prodcat.tables.table import open_table
from tests.tables.files import rows


def test_parquet_pictures_may_be_structs_of_bytes_and_path(tmp_path):
    pictures = [{"bytes": b"x", "path": None}, {"bytes": None, "path": "p.jpg"}, None]
    pq.write_table(pa.table({"name": ["a", "b", "c"], "image": pictures}), tmp_path / "a.parquet")
    products = rows(tmp_path / "a.parquet")
    assert [row.image for row in products] == [b"x", tmp_path / "p.jpg", None]


def test_text_of_parquet_that_is_not_utf8_costs_no_other_row(tmp_path):
    latin = pa.array([b"caf\xe9", b"boots"]).view(pa.string())
    table = pa.table({"id": ["1", "2"], "name": latin})
    pq.write_table(table, tmp_path / "a.parquet")
    products = rows(tmp_path / "a.parquet")

    told = ("text that is not UTF-8, read as Windows-1252",)
    assert (products[0].name, products[0].problems) == ("café", told)
    assert (products[1].id, products[1].name, products[1].problems) == ("2", "boots", ())


def test_parquet_streams(tmp_path):
    # One row group of 30 MB, which readers like to load whole.
    picture = pa.array([bytes([i % 256]) * 4 + str(i).encode() * 2000 for i in range(4000)])
    pq.write_table(
        pa.table({"name": ["x"] * 4000, "image": picture}),
        tmp_path / "a.parquet",
        row_group_size=4000,
        compression="none",
        use_dictionary=False,
    )
    table = open_table(tmp_path / "a.parquet")
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    highest = max(pa.total_allocated_bytes() - before for _ in table.rows())
    _, python_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (tmp_path / "a.parquet").stat().st_size > 25_000_000
    assert highest < 15_000_000
    assert python_peak < 10_000_000
