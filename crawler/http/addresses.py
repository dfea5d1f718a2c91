"""Which addresses a crawl may connect to: public ones, unless private ones are allowed."""

import ipaddress
import re
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.errors import FetchError
from crawler.http.networks import (
    METADATA_NETWORKS,
    NEVER_NETWORKS,
    PRIVATE_NETWORKS,
    UNICAST,
    inner,
    is_in,
)
from crawler.http.normal import PORTS, SCHEMES, location_of, normal_host, normal_url
from prodcat.errors import ConfigError

INVISIBLE = re.compile(r"[\x00-\x1f\x7f]")
SIX_TO_FOUR = ipaddress.ip_network("2002::/16")


@lru_cache(maxsize=4096)
def refusal(
    address: str, *, allow_private: bool, named: frozenset[str] = frozenset()
) -> str | None:
    """Say why a crawl must not connect to a numeric address; None when it may.

    Args:
        address: An IPv4 or IPv6 address.
        allow_private: It may be one of this machine or of its network. Where clouds keep their
            credentials it may not be even so.
        named: Addresses that are allowed all the same, together with private ones.

    >>> refusal("93.184.216.34", allow_private=False)
    >>> refusal("10.0.0.1", allow_private=False)
    '10.0.0.1 is a private address'
    >>> refusal("::ffff:127.0.0.1", allow_private=False)
    '::ffff:127.0.0.1 is a private address'
    >>> refusal("169.254.169.254", allow_private=True)
    '169.254.169.254 is an address that no shop has'
    >>> refusal("169.254.169.254", allow_private=True, named=frozenset({"169.254.169.254"}))
    """
    # What follows a "%" names the network card of a link-local address.
    outer = ipaddress.ip_address(address.partition("%")[0])
    ip = inner(outer)
    if allow_private and str(ip) in named:
        return None
    if is_in(ip, METADATA_NETWORKS) or is_in(ip, NEVER_NETWORKS):
        return f"{address} is an address that no shop has"
    # 6to4 went out of use: whoever has such an address today means to hide another.
    if is_in(ip, PRIVATE_NETWORKS) or outer in SIX_TO_FOUR:
        return None if allow_private else f"{address} is a private address"
    if isinstance(ip, ipaddress.IPv6Address) and ip not in UNICAST:
        return f"{address} is an address that no shop has"
    return None


def read_named(address: str) -> str:
    """Read an address that shall be allowed by name, in the form that it is compared in.

    Raises:
        ConfigError: If it is none.

    >>> read_named("FD00:EC2:0::254")
    'fd00:ec2::254'
    """
    try:
        return str(inner(ipaddress.ip_address(address.strip())))
    except ValueError:
        raise ConfigError(
            f"{address!r:.80} is no numeric address. Give one such as 169.254.169.254."
        ) from None


def host_of(url: str) -> str:
    """Return host and port of an address, as limits and robots.txt are kept by.

    >>> host_of("https://Shop.example/a?b")
    'shop.example'
    >>> host_of("http://shop.example:8080/"), host_of("https://Bücher.example:443/")
    ('shop.example:8080', 'xn--bcher-kva.example')
    """
    parts = urlsplit(url)
    port = parts.port
    name = (parts.hostname or "").removesuffix(".")
    name = name if name.isascii() else normal_host(name)
    return name if port in (None, PORTS.get(parts.scheme)) else f"{name}:{port}"


def check_url(url: str, *, shown: str | None = None) -> str:
    """Return the one form of an address; refuse what is no plain http or https address.

    Where it leads is not checked here: a name may resolve to another address a moment later.

    Args:
        url: The address.
        shown: How it stands in messages, without keys; as it is if not given.

    Raises:
        FetchError: With the reason ``scheme`` or ``bad-url``.
    """
    shown = f"{url if shown is None else shown!r:.200}"
    try:
        parts = urlsplit(url.strip())
        scheme = parts.scheme.lower()
        if scheme not in SCHEMES and not (scheme == "" and ":" in url):
            raise FetchError(f"{shown} is not http or https.", reason="scheme")
        host = parts.hostname
        # It would end in logs and in the corpus; the message must not show it either.
        if parts.username is not None or parts.password is not None:
            message = f"The address at {host} has a name or password in it."
            raise FetchError(message, reason="bad-url")
        # A break within an address would be one within our request.
        if not host or INVISIBLE.search(url.strip()):
            raise FetchError(f"{shown} is no address.", reason="bad-url")
        normal = normal_url(url)
    except ValueError as error:
        # The error itself would quote the address as it is.
        raise FetchError(f"{shown} is no address.", reason="bad-url") from error
    return normal


def redirect_target(url: str, location: str) -> str:
    """Return where an answer leads that was asked for at *url*; as it is, if it leads nowhere.

    Args:
        url: The address.
        location: The header, as http.client decodes it.

    >>> redirect_target("https://shop.example/a/b", "../c d")
    'https://shop.example/c%20d'
    """
    target = location_of(location).strip()
    try:
        return normal_url(target, url)
    except ValueError:
        # Whatever it is instead, is told by who checks it.
        return target


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
