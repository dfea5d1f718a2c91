import io

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from PIL import Image

from prodcat.errors import InputError, TableError
from prodcat.inputs.images import open_image
from prodcat.training.frame_table import open_frame_table

ROWS = {
    "Title": ["Boots", "Bag", None],
    "Product type": ["Shoes > Boots", "Bags", "Bags"],
    "Handle": ["a", "b", "c"],
    "Stock": [1, 2, 3],
}
KINDS = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
    "stream": lambda rows: pa.table(rows).to_reader(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_a_frame_are_read_as_often_as_asked(kind):
    table = open_frame_table(KINDS[kind](ROWS))
    first, again = list(table.rows()), list(table.rows(1))
    assert [row.name for row in first] == ["Boots", "Bag", ""]
    assert [row.category for row in first] == [("Shoes", "Boots"), ("Bags",), ("Bags",)]
    assert [(row.number, row.id) for row in again] == [(2, "b"), (3, "c")]
    assert "not read: Stock" in table.told[0]


def test_pictures_that_only_python_has_become_files_bytes():
    picture = Image.new("RGB", (4, 3), "red")
    stream = io.BytesIO()
    picture.save(stream, "JPEG")
    stream.seek(0, io.SEEK_END)
    frame = pd.DataFrame({"name": ["a", "b", "c"], "image": [picture, stream, object()]})
    rows = list(open_frame_table(frame).rows())
    assert open_image(rows[0].image).getpixel((1, 1)) == (255, 0, 0)
    assert rows[1].image == stream.getvalue()
    assert rows[2].image is None
    assert "cannot be read" in rows[2].problems[0]


def test_another_state_of_a_frame_is_told_from_the_first():
    def identity(frame, **options):
        table = open_frame_table(frame, **options)
        return table.format.identity(table, "shop")

    frame = pd.DataFrame(ROWS)
    same = [frame.copy(), pl.DataFrame(ROWS), frame.assign(Stock=9)]  # which is not read
    assert {identity(other) for other in same} == {identity(frame)}
    assert identity(frame.assign(Title=["Boots", "Bag", "Case"])) != identity(frame)
    assert identity(frame, columns={"name": "Handle"}) != identity(frame)


def test_what_is_no_frame_and_a_column_that_is_missing_are_told():
    with pytest.raises(InputError, match="dict is no table that can be read"):
        open_frame_table(ROWS)
    with pytest.raises(TableError, match="Name"):
        open_frame_table(pd.DataFrame(ROWS), columns={"name": "Name of it"})
