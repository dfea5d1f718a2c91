import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.reading.loose_values import (
    read_currency,
    read_path,
    read_price,
    read_text,
    read_url,
    read_word,
)
from tests.crawler.any_json import any_json


@pytest.mark.parametrize(
    ("written", "price"),
    [
        ("15.00 USD", 15.0),
        ("USD 1,299.50", 1299.5),
        ("1.299,50 €", 1299.5),
        ("1.299.000 Ft", 1299000.0),
        ("1 299,00 kr", 1299.0),
        ("1\u202f299,00 €", 1299.0),
        ("1'299.00 CHF", 1299.0),
        ("12,5", 12.5),
        ("1,299", 1299.0),
        ("1.299", 1.299),
        ("from $20.", 20.0),
        ("-5.00", None),
        ("", None),
        ("free", None),
        ("1,2.3,4", None),
        (10**400, None),
        (math.nan, None),
        (math.inf, None),
        ("9" * 99, 1e99),
    ],
)
def test_amounts_are_read_as_shops_write_them(written, price):
    assert read_price(written) == pytest.approx(price) if price else read_price(written) is None


@pytest.mark.parametrize(
    "written",
    ["ftp://a.example/x.jpg", "data:image/png;base64,AA", "http://", "https://[", "a b://c", "",
     "http://a.example:99999/", "x" * 3000],
)  # fmt: skip
def test_what_is_no_web_address_is_none(written):
    assert read_url(written, "") == ""


def test_half_a_surrogate_pair_is_replaced():
    assert read_word("A\ud800") == "A?"


@given(any_json())
def test_any_value_can_be_read(value):
    assert isinstance(read_word(value), str)
    assert isinstance(read_text(value), str)
    assert isinstance(read_url(value, "https://shop.example/"), str)
    assert isinstance(read_currency(value), str)
    assert all(read_path(value))
    price = read_price(value)
    assert price is None or 0 <= price < math.inf


@given(st.text())
def test_any_text_can_be_an_address(text):
    url = read_url(text, "https://shop.example/")
    assert url == "" or url.startswith(("http://", "https://"))
