import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.engine.records import Record, build_record
from crawler.errors import SourceError
from crawler.items import Item
from crawler.sources.shopstyle.products import SIZES, choose_picture, parse_product
from tests.crawler.any_json import any_json

SIZES_OF_ALL = {
    name: {"sizeName": name, "url": f"https://img.example/{name}.jpg"} for name in SIZES
}
PRODUCT = {
    "id": 700000051,
    "name": "Hollis Mid-Rise Bootcut Jeans",
    "brandedName": "Northfield Hollis Mid-Rise Bootcut Jeans",
    "currency": "USD",
    "price": 88.0,
    "salePrice": 61.6,
    "retailer": {"id": "9001", "name": "Example Store"},
    "brand": {"id": "50001", "name": "Northfield"},
    "locale": "en_US",
    "description": "Mid-rise jeans.<br/>98% cotton.",
    "clickUrl": "https://api.shopstyle.com/action/apiVisitRetailer?id=700000051&pid=PID",
    "image": {"id": "0123", "sizes": SIZES_OF_ALL},
    "categories": [{"id": "bootcut-jeans"}, {"id": "jeans"}],
    "extractDate": "2022-01-15",
    "lastModified": "2022-03-01",
}


def test_a_product_is_read_as_it_is_stated():
    assert parse_product(PRODUCT, "womens-jeans", size="XLarge") == Item(
        source="shopstyle",
        source_id="700000051",
        name="Hollis Mid-Rise Bootcut Jeans",
        description="Mid-rise jeans.<br/>98% cotton.",
        url="https://api.shopstyle.com/action/apiVisitRetailer?id=700000051",
        category="bootcut-jeans",
        categories=("bootcut-jeans", "jeans"),
        crawled="womens-jeans",
        image_urls=("https://img.example/XLarge.jpg",),
        brand="Northfield",
        price=88.0,
        currency="USD",
        locale="en_US",
        updated_at="2022-03-01",
    )


def test_ids_are_never_corrected():
    stated = [{"id": "turleneck-sweaters"}, {"id": "turtle-and-mock-necks"}]
    item = parse_product({**PRODUCT, "categories": stated}, "sweaters", size="XLarge")
    assert item.categories == ("turleneck-sweaters", "turtle-and-mock-necks")


def test_an_id_alone_is_enough():
    item = parse_product({"id": 7}, "jeans", size="XLarge")
    assert (item.source_id, item.name, item.category, item.image_urls) == ("7", "", "jeans", ())


@pytest.mark.parametrize("size", SIZES)
def test_the_picture_of_the_chosen_size_is_taken(size):
    assert choose_picture({"sizes": SIZES_OF_ALL}, size) == f"https://img.example/{size}.jpg"


def test_the_next_smaller_picture_is_taken_where_the_chosen_one_is_missing():
    sizes = {n: SIZES_OF_ALL[n] for n in ("Small", "Medium", "Best")} | {"XLarge": {"url": 7}}
    assert choose_picture({"sizes": sizes}, "XLarge") == "https://img.example/Medium.jpg"


def test_alternate_pictures_are_named_behind_the_first_and_in_the_same_size():
    back = {n: {"url": f"https://img.example/back-{n}.jpg"} for n in ("Small", "XLarge", "Best")}
    alternates = [{"id": "1", "sizes": back}, None, {"id": "2", "sizes": SIZES_OF_ALL}, {"id": "3"}]
    item = parse_product({**PRODUCT, "alternateImages": alternates}, "jeans", size="XLarge")
    assert item.image_urls == (
        "https://img.example/XLarge.jpg",
        "https://img.example/back-XLarge.jpg",
    )


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        (None, "no-object"),
        ("7", "no-object"),
        ({}, "no-id"),
        ({"id": None}, "no-id"),
        ({"id": True}, "no-id"),
        ({"id": "../../etc/passwd"}, "bad-id"),
        ({"id": "a\\b"}, "bad-id"),
        ({"id": "x" * 100}, "bad-id"),
    ],
)
def test_what_is_no_product_is_told(product, reason):
    with pytest.raises(SourceError) as caught:
        parse_product(product, "jeans", size="XLarge")
    assert caught.value.reason == reason


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(list(PRODUCT)), any_json(["id", "url", "sizes", "Best"])))
def test_no_field_of_any_type_breaks_a_product(fields):
    item = parse_product({**fields, "id": 7}, "jeans", size="XLarge")
    assert isinstance(build_record(item), Record | str)
