import pytest

from prodcat.corpus.product_row import ProductRow
from prodcat.export.odd_products import choose_odd

FACTS = {"name": "Acme bag", "description": "Of cotton.", "image_sha256": "a" * 64}
PLAIN = [
    ProductRow(
        **(FACTS | {"name": f"Acme bag {number:03}"}),
        id=f"shop:{number}",
        source="shop",
        category_id="Bags",
        split="val",
        group_id="",
    )
    for number in range(500)
]


def among_plain(**facts):
    """500 products that are much alike, with one of these facts far from the first."""
    odd = ProductRow(
        **(FACTS | facts), id="odd", source="shop", category_id="Bags", split="val", group_id=""
    )
    return [*PLAIN[:321], odd, *PLAIN[321:]]


@pytest.mark.parametrize(
    "facts",
    [
        {"name": ""},
        {"description": ""},
        {"image_sha256": None},
        {"name": "-"},
        {"description": "…"},
        {"name": "", "description": ""},
        {"description": "Of cotton. " * 40},
        {"name": "Größe für Ärmel"},
        {"name": "4006381333931"},
        {"name": "ACME BAG"},
        {"name": "x" * 90},
        {"name": "Of cotton."},
    ],
)
def test_an_odd_product_is_found_among_many(facts):
    chosen = choose_odd(among_plain(**facts), 64)
    assert "odd" in [row.id for row in chosen]
    assert len(chosen) == 64


def test_where_none_is_odd_they_are_evenly_spread():
    chosen = choose_odd(PLAIN[:9], 3)
    assert [row.id for row in chosen] == ["shop:0", "shop:4", "shop:8"]


def test_few_products_are_all_taken_once():
    assert choose_odd(PLAIN[:5], 64) == tuple(PLAIN[:5])


def test_of_no_product_none_is_chosen():
    assert choose_odd([], 64) == ()
