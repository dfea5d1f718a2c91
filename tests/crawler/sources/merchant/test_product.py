import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import SourceError
from crawler.sources.merchant.columns import FeedEntry
from crawler.sources.merchant.product import parse_product


@pytest.mark.parametrize("label", ["product_type", "google_product_category"])
def test_the_label_is_the_attribute_that_is_chosen(label):
    fields = {
        "id": ["1"],
        "product_type": ["Women > Shoes", "Sale"],
        "google_product_category": ["187 - Apparel & Accessories > Shoes"],
    }
    item = parse_product(FeedEntry(0, fields), label=label)
    assert (
        item.category
        == {
            "product_type": "Women > Shoes",
            "google_product_category": "Apparel & Accessories > Shoes",
        }[label]
    )
    del fields[label]
    assert parse_product(FeedEntry(0, fields), label=label).category is not None


@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "link", "price", "product_type", "image_link", "brand",
                         "additional_image_link", "google_product_category", "item_group_id"]),
        st.lists(st.text(max_size=30), min_size=1, max_size=3),
    )
)  # fmt: skip
def test_any_texts_are_an_item_or_are_refused(fields):
    try:
        item = parse_product(FeedEntry(0, fields))
    except SourceError:
        return
    assert item.source_id
