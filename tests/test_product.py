import base64
import json
import pickle
import re
from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from prodcat.errors import InputError
from prodcat.product import Alternative, Prediction, Product, pattern_of

BEST = Alternative(("Women", "Shoes"), 0.5)
MEN, WOMEN = Alternative(("Men",), 0.6), Alternative(("Women",), 0.38)


def test_a_row_of_json_is_a_product():
    assert Product.from_mapping({"id": "7", "image": b"x"}) == Product(id="7", image=b"x")


def test_other_keys_of_a_row_do_not_hurt():
    row = {"name": "Boots", "colour": "red", 7: None, "desc": "Warm"}
    assert Product.from_mapping(row) == Product("Boots", "Warm")


def test_a_row_without_any_part_of_a_product_is_told():
    with pytest.raises(InputError, match=r"has the keys id, .*, but this one has Title, 7"):
        Product.from_mapping({"Title": "Boots", 7: "red"})


def test_a_description_by_both_its_names_is_told():
    with pytest.raises(InputError, match="desc and description are the same"):
        Product.from_mapping({"desc": "Warm", "description": "Warm"})


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Prediction(("Women", "Jeans"), 0.97), "Women > Jeans (97.0%)"),
        (Prediction((), 0.5, abstained=True), "abstained"),
        (
            Prediction((), 0.5, abstained=True, alternatives=(BEST,)),
            "abstained; best guess Women > Shoes (50.0%)",
        ),
        (Prediction((), 0.0, abstained=True, error="No picture."), "error: No picture."),
        (
            Prediction(
                (), 0.6, abstained=True, reason="unsure", needed=0.9601, between=(MEN, WOMEN)
            ),
            "not sure enough: needs 96 %, Men 60 %, Women 38 %",
        ),
        (
            Prediction(
                (), 0.6, abstained=True, reason="unsure", needed=0.6004, between=(MEN, WOMEN)
            ),
            "not sure enough: needs 60.0 %, Men 60.0 %, Women 38.0 %",
        ),
        (
            Prediction(
                (), 0.5, abstained=True, reason="unlike anything learnt", alternatives=(BEST,)
            ),
            "unlike anything learnt; best guess Women > Shoes (50.0%)",
        ),
    ],
)
def test_an_answer_is_printed_in_one_line(answer, text):
    assert str(answer) == text


def test_an_answer_is_plain_data():
    answer = Prediction(("Women",), 0.75, alternatives=(BEST,), used=("name",))
    assert json.loads(answer.to_json()) == {
        "path": ["Women"],
        "category": "Women",
        "probability": 0.75,
        "abstained": False,
        "reason": None,
        "needed": None,
        "leaf": ["Women", "Shoes"],
        "leaf_probability": 0.5,
        "alternatives": [{"path": ["Women", "Shoes"], "probability": 0.5}],
        "used": ["name"],
        "error": None,
    }


def test_a_pattern_names_the_parts_in_their_order():
    assert pattern_of({"image", "description", "name"}) == "name+description+image"


@pytest.mark.parametrize(("parts", "found"), [([], "none"), (["name", "price"], "'price'")])
def test_what_is_no_pattern_of_parts_is_refused(parts, found):
    with pytest.raises(InputError, match=f"but found {found}"):
        pattern_of(parts)


def test_a_notebook_shows_the_answer_with_bars_and_its_picture():
    pixels = np.zeros((3, 300, 200), dtype=np.uint8)
    answer = Prediction(("Women",), 0.75, alternatives=(BEST,), used=("name",), picture=pixels)
    shown = answer._repr_html_()
    assert "<b>Women (75.0%)</b>" in shown
    assert "width:70px'></span> Women &gt; Shoes (50.0%)</div>" in shown
    data = re.search("data:image/jpeg;base64,([^']+)'", shown)[1]
    assert Image.open(BytesIO(base64.b64decode(data))).size == (85, 128)


def test_what_a_notebook_shows_is_escaped():
    evil = "<script>alert('x')</script>&"
    answer = Prediction((evil,), 0.75, error=evil, alternatives=(Alternative((evil,), 0.5),))
    for used in ((), (evil,)):
        shown = replace(answer, used=used)._repr_html_()
        assert "<script" not in shown
        assert "alert('x')" not in shown
        assert shown.count("&lt;script&gt;") == (2 if not used else 4)
    assert "<img" not in shown


def test_a_picture_is_no_part_of_what_is_compared_pickled_or_printed():
    bare = Prediction(("Women",), 0.75)
    seen = replace(bare, picture=np.zeros((3, 8, 8), dtype=np.uint8))
    assert (seen, hash(seen), repr(seen)) == (bare, hash(bare), repr(bare))
    assert "picture" not in seen.to_dict()
    assert pickle.loads(pickle.dumps(seen)).picture is None
