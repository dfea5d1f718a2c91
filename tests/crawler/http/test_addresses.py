import pytest

from crawler.errors import FetchError
from crawler.http.addresses import check_url, refusal

PRIVATE = [
    *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("198.18.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:7f00:1", "64:ff9b::a00:1"),
    "2002:a00:1::",
]
NEVER = ["169.254.169.254", "0.0.0.0", "224.0.0.1", "255.255.255.255", "fe80::1", "ff02::1", "::"]
PUBLIC = ["93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", PRIVATE + NEVER)
def test_addresses_that_are_not_public_are_refused(address):
    assert refusal(address, allow_private=False) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_not_refused(address):
    assert refusal(address, allow_private=False) is None


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_can_be_allowed(address):
    assert refusal(address, allow_private=True) is None


@pytest.mark.parametrize("address", NEVER)
def test_addresses_that_no_shop_has_are_never_allowed(address):
    assert refusal(address, allow_private=True) is not None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "scheme"),
        ("ftp://shop.example/", "scheme"),
        ("javascript:alert(1)", "scheme"),
        ("/relative", "scheme"),
        ("http://", "bad-url"),
        ("http://[::1", "bad-url"),
        ("http://shop.example:99999/", "bad-url"),
        ("http://user:word@shop.example/", "bad-url"),
        ("http://shop.example/a b", "bad-url"),
        ("http://shop.example/\r\nHost: other", "bad-url"),
    ],
)
def test_what_is_no_web_address_is_refused(url, reason):
    with pytest.raises(FetchError) as caught:
        check_url(url)
    assert caught.value.reason == reason
