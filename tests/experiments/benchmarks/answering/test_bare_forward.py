"""The bare forward computes what prodcat computes: the same texts, names alone and pictures."""

import numpy as np
import pytest

from experiments.benchmarks.answering.bare_forward import BareForward, Way
from experiments.benchmarks.answering.cases import read_products
from prodcat.inference.predictor import Predictor


@pytest.fixture
def products(products_file):
    return [*read_products(products_file, 8), *read_products(products_file, 2)]


def rows(feeds, name):
    """All rows that go through a graph, as sorted lists without padding."""
    return sorted(row.tolist() for feed in feeds for row in feed[name])


def test_it_runs_what_prodcat_runs(setup, products, monkeypatch):
    predictor = Predictor.load(setup.model, threads=1)
    asked = {"text": [], "image": [], "head": []}

    def noting(graph, names):
        run = graph.run

        def noted(*arrays):
            asked[graph.output if graph.output in asked else "head"].append(
                dict(zip(names, arrays, strict=True))
            )
            return run(*arrays)

        monkeypatch.setattr(graph, "run", noted)

    for graph in (predictor.engine.text, predictor.engine.image, predictor.engine.head):
        noting(graph, graph.inputs)
    list(predictor.predict_many(products, batch_size=len(products)))
    ready = BareForward(setup).ready(products)
    assert rows(ready["text"], "input_ids") == rows(asked["text"], "input_ids")
    assert rows(ready["image"], "pixel_values") == rows(asked["image"], "pixel_values")
    assert rows(ready["head"], "present") == rows(asked["head"], "present")


@pytest.mark.parametrize("way", [Way(), Way(workers=2), Way(threads=2, spin=True, texts=3)])
def test_every_way_answers_the_same(way, setup, products):
    bare = BareForward(setup, Way(texts=way.texts))
    expected = bare.answer(bare.ready(products))
    found = BareForward(setup, way).answer(bare.ready(products))
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)


def test_more_products_put_together_make_fewer_runs(setup, products):
    few = BareForward(setup, Way(rows=2)).ready(products)
    many = BareForward(setup, Way(rows=len(products))).ready(products)
    assert len(many["text"]) < len(few["text"])
    assert len(many["image"]) < len(few["image"])


def test_a_product_without_a_picture_runs_no_image_network(setup, products):
    bagged = [products[3]]
    assert BareForward(setup).ready(bagged)["image"] == []
