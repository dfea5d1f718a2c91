"""Several files as one table."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.corpus.store import Corpus
from prodcat.errors import TableError
from prodcat.importing import import_products
from prodcat.tables import opening
from prodcat.tables.opening import FILE_KINDS, FileKind
from prodcat.tables.table import open_table
from prodcat.tables.table_format import RawRow


def rows(path):
    return list(open_table(path).rows())


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def write_parts(folder, format, sizes, *, start=0):
    """Write numbered products into several files, and return the ids."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [str(i) for i in range(start, start + sum(sizes))]
    left = list(ids)
    for place, size in enumerate(sizes):
        some, left = left[:size], left[size:]
        if format == "parquet":
            table = pa.table({"id": some, "name": [f"bag {i}" for i in some]})
            pq.write_table(table, folder / f"part-{place}.parquet", row_group_size=2)
        else:
            lines = "".join(f"{i},bag {i}\n" for i in some)
            write(folder / f"part-{place}.csv", f"id,name\n{lines}")
    return ids


@pytest.mark.parametrize("format", ["parquet", "csv"])
@pytest.mark.parametrize("start", [0, 1, 3, 4, 6, 9, 20])
def test_several_files_are_one_table(tmp_path, format, start):
    ids = write_parts(tmp_path / "parts", format, [3, 0, 1, 5])
    pattern = tmp_path / "parts" / f"*.{format}"
    table = open_table(pattern)
    assert [row.id for row in table.rows(start)] == ids[start:]
    assert [row.number for row in table.rows(start)] == list(range(start + 1, len(ids) + 1))
    assert table.count() == (len(ids) if format == "parquet" else None)


def test_a_folder_of_parquet_files_is_one_table(tmp_path):
    ids = write_parts(tmp_path / "parts", "parquet", [3, 5])
    write(tmp_path / "parts" / "_SUCCESS", "")
    assert [row.id for row in rows(tmp_path / "parts")] == ids


def test_a_pattern_reaches_into_folders(tmp_path):
    ids = write_parts(tmp_path / "a", "csv", [2]) + write_parts(tmp_path / "b", "csv", [2], start=2)
    assert [row.id for row in rows(tmp_path / "[ab]" / "*.csv")] == ids


def test_a_pattern_that_fits_no_file_is_told(tmp_path):
    with pytest.raises(TableError, match=r"No file has a name like .*\*\.csv"):
        open_table(tmp_path / "*.csv")


def test_parts_with_other_columns_are_refused(tmp_path):
    write(tmp_path / "a.csv", "id,name\n1,bag\n")
    write(tmp_path / "b.csv", "id,title\n1,bag\n")
    with pytest.raises(TableError, match=r"b\.csv has the columns id, title, but .*a\.csv has"):
        open_table(tmp_path / "*.csv")


def test_a_name_with_the_signs_of_a_pattern_is_a_name_if_it_is_there(tmp_path):
    write(tmp_path / "new[1].csv", "id,name\n7,bag\n")
    assert [row.id for row in rows(tmp_path / "new[1].csv")] == ["7"]


class NamesTable:
    """A reader of another kind of file: a name on each line."""

    columns = ("name",)

    def __init__(self, path):
        self.path, self.folder = path, path.parent

    def count(self):
        return None

    def rows(self, columns, start):
        for line in self.path.read_text("utf-8").splitlines()[start:]:
            yield RawRow({"name": line})


def test_a_reader_and_its_line_are_all_that_a_kind_of_table_takes(tmp_path, monkeypatch):
    names = FileKind(".names", NamesTable, suffixes=(".names",))
    monkeypatch.setattr(opening, "FILE_KINDS", (*FILE_KINDS, names))
    path = write(tmp_path / "shop.names", "bag\nboots\n")

    assert [row.name for row in open_table(path).rows()] == ["bag", "boots"]
    assert [row.name for row in rows(tmp_path / "*.names")] == ["bag", "boots"]
    with Corpus.open(tmp_path / "corpus.db", create=True) as corpus:
        assert import_products(path, corpus).added == 2
    with pytest.raises(TableError, match=r"a corpus, \.names, or a folder"):
        open_table(write(tmp_path / "shop.txt", "bag"))


def test_content_counts_before_the_suffix(tmp_path):
    (tmp_path / "shop").mkdir()
    pq.write_table(pa.table({"id": ["7"], "name": ["bag"]}), tmp_path / "shop" / "a.csv")
    assert [row.id for row in rows(tmp_path / "shop" / "a.csv")] == ["7"]
