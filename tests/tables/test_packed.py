"""Tables in .gz and .zip, and what is far too large for what it came in."""

import gzip
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.errors import TableError
from prodcat.tables.table import open_table
from tests.tables.files import rows

TEXTS = {
    "a.csv": "id;name\n1;Hat\n",
    "a.jsonl": '{"id": 1, "name": "Hat"}\n',
    "a.json": '[{"id": 1, "name": "Hat"}]',
    "a.tsv": "id\tname\n1\tHat\n",
}


def pack(path, name, data):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/._a.csv", "x")
        archive.writestr(f"export/{name}", data)
    return path


@pytest.mark.parametrize("name", TEXTS)
@pytest.mark.parametrize("kind", ["gz", "zip", "misnamed"])
def test_a_packed_text_table_is_read(tmp_path, name, kind):
    data = TEXTS[name].encode()
    if kind == "zip":
        path = pack(tmp_path / "a.zip", name, data)
    else:
        path = tmp_path / (f"{name}.gz" if kind == "gz" else name)
        path.write_bytes(gzip.compress(data))
    assert [(row.id, row.name) for row in rows(path)] == [("1", "Hat")]


def test_other_packed_tables_are_read_too(tmp_path):
    pq.write_table(pa.table({"id": ["1"], "name": ["Hat"]}), tmp_path / "a.parquet")
    data = (tmp_path / "a.parquet").read_bytes()
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress(data))
    pack(tmp_path / "a.zip", "a.parquet", data)
    for name in ("a.parquet.gz", "a.zip"):
        assert [row.name for row in rows(tmp_path / name)] == ["Hat"]


def test_reading_a_packed_table_can_start_further_down(tmp_path):
    text = "id,name\n" + "".join(f"{i},a\n" for i in range(50))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    table = open_table(tmp_path / "a.csv.gz")
    assert list(table.rows(start=30)) == list(table.rows())[30:]


def test_an_archive_of_several_tables_is_refused_with_their_names(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", "id,name\n")
        archive.writestr("b.csv", "id,name\n")
    with pytest.raises(TableError, match=r"must hold one table, and holds 2 files: a\.csv, b\.csv"):
        open_table(tmp_path / "a.zip")


@pytest.mark.parametrize("kind", ["gz", "zip"])
def test_a_bomb_is_refused_before_it_is_read(tmp_path, kind):
    data = b"id,name\n1," + b"a" * 70_000_000
    path = tmp_path / f"a.{kind}"
    if kind == "gz":
        path.write_bytes(gzip.compress(data))
    else:
        pack(path, "a.csv", data)
    with pytest.raises(TableError, match="unpacks to over 250 times its size"):
        open_table(path)


def test_a_packed_file_that_is_cut_off_is_told(tmp_path):
    text = "".join(f"{i},{i * i}\n" for i in range(2000))
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(f"id,name\n{text}".encode())[:-30])
    with pytest.raises(TableError, match="cannot be unpacked"):
        open_table(tmp_path / "a.csv.gz")
