"""Open Graph and its words for products: what a page says to social networks."""

import re
from typing import Any

from crawler.sources.jsonld.head import Head

Node = dict[str, Any]

PRICES = ("product:sale_price:amount", "product:price:amount", "og:price:amount", "product:price")
CURRENCIES = ("product:sale_price:currency", "product:price:currency", "og:price:currency")
TAILS = re.compile(r"\s+[|–—·•:-]\s+")


def graph_node(head: Head, heading: str = "") -> Node:
    """Return what the head of a page says of its product, in the words of schema.org.

    It has a type only where it says that it is a product: by that word, or by a price.

    Args:
        head: Of the page.
        heading: The page's own, for where the head has no name.

    >>> node = graph_node(Head(metas={"og:type": ("product",), "og:title": ("Clogs | Shop",),
    ...                               "og:site_name": ("Shop",), "og:image": ("/1.jpg",)}))
    >>> node["@type"], node["name"], node["image"]
    ('Product', 'Clogs', ['/1.jpg'])
    """
    price = head.meta(*PRICES)
    name = _without_site(head.meta("og:title", "twitter:title"), head.meta("og:site_name"))
    node: Node = {
        "name": name or heading or _without_site(head.title, head.meta("og:site_name")),
        "description": head.meta("og:description", "description"),
        "image": [
            *head.metas.get("og:image:secure_url", ()),
            *head.metas.get("og:image", ()),
            *head.metas.get("og:image:url", ()),
            *head.metas.get("twitter:image", ()),
            *head.metas.get("twitter:image:src", ()),
        ],
        "brand": head.meta("product:brand", "og:brand"),
        "category": head.meta("product:category", "og:category", "article:section"),
        "offers": {"price": price, "priceCurrency": head.meta(*CURRENCIES)},
    }
    return {"@type": "Product", **node} if says_product(head) and node["name"] else node


def says_product(head: Head) -> bool:
    """Tell whether the head of a page says that it is a product: by that word, or by a price.

    >>> says_product(Head(metas={"og:type": ("og:product",)})), says_product(Head(metas={}))
    (True, False)
    """
    return "product" in head.meta("og:type").lower() or bool(head.meta(*PRICES))


def _without_site(title: str, site: str) -> str:
    """Drop the shop's name behind a page's.

    >>> _without_site("Clogs - Cork - My Shop", "My shop"), _without_site("Clogs - Cork", "")
    ('Clogs - Cork', 'Clogs - Cork')
    """
    parts = list(TAILS.finditer(title))
    if parts and site and title[parts[-1].end() :].casefold().strip() == site.casefold().strip():
        return title[: parts[-1].start()]
    return title
