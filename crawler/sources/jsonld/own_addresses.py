"""Under which addresses a page is known, and what it shares with other pages."""

from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler.sources.jsonld.head import Head
from crawler.sources.reading.loose_values import read_url, read_word

START_PAGES = frozenset({"", "index.html", "index.htm", "index.php"})


class Place(NamedTuple):
    """An address as two pages are compared by."""

    host: str
    path: str
    query: str


class OwnAddresses(NamedTuple):
    """The addresses of one page."""

    base: str
    """What its addresses are relative to."""
    places: frozenset[Place]
    """Where it is: asked at, led to, canonical."""
    group: str
    """What it shares with the pages that are the same product."""

    def is_own(self, address: str) -> bool:
        """Tell whether an absolute address is the page's."""
        place = place_of(address)
        if place in self.places:
            return True
        # Of a page with a query each query may be another product.
        return not place.query and any(
            place[:2] == own[:2] and not own.query for own in self.places
        )

    def states(self, value: object) -> bool:
        """Tell whether what an object states as its address is the page's."""
        if isinstance(value, dict):
            value = value.get("@id") or value.get("url")
        word = read_word(value)
        # A mere fragment is the object's place in the page, not the page of its own.
        address = read_url(word, self.base) if word and not word.startswith("#") else ""
        return bool(address) and self.is_own(address)


def place_of(address: str) -> Place:
    """Return what tells an address from others.

    >>> place_of("https://www.Shop.example/p/1/?a=2#top")
    Place(host='shop.example', path='/p/1', query='a=2')
    """
    parts = urlsplit(address)
    return Place((parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query)


def read_addresses(head: Head, url: str, final_url: str = "") -> OwnAddresses:
    """Find out where a page is.

    Args:
        head: Of the page.
        url: Where it was asked for.
        final_url: Where the last redirect led.
    """
    final = read_url(final_url, url) or url
    base = read_url(head.base, final) or final
    canonical = read_url(head.canonical, base)
    # Some shops name their start page as the canonical one of each page.
    if not canonical or urlsplit(canonical).path.strip("/").lower() in START_PAGES:
        canonical = ""
    stated = read_url(head.meta("og:url"), base)
    own = {place_of(address) for address in (url, final, canonical) if address}
    if stated and urlsplit(stated).path.strip("/"):
        own.add(place_of(stated))
    own_place = place_of(canonical or final)
    alternates = [(code, read_url(address, base)) for code, address in head.alternates]
    return OwnAddresses(base, frozenset(own), _written(_group(own_place, own, alternates)))


def _group(own: Place, places: set[Place], alternates: Iterable[tuple[str, str]]) -> Place:
    """Return the one address that all translations of a page agree on."""
    translations = {code: place_of(address) for code, address in alternates if address}
    members = set(translations.values())
    # A list that leaves the page itself out is of another page, such as the start page.
    if len(members) < 2 or members.isdisjoint(places) or any(not p.path for p in members):
        return own
    return translations.get("x-default") or min(members)


def _written(place: Place) -> str:
    return place.host + place.path + (f"?{place.query}" if place.query else "")
