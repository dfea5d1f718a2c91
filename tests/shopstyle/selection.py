"""Which products a call to the ShopStyle-compatible server asks for, and in which order."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.shopstyle.calls import Call
from tests.shopstyle.listings import Listing
from tests.shopstyle.shop import Shop
from tests.shopstyle.tree import ROOT_ID, Tree

FILTERS = {
    "Brand": "b",
    "Retailer": "r",
    "Price": "p",
    "Discount": "d",
    "Size": "s",
    "Color": "c",
    "HeelHeight": "h",
}
FILTER_NAMES = {prefix: name for name, prefix in FILTERS.items()}


SORTS: dict[str, Callable[[Listing], Any]] = {
    "PriceLoHi": lambda p: (p.sale_price, p.id),
    "PriceHiLo": lambda p: (-p.sale_price, p.id),
    "Recency": lambda p: (-p.extracted.toordinal(), p.id),
    "Popular": lambda p: (-p.popularity, p.id),
}
"""Orders by name; any other leaves the shop's own."""


@dataclass(frozen=True)
class Query:
    """Which products, in which order."""

    cat: str = ""
    words: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    price_dropped_since: int = 0
    ids: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    sort: str = ""

    @classmethod
    def read(cls, call: Call, tree: Tree) -> "Query":
        """Read which products a call asks for."""
        cat = call.get("cat")
        node = tree.find(cat) if cat else None
        words = " ".join(call.values.get("fts", [])).lower().split()
        return cls(
            cat=node.id if node else cat,
            words=tuple(words),
            filters=tuple(call.all("fl")),
            price_dropped_since=call.number("pdd", 0),
            ids=tuple(call.all("prodid")),
            locales=tuple(name.replace("-", "_") for name in call.all("locales")),
            sort=call.get("sort"),
        )


def select(query: Query, shop: Shop) -> Sequence[Listing]:
    """Find the products, those of a shelf where the category is one of the tree."""
    if query.ids:
        ids = [int(i) for i in query.ids if re.fullmatch(r"\d{1,18}", i)]
        listings = shop.listings
        products = [listings[i] for i in dict.fromkeys(ids) if i in listings]
        products = [
            p for p in products if not query.cat or query.cat in p.shelves | {*p.categories}
        ]
    elif query.cat and query.cat not in shop.tree.nodes:
        every = shop.listings.values()
        products = [p for p in every if query.cat in p.categories]
    else:
        products = shop.shelves.get(query.cat or ROOT_ID, [])
    products = [p for p in products if has_words(p, query.words)] if query.words else products
    for choices in alternatives(query.filters):
        products = [p for p in products if not choices.isdisjoint(p.tokens)]
    if query.price_dropped_since:
        products = [p for p in products if dropped_at(p) >= query.price_dropped_since]
    if query.locales and "all" not in query.locales:
        products = [p for p in products if p.locale in query.locales]
    if query.sort in SORTS:
        products = sorted(products, key=SORTS[query.sort])
    return products


def alternatives(filters: Sequence[str]) -> list[set[str]]:
    """Sort filters by their letter: a product passes one of each letter.

    >>> [sorted(choices) for choices in alternatives(["b7", "p31:33", "b8"])]
    [['b7', 'b8'], ['p31', 'p32', 'p33']]
    """
    by_letter: dict[str, set[str]] = {}
    for name in filters:
        letter, value = name[:1], name[1:]
        ends = re.fullmatch(r"(\d{1,4}):(\d{1,4})", value)
        numbers = range(int(ends[1]), int(ends[2]) + 1) if ends else [value]
        if letter in FILTER_NAMES:
            by_letter.setdefault(letter, set()).update(f"{letter}{number}" for number in numbers)
    return list(by_letter.values())


def has_words(listing: Listing, words: Sequence[str]) -> bool:
    """Whether name, brand or description hold every word."""
    text = f"{listing.name} {listing.brand} {listing.description}".lower()
    return all(word in text for word in words)


def dropped_at(listing: Listing) -> int:
    """When the price dropped, in milliseconds since 1970; 0 if it did not."""
    if not listing.discount:
        return 0
    return (listing.modified - date(1970, 1, 1)).days * 86_400_000
