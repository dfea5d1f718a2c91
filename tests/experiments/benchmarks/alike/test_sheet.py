"""A page of products and their neighbours."""

import io

import pytest
from PIL import Image

from experiments.benchmarks.alike.facts import COLOUR, LEAF, Facts
from experiments.benchmarks.alike.sheet import render_sheet
from prodcat.inputs.image_store import ImageStore


@pytest.fixture
def page(tmp_path):
    images = ImageStore(tmp_path)
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "JPEG")
    key = images.put(out.getvalue())
    facts = Facts(
        {
            LEAF: {"a": "Shoes > Boots", "b": "Shoes > Boots", "c": "Bags"},
            COLOUR: {"a": "Red", "b": "Red", "c": "Red"},
        },
        {"a": "<script>alert(1)</script>", "b": "Boots", "c": "Bag"},
        {"a": key, "b": "0" * 64},
    )
    return render_sheet("runs & kin", {"a": ["b", "c"]}, facts, images, ["a"])


def test_names_are_shown_and_not_run(page):
    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "<h1>runs &amp; kin</h1>" in page


def test_what_differs_is_told_from_what_does_not(page):
    kinds = [part.partition('"')[0] for part in page.split('<figure class="')[1:]]
    assert kinds == ["asked", "same", "other"]


def test_a_picture_that_is_lost_leaves_the_rest(page):
    assert page.count("<img") == 1
    assert "Boots, Red" in page
