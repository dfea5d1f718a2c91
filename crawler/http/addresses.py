"""Which addresses a crawl may connect to: public ones, unless private ones are allowed."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.errors import FetchError

SCHEMES = ("http", "https")
PORTS = {"http": 80, "https": 443}
INVISIBLE = re.compile(r"[\x00-\x20\x7f]")
# Of RFC 6052: an IPv6 address that a gateway translates into the IPv4 address at its end.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@lru_cache(maxsize=4096)
def refusal(address: str, *, allow_private: bool) -> str | None:
    """Say why a crawl must not connect to a numeric address; None when it may.

    Link-local addresses, where clouds keep their credentials, are never allowed.

    >>> refusal("93.184.216.34", allow_private=False)
    >>> refusal("10.0.0.1", allow_private=False)
    '10.0.0.1 is a private address'
    >>> refusal("::ffff:127.0.0.1", allow_private=False)
    '::ffff:127.0.0.1 is a private address'
    >>> refusal("169.254.169.254", allow_private=True)
    '169.254.169.254 is an address that no shop has'
    """
    # What follows a "%" names the network card of a link-local address.
    ip = inner(ipaddress.ip_address(address.partition("%")[0]))
    # Before the others: ::1 counts as reserved, too.
    if ip.is_loopback and allow_private:
        return None
    if ip.is_multicast or ip.is_unspecified or ip.is_link_local or ip.is_reserved:
        return f"{address} is an address that no shop has"
    if not ip.is_global and not allow_private:
        return f"{address} is a private address"
    return None


def inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def host_of(url: str) -> str:
    """Return host and port of an address, as limits and robots.txt are kept by.

    >>> host_of("https://Shop.example/a?b")
    'shop.example'
    >>> host_of("http://shop.example:8080/")
    'shop.example:8080'
    """
    parts = urlsplit(url)
    port = parts.port
    name = (parts.hostname or "").lower()
    return name if port in (None, PORTS.get(parts.scheme)) else f"{name}:{port}"


def check_url(url: str) -> None:
    """Refuse what is no plain http or https address.

    Where it leads is not checked here: a name may resolve to another address a moment later.

    Raises:
        FetchError: With the reason ``scheme`` or ``bad-url``.
    """
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # asking for the port is what checks it
    except ValueError as error:
        raise FetchError(f"{url!r:.200} is no address: {error}.", reason="bad-url") from error
    if parts.scheme not in SCHEMES:
        raise FetchError(f"{url!r:.200} is not http or https.", reason="scheme")
    if not host or INVISIBLE.search(url):
        raise FetchError(f"{url!r:.200} is no address.", reason="bad-url")
    # It would end in logs and in the corpus; the message must not show it either.
    if parts.username is not None or parts.password is not None:
        raise FetchError(f"The address at {host} has a name or password in it.", reason="bad-url")


def may_lead_to_private(origin: str, target: str) -> bool:
    """Say whether a redirect may end at a private address, where these are allowed at all.

    Only within the host it came from: from there to another service of the same
    network is how a shop would make us its arm.

    >>> may_lead_to_private("http://intranet:8080/a", "http://intranet:8080/b")
    True
    >>> may_lead_to_private("http://intranet/a", "https://intranet/a")
    True
    >>> may_lead_to_private("http://intranet/a", "http://intranet:6379/")
    False
    """
    start, end = urlsplit(origin), urlsplit(target)
    if start.hostname != end.hostname:
        return False
    return end.port is None or end.port in PORTS.values() or end.port == start.port
