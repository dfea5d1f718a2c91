"""Products that have more than a name are answered from the name alone as well."""

import numpy as np
import pytest
from PIL import Image

from prodcat.decision.temperature import softmax
from prodcat.inference.predictor import Predictor
from prodcat.product import Product
from tests.model_files import build_model_dir, write_model_json

RED, GREEN = (Image.new("RGB", (12, 16), colour) for colour in ("#ff0000", "#00ff00"))


@pytest.fixture(scope="module")
def once(tmp_path_factory):
    return Predictor.load(build_model_dir(tmp_path_factory.mktemp("once")))


@pytest.fixture(scope="module")
def twice(tmp_path_factory):
    folder = build_model_dir(tmp_path_factory.mktemp("twice"))
    write_model_json(folder, name_view=0.5)
    return Predictor.load(folder)


def test_a_name_is_answered_alone_as_well_where_the_model_says_so(once, twice):
    more = [
        Product("Shoes", "Blue bag"),
        Product("Shoes", image=GREEN),
        Product("Bag", "Blue bag", RED),
    ]
    alone = once.logits([Product(product.name) for product in more])

    expected = once.logits(more) + 0.5 * alone
    np.testing.assert_allclose(twice.logits(more), expected, rtol=1e-6)
    pooled = softmax(expected).max(axis=1)
    answers = [twice.predict(p.name, p.description, p.image) for p in more]
    assert [a.alternatives[0].probability for a in answers] == pytest.approx(pooled, abs=1e-6)
    assert [a.used for a in answers] == [
        ("name", "description"),
        ("name", "image"),
        ("name", "description", "image"),
    ]


def test_what_has_no_name_or_nothing_else_has_one_view(once, twice):
    products = [Product("Shoes"), Product(None, "Blue bag", RED)]

    np.testing.assert_array_equal(twice.logits(products), once.logits(products))
