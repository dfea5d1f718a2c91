"""The benchmark of memory, on tables of a few rows."""

from argparse import Namespace

import pytest

from experiments.benchmarks.memory import lay_out, measure


def test_memory_is_compared_with_that_of_the_shortest_table():
    runs = [
        {"rows": 10_000, "seconds": 10.0, "peak_mb": 200.0, "table_bytes": 20_000_000},
        {"rows": 1_000_000, "seconds": 500.0, "peak_mb": 210.0, "table_bytes": 2_000_000_000},
    ]

    found = lay_out(runs).rows

    assert found[0] == ["10,000", "20 MB", "10 s", "1,000", "200 MB", "1.00"]
    assert found[1] == ["1,000,000", "2,000 MB", "500 s", "2,000", "210 MB", "1.05"]


@pytest.mark.slow
def test_each_table_is_answered(setup, products_file, tmp_path):
    options = Namespace(rows=[8, 20], folder=tmp_path, data=products_file)

    runs = measure(setup, options)

    assert [run["rows"] for run in runs] == [8, 20]
    assert all(run["seconds"] > 0 and run["table_bytes"] > 0 for run in runs)
    assert list(tmp_path.iterdir()) == []
