import pyarrow.parquet as pq
import pytest

from experiments.benchmarks.answering.cases import (
    Setup,
    find_data,
    peak_memory_mb,
    read_products,
    repeat_rows,
    run_apart,
    sample_products,
)
from prodcat.errors import InputError, RunError

HERE = "experiments.benchmarks.answering.cases"
APART = "tests.experiments.benchmarks.apart"


def test_rows_are_repeated_in_their_order(products_file, tmp_path, monkeypatch):
    monkeypatch.setattr(f"{HERE}.LEAST_ROWS", 20)
    monkeypatch.setattr(f"{HERE}.GROUP_ROWS", 10)
    target = tmp_path / "many.parquet"
    repeat_rows(products_file, target, 53)
    file = pq.ParquetFile(target)
    assert file.read()["id"].to_pylist() == [str(number % 24) for number in range(53)]
    groups = [file.metadata.row_group(group).num_rows for group in range(file.num_row_groups)]
    assert groups == [10, 10, 10, 10, 10, 3]


def test_a_table_too_small_to_be_repeated_is_refused(products_file, tmp_path):
    with pytest.raises(InputError, match="24 rows"):
        repeat_rows(products_file, tmp_path / "many.parquet", 25)


def test_a_small_table_need_not_be_repeated(products_file, tmp_path):
    repeat_rows(products_file, tmp_path / "few.parquet", 7)
    assert len(list(read_products(tmp_path / "few.parquet"))) == 7


def test_samples_are_complete_and_from_all_over(products_file):
    found = sample_products(products_file, 3)
    assert [product.name for product in found] == ["Acme boots 0", "Acme boots 8", "Acme boots 16"]


def test_a_missing_table_is_told_in_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("PRODCAT_DATA", str(tmp_path))
    with pytest.raises(InputError, match=r"no fashion.parquet in .*; name a Parquet file"):
        find_data(None)


def test_the_usual_table_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("PRODCAT_DATA", str(tmp_path))
    (tmp_path / "fashion.parquet").touch()
    assert find_data(None) == tmp_path / "fashion.parquet"


def test_a_process_has_the_threads_that_it_is_told():
    found = run_apart(f"{APART}.threads_of_pools", Setup(threads=3), name="OMP_NUM_THREADS")
    assert found == [3, "3"]


def test_a_process_that_fails_says_why():
    with pytest.raises(RunError, match="fail failed: ValueError: no such thing"):
        run_apart(f"{APART}.fail", Setup(threads=1))


def test_a_process_knows_its_memory():
    found = peak_memory_mb()
    assert found is None or found > 1
