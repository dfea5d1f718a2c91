from dataclasses import replace

import numpy as np
import pytest

from prodcat.search.index import VectorIndex
from prodcat.search.updating import bring_up_to_date
from tests.search.drawn import draw_product, draw_vectors, joined

VECTORS = draw_vectors(400)


def update(folder, numbers, *, change=(), move=(), **options):
    """Ask for products of these numbers; some with another price, some with another's vector."""
    products = [draw_product(number) for number in numbers]
    products = [
        replace(p, price=1e6) if n in change else p for n, p in zip(numbers, products, strict=True)
    ]
    rows = [399 - number if number in move else number for number in numbers]
    by_kind = {kind: block[rows] for kind, block in VECTORS.items()}
    options = {"fingerprint": "drawn", **options}
    return bring_up_to_date(folder, by_kind, products, **options), products, by_kind


def counts(change):
    return change.added, change.replaced, change.deleted


@pytest.mark.parametrize("exact", [200_000, 100])
def test_what_is_new_changed_or_gone_is_written_and_nothing_else(tmp_path, exact):
    folder = tmp_path / "index"
    first, _, _ = update(folder, range(300), exact=exact)
    assert first.built == "there was none"
    data = next(folder.glob("data-*"))

    numbers = [*range(10, 305)]
    change, products, by_kind = update(folder, numbers, change={20}, move={30, 31}, exact=exact)

    assert (change.built, counts(change), change.products) == ("", (5, 3, 10), 295)
    assert next(folder.glob("data-*")) == data
    with VectorIndex.open(folder) as index:
        assert sorted(index.ids()) == sorted(product.id for product in products)
        for number, product in enumerate(products):
            there, vector = index.product(product.id)
            assert there == product
            np.testing.assert_allclose(vector, joined(by_kind)[number], atol=1e-3)
        query = joined(by_kind)[20]
        assert index.nearest(query, 1)[0].product.id == "p30"
    again, _, _ = update(folder, numbers, change={20}, move={30, 31}, exact=exact)
    assert (again.built, counts(again)) == ("", (0, 0, 0))


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"fingerprint": "other"}, "another model"),
        ({"model": "elsewhere"}, "its model lay elsewhere"),
        ({"images": "elsewhere"}, "its pictures lay elsewhere"),
        ({"anew": True}, "it was asked for"),
        ({"exact": 250}, "of more than 250 products it is in lists"),
    ],
)
def test_an_index_that_does_not_fit_is_built_anew_and_told_why(tmp_path, options, reason):
    update(tmp_path / "index", range(300))
    change, _, _ = update(tmp_path / "index", range(300), **options)
    assert reason in change.built


def test_an_index_of_which_much_changed_is_built_anew(tmp_path):
    update(tmp_path / "index", range(300))
    change, _, _ = update(tmp_path / "index", range(100, 400))
    assert "200 rows were deleted or came later" in change.built
    with VectorIndex.open(tmp_path / "index") as index:
        assert (len(index), index.late_rows()) == (300, 0)


def test_a_damaged_index_is_built_anew(tmp_path):
    update(tmp_path / "index", range(300))
    (next((tmp_path / "index").glob("data-*")) / "codes.u8").unlink()
    change, _, _ = update(tmp_path / "index", range(300))
    assert "lacks" in change.built
    with VectorIndex.open(tmp_path / "index") as index:
        assert len(index) == 300
