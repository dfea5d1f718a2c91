import pytest

from crawler.sources.reading.store_url import read_store_url, source_name
from prodcat.errors import ConfigError


@pytest.mark.parametrize(
    "store",
    ["", "ftp://shop.example", "https://", "https://[", "http://a b", "https://me:word@shop.example",
     "https://shop.example:port"],
)  # fmt: skip
def test_what_is_no_shop_address_is_refused(store):
    with pytest.raises(ConfigError):
        read_store_url(store)


def test_a_refusal_does_not_repeat_a_password():
    with pytest.raises(ConfigError) as caught:
        read_store_url("https://me:word@shop.example")
    assert "word@" not in str(caught.value)


def test_two_shops_have_two_names_without_colons():
    names = {
        source_name("shopify", url)
        for url in ("https://a.example", "https://a.example:81", "https://a.example/x:y")
    }
    assert len(names) == 3
    assert not any(":" in name for name in names)
