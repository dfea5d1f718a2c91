"""How often neighbours share something, against counts by hand."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from experiments.benchmarks.alike.shares import (
    LEAST,
    Share,
    chance_of,
    difference,
    interval_of,
    read_neighbours,
    share_of,
)
from prodcat.errors import RunError

COLOURS = {"a": "Red", "b": "Blue", "x": "Red", "y": "Blue", "z": "Red"}


def test_a_share_is_of_neighbours_that_the_fact_is_known_of():
    neighbours = {"a": ["x", "y", "unknown"], "b": ["x", "y", "z"], "unknown": ["x"]}
    share = share_of(neighbours, COLOURS, ["a", "b", "unknown"])
    assert share.same.tolist() == [1, 1, 0]
    assert share.known.tolist() == [2, 3, 0]
    assert share.products == 2
    assert share.value == pytest.approx(2 / 5)


def test_chance_is_what_a_blind_draw_would_share():
    # Of the pool two are red, one is blue.
    assert chance_of(["a", "b"], ["x", "y", "z"], COLOURS) == pytest.approx((2 / 3 + 1 / 3) / 2)
    assert chance_of(["unknown"], ["x"], COLOURS) is None
    assert chance_of(["a"], ["unknown"], COLOURS) is None


def test_an_interval_holds_its_share_and_narrows_with_products():
    rng = np.random.default_rng(0)
    few, many = (Share(rng.integers(0, 7, n).astype(float), np.full(n, 6.0)) for n in (20, 2000))
    narrow, wide = interval_of(many), interval_of(few)
    assert narrow.low < narrow.value == many.value < narrow.high
    assert narrow.high - narrow.low < (wide.high - wide.low) / 5


def test_of_too_few_products_nothing_is_told():
    known = np.zeros(100)
    known[: LEAST - 1] = 6
    few = Share(known, known)
    assert interval_of(few).value is None
    assert difference(few, few) is None


def test_a_difference_is_paired():
    same = np.tile([0.0, 6.0], 50)
    first, second = Share(same, np.full(100, 6.0)), Share(same * 0.5 + 3, np.full(100, 6.0))
    told = difference(first, second)
    assert told.value == pytest.approx(0.25)
    assert told.low < told.value < told.high
    assert told.p < 0.01
    # On the same draws a run differs from itself by nothing, however luck falls.
    none = difference(first, first)
    assert (none.value, none.low, none.high, none.p) == (0, 0, 0, 1)


def write(folder, rows):
    names = ("within", "split", "id", "rank", "neighbour")
    columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    pq.write_table(pa.table(columns), folder / "neighbours.parquet")


def test_neighbours_are_read_by_rank(tmp_path):
    write(
        tmp_path,
        [
            ("", "test", "a", 2, "y"),
            ("", "test", "a", 1, "x"),
            ("", "val", "b", 1, "x"),
            ("Bags", "test", "a", 1, "z"),
        ],
    )
    assert read_neighbours(tmp_path) == {
        ("", "test"): {"a": ["x", "y"]},
        ("", "val"): {"b": ["x"]},
        ("Bags", "test"): {"a": ["z"]},
    }


def test_a_run_without_neighbours_is_told(tmp_path):
    with pytest.raises(RunError, match=r"neighbours\.parquet cannot be read"):
        read_neighbours(tmp_path)
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "neighbours.parquet")
    with pytest.raises(RunError, match=r"neighbours\.parquet cannot be read"):
        read_neighbours(tmp_path)
