import math

import pytest

from crawler.engine.records import build_record
from crawler.items import Item


def record(**fields):
    return build_record(Item(**{"source": "shop", "source_id": "1", "name": "Boots", **fields}))


def test_texts_are_cleaned():
    product = record(
        name="<b>Boots</b>", description="<p>Warm<br>and&nbsp;dry</p>", brand="A&amp;B"
    ).product
    assert (product.name, product.description, product.brand) == ("Boots", "Warm and dry", "A&B")


def test_pictures_are_taken_in_their_order_without_those_that_are_none():
    urls = ("", "http://a/1.jpg", "http://a/2.jpg", "http://a/1.jpg", "http://a/" + "x" * 5000)
    assert record(image_urls=urls).image_urls == ("http://a/1.jpg", "http://a/2.jpg")


def test_no_more_than_five_pictures_are_taken_beside_the_first():
    urls = tuple(f"http://a/{number}.jpg" for number in range(20))
    assert record(image_urls=urls).image_urls == urls[:6]


def test_every_category_is_kept():
    made = record(category="a", categories=("a", "b"), crawled="c")
    assert (made.product.category_id, made.listed, made.crawled) == ("a", ("a", "b"), "c")


@pytest.mark.parametrize("price", [math.nan, math.inf, None])
def test_a_price_that_is_none_is_left_out(price):
    assert record(price=price).product.price is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"source_id": ""}, "no id"),
        ({"source_id": "\x00"}, "no id"),
        ({"source_id": "x" * 1000}, "no id"),
        ({"name": "<br>"}, "no name, description or picture"),
    ],
)
def test_what_is_no_product_is_refused_with_a_reason(fields, reason):
    assert record(**fields) == reason


def test_variants_of_one_product_share_a_group_of_their_source():
    assert (record(group="7").product.group_id, record().product.group_id) == ("shop:7", "")


def test_a_picture_alone_is_a_product():
    assert record(name="", image_urls=("http://a/1.jpg",)).image_urls == ("http://a/1.jpg",)


def test_half_a_surrogate_pair_can_be_stored():
    made = record(source_id="1\ud800", name="Boots\ud800", url="http://a/\ud800")
    for value in made.product.columns().values():
        str(value).encode("utf-8")
