import pytest

from crawler.errors import FetchError
from crawler.http.addresses import check_url, read_named, refusal
from prodcat.errors import ConfigError

PRIVATE = [
    *("127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1"),
    *("198.18.0.1", "::1", "fd00::1", "::ffff:10.0.0.1", "::ffff:7f00:1", "64:ff9b::a00:1"),
    *("2002:a00:1::", "2002:808:808::1", "64:ff9b:1::808:808", "192.88.99.1", "100.127.255.255"),
]
METADATA = [
    *("169.254.169.254", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"),
    *("fd20:ce::254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"),
    "::ffff:100.100.100.200",
]
NEVER = [
    *("0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255", "240.0.0.1", "192.0.0.8"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "fe80::1", "fe80::1%eth0", "febf::1", "ff02::1"),
    *("::", "::2", "::808:808", "100::1", "2001::1", "2001:0:808:808::1", "2001:1ff::1"),
    *("2001:db8::1", "3fff::1", "5f00::1", "fec0::1", "4000::1", "8000::1", "64:ff9b:2::1"),
    *METADATA,
]
PUBLIC = [
    *("93.184.216.34", "8.8.8.8", "2606:4700::6810:84e5", "64:ff9b::808:808", "172.32.0.1"),
    *("100.128.0.1", "198.20.0.1", "192.0.1.1", "223.255.255.255", "2001:200::1", "2a00:1450::1"),
]


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


@pytest.mark.parametrize("address", METADATA)
def test_the_metadata_of_clouds_is_asked_only_by_name(address):
    named = frozenset({read_named(address)})
    assert refusal(address, allow_private=True, named=named) is None
    assert refusal(address, allow_private=False, named=named) is not None
    assert refusal("169.254.169.253", allow_private=True, named=named) is not None


@pytest.mark.parametrize("address", ["shop.example", "10.0.0.0/8", "", "1.2.3"])
def test_what_is_allowed_by_name_is_a_number(address):
    with pytest.raises(ConfigError):
        read_named(address)


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
        ("http://shop.example/\r\nHost: other", "bad-url"),
    ],
)
def test_what_is_no_web_address_is_refused(url, reason):
    with pytest.raises(FetchError) as caught:
        check_url(url)
    assert caught.value.reason == reason
