"""What a product is sold for: the price of today, of whatever offers it states."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from crawler.sources.jsonld.page import Node, PageData
from crawler.sources.reading.loose_values import read_currency, read_list, read_price, read_word

MAX_OFFERS = 1000
NOT_TODAYS = re.compile(
    r"list|strike|srp|rrp|msrp|regular|minimumadvertised|original", re.IGNORECASE
)
"""Kinds of prices that nobody pays: https://schema.org/PriceTypeEnumeration."""


class Offer(NamedTuple):
    """What a product is sold for."""

    price: float | None
    currency: str


def read_offers(page: PageData, node: Node) -> Iterator[Offer]:
    """Yield price and currency of an object's offers, AggregateOffers included."""
    for offer in page.resolve_list(node.get("offers"))[:MAX_OFFERS]:
        if isinstance(offer, dict):
            yield from _read_offer(page, offer, depth=0)
    if "price" in node:
        yield from _stated(node, ("price",))


def _read_offer(page: PageData, offer: Node, *, depth: int) -> Iterator[Offer]:
    # An AggregateOffer has no price, but the lowest and the highest of its offers.
    found = list(_stated(offer, ("price", "lowPrice")))
    # What is stated in detail tells which of several prices is that of today.
    found = found or list(_specified(page, offer))
    if not found and depth < 2:
        for nested in page.resolve_list(offer.get("offers"))[:MAX_OFFERS]:
            if isinstance(nested, dict):
                found += _read_offer(page, nested, depth=depth + 1)
    yield from found or _stated(offer, ("highPrice",))


def _specified(page: PageData, offer: Node) -> Iterator[Offer]:
    details = [
        detail
        for detail in page.resolve_list(offer.get("priceSpecification"))[:MAX_OFFERS]
        if isinstance(detail, dict)
    ]
    todays = [detail for detail in details if not NOT_TODAYS.search(_kind(detail))]
    for detail in todays or details:
        for found in _stated(detail, ("price", "minPrice")):
            yield Offer(found.price, found.currency or read_currency(offer.get("priceCurrency")))


def _kind(detail: Node) -> str:
    kinds = (read_word(kind) for kind in read_list(detail.get("priceType")))
    return " ".join(re.split(r"[/#:]", kind)[-1] for kind in kinds)


def _stated(node: Node, keys: tuple[str, ...]) -> Iterator[Offer]:
    for key in keys:
        prices = [price for price in map(read_price, _values(node.get(key))) if price is not None]
        if prices:
            stated = _values(node.get("priceCurrency")) + _values(node.get(key))
            currency = next(filter(None, map(read_currency, stated)), "")
            # Where several are written, the higher ones are those of before.
            yield Offer(min(filter(None, prices), default=prices[0]), currency)
            return


def _values(value: Any) -> list[Any]:
    entries = [e.get("@value") if isinstance(e, dict) else e for e in read_list(value)[:20]]
    return [entry for entry in entries if entry is not None]


def lowest(offers: list[Offer]) -> Offer:
    """Return the lowest price that is not nothing, and the currency of it.

    >>> lowest([Offer(0.0, "USD"), Offer(15.0, "USD"), Offer(20.0, "EUR")])
    Offer(price=15.0, currency='USD')
    """
    priced = [offer for offer in offers if offer.price is not None]
    best = min(priced, key=lambda o: (not o.price, o.price), default=Offer(None, ""))
    currency = best.currency or next((o.currency for o in offers if o.currency), "")
    return Offer(best.price, currency)
