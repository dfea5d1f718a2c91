"""Networks that are no shop's: a list of our own, from IANA's registries of special addresses.

Not Python's `is_private` and `is_global`, whose lists differ from version to version.
https://www.iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry.
"""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"),  # RFC 1918
    "127.0.0.0/8",  # this machine
    "100.64.0.0/10",  # shared by the customers of a provider
    "198.18.0.0/15",  # measurements of networks
    "192.88.99.0/24",  # relays of 6to4
    "::1/128",  # this machine
    "fc00::/7",  # unique local
    "64:ff9b:1::/48",  # translated to IPv4 within a network
)
"""What machines of one's own may have, where private addresses are allowed."""

NEVER = (
    "0.0.0.0/8",  # "this network", which is this machine to many
    "169.254.0.0/16",  # link-local, and where clouds keep their credentials
    "192.0.0.0/24",  # protocols
    *("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"),  # documentation
    *("192.31.196.0/24", "192.52.193.0/24", "192.175.48.0/24"),  # AS112 and AMT
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, with the broadcast
    "2001::/23",  # protocols, with Teredo and ORCHID, which hold other addresses
    *("2001:db8::/32", "3fff::/20"),  # documentation
    "2620:4f:8000::/48",  # AS112
)
"""What no shop has, and no machine of one's own either.

Of IPv6 whatever is outside `UNICAST`, too: 100::/64, which discards, 5f00::/16 of segment
routing, fe80::/10, ff00::/8, and all that is given to nobody yet.
"""

UNICAST = ipaddress.ip_network("2000::/3")
"""All that IANA gives out of IPv6."""

METADATA = (
    "168.63.129.16/32",  # Azure
    "100.100.100.200/32",  # Alibaba
    "192.0.0.192/32",  # Oracle
    "fd00:ec2::/32",  # Amazon
    "fd20:ce::/32",  # Google
    "fd00:42::42/128",  # Scaleway
)
"""Where clouds tell a machine its credentials, beside 169.254.0.0/16."""

NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""Of RFC 6052: an address that a gateway translates into the IPv4 address at its end."""


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read networks."""
    return tuple(ipaddress.ip_network(text) for text in texts)


PRIVATE_NETWORKS, NEVER_NETWORKS, METADATA_NETWORKS = map(networks, (PRIVATE, NEVER, METADATA))


def is_in(address: Address, listed: Iterable[Network]) -> bool:
    """Tell whether an address is in one of the networks.

    >>> is_in(ipaddress.ip_address("10.1.2.3"), PRIVATE_NETWORKS)
    True
    """
    # Of the other version it is in none.
    return any(address in network for network in listed)


def inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 address stands for, if it does.

    >>> inner(ipaddress.ip_address("2002:a00:1::"))
    IPv4Address('10.0.0.1')
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
