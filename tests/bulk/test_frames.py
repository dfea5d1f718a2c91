"""Data frames in, the same kind with our columns out."""

import base64
import logging
from io import BytesIO

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import prodcat
from prodcat.bulk import CategorizeOptions
from prodcat.errors import InputError, TableError
from tests.model_files import encoded

OURS = [
    *("category", "probability", "abstained", "reason"),
    *("leaf", "leaf_probability", "alternatives", "error"),
]
ROWS = [
    {"sku": "a", "Title": "boots", "colour": "red"},
    {"sku": "b", "Title": None, "colour": None},
    {"sku": "c", "Title": "bag", "colour": "blue"},
]
KINDS = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "table": pa.Table.from_pylist,
    "batch": pa.RecordBatch.from_pylist,
    "reader": lambda rows: pa.Table.from_pylist(rows).to_reader(max_chunksize=2),
}


class Elsewhere:
    """A frame of a library that we do not know."""

    def __init__(self, rows):
        self.table = pa.Table.from_pylist(rows)

    def __arrow_c_stream__(self, requested_schema=None):
        return self.table.__arrow_c_stream__(requested_schema)


def rows_of(frame):
    """The rows as plain dicts, with None for what is missing."""
    if isinstance(frame, pd.DataFrame):
        return frame.astype(object).where(frame.notna(), None).to_dict("records")
    if isinstance(frame, pl.DataFrame):
        return frame.to_dicts()
    return (frame.read_all() if isinstance(frame, pa.RecordBatchReader) else frame).to_pylist()


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_comes_back_as_its_kind_with_the_answers_behind_its_columns(model_dir, kind):
    frame = KINDS[kind](ROWS)

    answered = prodcat.categorize(frame, model=model_dir)

    assert type(answered) is type(frame)
    rows = rows_of(answered)
    assert [list(row) for row in rows] == [["sku", "Title", "colour", *OURS]] * 3
    assert [{k: row[k] for k in ROWS[0]} for row in rows] == ROWS
    assert [row["category"] for row in rows] == ["Shoes > Boots", None, "Bags"]
    assert [row["abstained"] for row in rows] == [False, True, False]
    assert rows[1]["reason"] == "nothing to read"
    assert rows[1]["probability"] is rows[1]["leaf_probability"] is rows[1]["leaf"] is None
    assert rows[1]["error"].startswith("Nothing to categorize")
    assert rows[0]["alternatives"][0] == {
        "path": "Shoes > Boots",
        "probability": rows[0]["leaf_probability"],
    }


def test_the_answers_are_those_of_the_predictor(model_dir, predictor):
    answered = prodcat.categorize(pl.DataFrame(ROWS * 300), model=predictor, accuracy=0.95)
    answers = predictor.predict_many([{"name": row["Title"]} for row in ROWS], accuracy=0.95)
    said = [answer.probability if answer.alternatives else None for answer in answers]
    assert answered["probability"].to_list() == said * 300


def test_what_has_the_arrow_interface_comes_back_as_an_arrow_table(model_dir):
    answered = prodcat.categorize(Elsewhere(ROWS), model=model_dir)
    assert isinstance(answered, pa.Table)
    assert answered["category"].to_pylist() == ["Shoes > Boots", None, "Bags"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_without_rows_gets_our_columns(model_dir, kind):
    frame = KINDS[kind](ROWS)
    empty = pa.Table.from_pylist([], pa.Table.from_pylist(ROWS).schema).to_reader()
    empty = empty if kind == "reader" else frame[:0]
    answered = prodcat.categorize(empty, model=model_dir)
    assert type(answered) is type(frame)
    columns = getattr(answered, "columns", None) if kind in {"pandas", "polars"} else None
    assert list(columns if columns is not None else answered.schema.names)[3:] == OURS


def test_a_stream_of_arrow_is_answered_as_it_comes(model_dir):
    schema = pa.schema({"name": pa.string()})
    taken = []

    def batches():
        for name in ("boots", "bag", "jeans", "sandals"):
            taken.append(name)
            yield pa.RecordBatch.from_pylist([{"name": name}] * 400, schema)

    answered = prodcat.categorize(
        pa.RecordBatchReader.from_batches(schema, batches()), model=model_dir
    )
    assert taken == []
    assert set(answered.read_next_batch()["category"].to_pylist()) == {"Shoes > Boots"}
    assert len(taken) <= 2
    rest = answered.read_all()
    assert rest["name"].to_pylist() == (
        ["boots"] * 144 + ["bag"] * 400 + ["jeans"] * 400 + ["sandals"] * 400
    )
    assert set(rest["leaf"].slice(144, 400).to_pylist()) == {"Bags"}


def test_rows_that_continue_a_product_have_its_answer(model_dir):
    rows = [
        {"Handle": "a", "Title": "boots", "Size": 40},
        {"Handle": "a", "Title": None, "Size": 41},
        {"Handle": "b", "Title": "bag", "Size": 1},
    ]
    answered = prodcat.categorize(pl.DataFrame(rows), model=model_dir, columns={"id": "Handle"})
    assert answered["category"].to_list() == ["Shoes > Boots", "Shoes > Boots", "Bags"]


def test_pictures_may_be_in_several_columns(model_dir):
    data = encoded("#ff0000", "PNG")
    for pair in ((None, data), (data, None), (None, np.asarray(Image.open(BytesIO(data))))):
        frame = pd.DataFrame({"Image Src": [pair[0]], "Variant Image": [pair[1]]}, dtype=object)
        (row,) = rows_of(prodcat.categorize(frame, model=model_dir))
        assert (row["leaf"], row["error"]) == ("Shoes > Boots", None)


def test_the_index_of_pandas_is_kept_and_its_frame_left_alone(model_dir):
    frame = pd.DataFrame({"name": ["boots", "bag", "jeans"], 7: 1}, index=["x", "x", "y"])
    before = frame.copy()

    answered = prodcat.categorize(frame, model=model_dir)

    pd.testing.assert_frame_equal(frame, before)
    assert answered.index.tolist() == ["x", "x", "y"]
    assert answered.columns.tolist()[:2] == ["name", 7]
    assert answered.loc["y", "leaf"] == "Clothes > Trousers > Jeans"
    dtypes = answered.dtypes
    assert (dtypes["probability"], dtypes["abstained"]) == (np.dtype(float), np.dtype(bool))


def test_a_column_with_the_name_of_ours_is_not_lost(model_dir, caplog):
    frame = pd.DataFrame({"name": ["boots"], "category": ["Old"], 7: [1], "category_input": ["x"]})
    with caplog.at_level(logging.WARNING):
        answered = prodcat.categorize(frame, model=model_dir)
    assert answered.columns.tolist()[:5] == [
        *("name", "category_input_2", 7, "category_input", "category")
    ]
    assert answered.iloc[0].tolist()[:5] == ["boots", "Old", 1, "x", "Shoes > Boots"]
    assert "renamed: category → category_input_2" in caplog.text


def test_which_column_became_what_is_told(model_dir, caplog):
    with caplog.at_level(logging.INFO, logger="prodcat"):
        prodcat.categorize(pl.DataFrame(ROWS), model=model_dir)
    assert "id ← sku, name ← Title; not read: colour" in caplog.text


def test_columns_can_be_named(model_dir):
    frame = pl.DataFrame({"words": ["boots"], "Title": ["bag"]})
    answered = prodcat.categorize(frame, model=model_dir, columns={"name": "words"})
    assert answered["category"].to_list() == ["Shoes > Boots"]


def test_pandas_missing_values_and_kinds_of_text_are_read(model_dir):
    names = ["boots", pd.NA, None]
    for dtype in ("string", object, "category"):
        frame = pd.DataFrame({"name": pd.Series(names, dtype=dtype)})
        answered = prodcat.categorize(frame, model=model_dir)
        assert answered["leaf"].isna().tolist() == [False, True, True]


def test_pictures_of_every_kind_are_seen(model_dir, tmp_path, monkeypatch):
    data = encoded("#ff0000", "PNG")
    (tmp_path / "red.png").write_bytes(data)
    monkeypatch.chdir(tmp_path)
    image = Image.open(BytesIO(data))
    text = base64.b64encode(data).decode()
    pictures = [
        *("red.png", data, {"bytes": data, "path": None}, {"bytes": None, "path": "red.png"}),
        *(image, np.asarray(image), BytesIO(data), f"data:image/png;base64,{text}", text),
    ]
    frame = pd.DataFrame({"image": pd.Series(pictures, dtype=object)})

    answered = prodcat.categorize(frame, model=model_dir)

    assert answered["error"].isna().all(), answered["error"].tolist()
    assert set(answered["leaf"]) == {"Shoes > Boots"}


def test_a_picture_outside_the_folder_is_told_and_the_rest_answered(model_dir, tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "red.png").write_bytes(encoded("#ff0000", "PNG"))
    frame = pl.DataFrame({"name": ["boots"], "image": ["../red.png"]})
    options = CategorizeOptions(image_root=tmp_path / "pictures")
    (row,) = prodcat.categorize(frame, model=model_dir, options=options).to_dicts()
    assert (row["category"], row["error"]) == (
        "Shoes > Boots",
        "picture lies outside the image folder",
    )


def test_a_path_goes_to_the_file_that_is_named(model_dir, tmp_path):
    source, output = tmp_path / "new.csv", tmp_path / "answers.parquet"
    source.write_text("id,name\n1,boots\n2,bag\n")
    with pytest.raises(InputError, match=r"Name an output, such as categorize\('.*new.csv'"):
        prodcat.categorize(source, model=model_dir)
    result = prodcat.categorize(str(source), output, model=model_dir)
    assert result.counts.rows == 2
    assert pq.read_table(output)["category"].to_pylist() == ["Shoes > Boots", "Bags"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (ROWS, "For a list of products: Predictor.load().predict_many(products)"),
        (pl.LazyFrame(ROWS), "give frame.collect()"),
        (7, "int is no table that can be read"),
        (pd.Series(["boots"]), "Series is one column and no table"),
        (pl.Series(["boots"]), "series.to_frame('name')"),
        (None, "NoneType is no table"),
    ],
)
def test_what_is_no_table_says_what_to_give(model_dir, source, says):
    with pytest.raises(InputError) as caught:
        prodcat.categorize(source, model=model_dir)
    assert says in str(caught.value)


def test_a_frame_is_not_written_to_a_file(model_dir):
    with pytest.raises(InputError, match=r"leave output out, .* to a\.csv yourself"):
        prodcat.categorize(pl.DataFrame(ROWS), "a.csv", model=model_dir)


def test_a_frame_without_a_column_that_is_read_is_told(model_dir):
    with pytest.raises(TableError, match="The data frame has no column that looks like a name"):
        prodcat.categorize(pl.DataFrame({"a": [1]}), model=model_dir)


def test_a_wrong_option_is_told_before_a_stream_is_taken_from(model_dir):
    reader = KINDS["reader"](ROWS)
    with pytest.raises(InputError, match="accuracy"):
        prodcat.categorize(reader, model=model_dir, accuracy=7)
    assert reader.read_all().num_rows == 3
