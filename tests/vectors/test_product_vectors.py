import numpy as np
import pytest

from prodcat.examples import example_products
from prodcat.vectors.kinds import KINDS
from prodcat.vectors.product_vectors import VectorMaker


@pytest.fixture(scope="module")
def maker():
    return VectorMaker.load(threads=1)


def test_every_vector_is_of_unit_length(maker):
    products = [p for p in example_products() if p.name and p.image]
    made = maker.make(products[:3])

    assert tuple(made.by_kind) == KINDS
    for rows in made.by_kind.values():
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_product_without_a_picture_has_zeros_for_it(maker):
    made = maker.make([{"name": "Blue jeans"}])

    assert [made.present[kind][0] for kind in KINDS] == [True, True, False, False, True]
    assert not made.by_kind["picture"].any()
    assert not made.by_kind["look"].any()
