import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import prodcat
from prodcat.errors import InputError
from prodcat.product import Product

ROWS = [{"id": "1", "name": "boots"}, {"id": "2", "name": "bag"}]


@pytest.mark.parametrize(
    ("products", "line"),
    [
        (pd.DataFrame(ROWS), "frame.to_dict('records')"),
        (pa.Table.from_pylist(ROWS), "table.to_pylist()"),
        (pa.Table.from_pylist(ROWS).to_reader(), "prodcat.categorize(frame)"),
        ({"name": ["boots", "bag"], "description": ["", ""]}, "zip(columns['name']"),
        ({"name": pd.Series(["boots", "bag"])}, "zip(columns['name']"),
        ({"name": "boots", "image": np.zeros((8, 6, 3), np.uint8)}, "predict_many([product])"),
        (Product("boots"), "predict_many([product])"),
        ("boots", "predict_many({'name': name} for name in names)"),
        (b"boots", "for name in names"),
        (7, "Give a list"),
        (None, "Give a list"),
    ],
)
def test_what_is_not_many_products_is_refused_with_the_line_to_write(predictor, products, line):
    with pytest.raises(InputError) as caught:
        predictor.predict_many(products)
    assert line in str(caught.value)
    assert f"not a {type(products).__name__}." in str(caught.value).replace("not an ", "not a ")


def test_the_lines_that_are_named_work(predictor):
    columns = {"name": ["boots", "bag"], "description": ["", ""]}
    pairs = zip(columns["name"], columns["description"], strict=True)
    ways = [
        pd.DataFrame(ROWS).to_dict("records"),
        pa.Table.from_pylist(ROWS).to_pylist(),
        ({"name": n, "description": d} for n, d in pairs),
        ({"name": name} for name in columns["name"]),
        pd.Series(ROWS),
    ]
    for products in ways:
        answers = predictor.predict_many(products)
        assert [answer.category for answer in answers] == ["Boots", "Bags"]


def test_a_description_has_two_names_and_one_value(model_dir):
    asked = [
        prodcat.predict("shoes", "boots", model=model_dir),
        prodcat.predict("shoes", description="boots", model=model_dir),
    ]
    assert asked[0] == asked[1]
    assert asked[0].used == ("name", "description")
    with pytest.raises(InputError, match="desc and description are the same"):
        prodcat.predict("shoes", "boots", description="boots", model=model_dir)
