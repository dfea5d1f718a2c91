import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from prodcat.errors import InputError, TableError
from prodcat.explore.framed import read_frame
from tests.model_files import encoded

ROWS = {
    "id": ["1", "2", "3"],
    "title": ["Boots", "Bag", None],
    "category": ["Shoes > Boots", "Bags", None],
    "price": ["9.90", None, "12"],
    "season": ["Winter", "Summer", "Summer"],
    "image": [encoded("#ff0000"), None, encoded("#00ff00")],
}


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_frames_of_each_kind_are_read_alike(kind):
    catalogue = read_frame(kind(ROWS))
    assert list(catalogue.ids) == ["1", "2", "3"]
    assert list(catalogue.names) == ["Boots", "Bag", ""]
    assert catalogue.paths == [("Shoes", "Boots"), ("Bags",), None]
    assert catalogue.has_picture.tolist() == [True, False, True]
    np.testing.assert_array_equal(catalogue.prices, [9.9, np.nan, 12])
    assert list(catalogue.columns["season"]) == ["Winter", "Summer", "Summer"]


def test_pictures_of_python_are_encoded():
    frame = pd.DataFrame({"name": ["a"], "image": [Image.new("RGB", (9, 9), "red")]})
    assert read_frame(frame).pictures[0][:2] == b"\xff\xd8"


def test_many_different_numbers_are_a_range_and_few_are_groups():
    frame = pd.DataFrame(
        {"name": ["x"] * 50, "stars": [1, 2] * 25, "weight": np.linspace(0, 1, 50)}
    )
    catalogue = read_frame(frame)
    assert set(catalogue.columns) == {"stars"}
    assert set(catalogue.numbers) == {"weight"}


def test_a_sample_tells_which_rows_it_is_of():
    frame = pd.DataFrame({"name": [f"product {i}" for i in range(40)]})
    catalogue = read_frame(frame, limit=10)
    assert list(catalogue.names) == [f"product {row}" for row in catalogue.rows]
    assert list(catalogue.ids) == [str(row) for row in catalogue.rows]
    assert catalogue.total == 40


def test_what_is_no_frame_or_has_nothing_to_show_is_told():
    with pytest.raises(InputError, match="no rows"):
        read_frame(pd.DataFrame({"name": []}))
    with pytest.raises(TableError, match="no column that looks like"):
        read_frame(pd.DataFrame({"weight": [1.0]}))
    with pytest.raises(InputError, match="no table"):
        read_frame([1, 2])
