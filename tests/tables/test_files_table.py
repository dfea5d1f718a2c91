"""Several files as one table."""

from itertools import islice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.errors import TableError
from prodcat.tables.table import open_table
from tests.tables.files import rows, write


def write_parts(folder, format, sizes, *, start=0):
    """Write numbered products into several files, and return the ids."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = [str(i) for i in range(start, start + sum(sizes))]
    numbers = iter(ids)
    for place, size in enumerate(sizes):
        part = list(islice(numbers, size))
        if format == "parquet":
            table = pa.table({"id": part, "name": [f"bag {i}" for i in part]})
            pq.write_table(table, folder / f"part-{place}.parquet", row_group_size=2)
        else:
            lines = "".join(f"{i},bag {i}\n" for i in part)
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


def test_parts_with_other_columns_are_refused(tmp_path):
    write(tmp_path / "a.csv", "id,name\n1,bag\n")
    write(tmp_path / "b.csv", "id,title\n1,bag\n")
    with pytest.raises(TableError, match=r"b\.csv has the columns id, title, but .*a\.csv has"):
        open_table(tmp_path / "*.csv")
