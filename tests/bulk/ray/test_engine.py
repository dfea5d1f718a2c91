"""What surrounds a cluster, without one; `test_ray.py` starts it."""

import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.ray.dataset import load_models, read_models
from prodcat.bulk.ray.engine import cut, on_ray, rows_to_table, table_to_rows
from prodcat.errors import InputError, MissingDependencyError
from prodcat.inference.predictor import Predictor
from prodcat.tables.opening import open_format
from prodcat.tables.rows import TableRow
from tests.model_files import build_model_dir


def write_csv(folder):
    file = folder / "in.csv"
    file.write_text("name\nbag\nboots\n")
    return file


@pytest.mark.parametrize(
    ("address", "options", "told"),
    [
        (None, {"processes": True}, "leave out --processes"),
        (None, {"device": "cuda"}, "leave out --device"),
        ("10.0.0.1:6379", {}, "leave out --cache"),
        ("ray://10.0.0.1:10001", {"cache": None}, "address of the head node"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, model_dir, address, options, told):
    cache = options.pop("cache", tmp_path / "cache")
    predictor = Predictor.load(model_dir, threads=1, cache=cache)
    predictor.engine.device = options.pop("device", "cpu")

    with pytest.raises(InputError, match=told):
        categorize(
            write_csv(tmp_path),
            tmp_path / "out.parquet",
            predictor=predictor,
            options=CategorizeOptions(**options),
            engine=on_ray(address),
        )


def test_without_ray_it_says_what_to_install(tmp_path, predictor, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    monkeypatch.setitem(sys.modules, "ray.data", None)

    with pytest.raises(MissingDependencyError, match=r"prodcat\[ray\]"):
        categorize(
            write_csv(tmp_path), tmp_path / "out.parquet", predictor=predictor, engine=on_ray()
        )


def test_a_row_is_the_same_on_the_other_side():
    rows = [
        TableRow(1, "a", "boots", "new", image=b"\xff\x00", problems=("one", "two")),
        TableRow(2, image=Path("pictures/1.jpg")),
        TableRow(3, error="no readable JSON"),
    ]

    assert table_to_rows(rows_to_table(rows)) == rows


@pytest.mark.parametrize(
    ("start", "least", "pieces"),
    [
        (0, 40, [(0, 40), (40, 80), (80, 120), (120, 160), (160, 200), (200, None)]),
        (0, 41, [(0, 80), (80, 160), (160, None)]),
        (0, 1000, [(0, None)]),
        (50, 60, [(50, 120), (120, 200), (200, None)]),
        (240, 1, [(240, None)]),
    ],
)
def test_a_table_is_cut_where_row_groups_begin(tmp_path, start, least, pieces):
    for name in "ab":
        table = pa.table({"name": ["bag"] * 120})
        pq.write_table(table, tmp_path / f"{name}.parquet", row_group_size=40)

    assert cut(open_format(tmp_path), start, least=least) == pieces


def test_a_table_that_must_be_read_to_be_counted_is_one_piece(tmp_path):
    assert cut(open_format(write_csv(tmp_path)), 1, least=1) == [(1, None)]


def test_the_files_of_a_model_are_all_that_a_worker_needs(predictor):
    loaded = load_models(read_models(predictor))

    assert not loaded.model.folder.exists()
    assert loaded.first is None
    assert loaded.predict("shoes") == predictor.predict("shoes")


def test_the_first_model_goes_along(tmp_path, model_dir):
    small = build_model_dir(tmp_path, image=False)
    both = Predictor.load(model_dir, threads=1, first=small)

    loaded = load_models(read_models(both))

    assert loaded.fingerprint == both.fingerprint
    assert loaded.predict("shoes") == both.predict("shoes")
