import numpy as np
import pytest

from prodcat.errors import InputError
from prodcat.examples import example_products
from prodcat.vectors.kinds import KINDS
from prodcat.vectors.product_vectors import VectorMaker
from tests.model_files import build_model_dir


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


def test_a_model_without_a_joined_vector_has_that_kind_all_the_same(tmp_path):
    maker = VectorMaker.load(build_model_dir(tmp_path / "model"), threads=1)

    made = maker.make([{"name": "boots"}, {"name": "boots"}, {"name": "bag"}])

    fused = made.by_kind["fused"]
    assert fused[0] @ fused[1] > fused[0] @ fused[2]


def test_what_is_beside_a_product_changes_nothing(maker):
    products = [p for p in example_products() if p.name][:3]

    together = maker.make(products)

    for row, product in enumerate(products):
        alone = maker.make([product])
        for kind in KINDS:
            np.testing.assert_allclose(
                together.by_kind[kind][row], alone.by_kind[kind][0], atol=1e-6
            )


def test_a_product_that_cannot_be_read_stops_nothing(maker):
    made = maker.make([{"image": b"no picture"}, {"name": "Blue jeans"}, 7])

    assert [bool(errors) for errors in made.errors] == [True, False, True]
    assert made.present["fused"].tolist() == [False, True, False]


def test_a_kind_that_there_is_not_is_refused():
    with pytest.raises(InputError, match="sound"):
        VectorMaker.load(kinds=["sound"])


def test_another_choice_of_kinds_has_another_fingerprint(maker):
    assert VectorMaker.load(kinds=["look"]).fingerprint != maker.fingerprint
