"""One product of ShopStyle's API, whatever is missing or wrong in it."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from crawler.errors import SourceError
from crawler.items import Item
from crawler.sources.reading.loose_values import (
    read_currency,
    read_list,
    read_objects,
    read_price,
    read_text,
    read_url,
    read_word,
    unique,
)

SIZES = ("Small", "IPhoneSmall", "Medium", "Large", "IPhone", "XLarge", "Best", "Original")
"""The names of pictures, from the smallest on."""
# Ids look like this; whatever else stands in their place, such as a path, is none.
PRODUCT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


def parse_product(product: Any, crawled: str, *, size: str) -> Item:
    """Turn one product of a page into an item.

    Args:
        product: An entry of ``products``.
        crawled: The category in which it was found.
        size: The largest picture to take.

    Raises:
        SourceError: If it has no id, or one that is none.
    """
    if not isinstance(product, dict):
        raise SourceError("A product is no object.", reason="no-object")
    product_id = read_word(product.get("id"))
    if not product_id:
        raise SourceError("A product has no id.", reason="no-id")
    if not PRODUCT_ID.fullmatch(product_id):
        raise SourceError(f"{product_id!r:.80} is no id of a product.", reason="bad-id")
    names = ("name", "unbrandedName")
    categories = unique(read_word(c.get("id")) for c in read_objects(product.get("categories")))
    brand = next(read_objects(product.get("brand")), {})
    times = ("lastModified", "extractDate")
    return Item(
        source="shopstyle",
        source_id=product_id,
        name=next((text for text in (read_text(product.get(n)) for n in names) if text), ""),
        description=read_text(product.get("description")),
        url=read_address(product),
        category=categories[0] if categories else crawled,
        categories=categories,
        crawled=crawled,
        image_urls=unique(
            choose_picture(image, size)
            for image in (product.get("image"), *read_list(product.get("alternateImages")))
        ),
        brand=read_word(brand.get("name")),
        price=read_price(product.get("price")),
        currency=read_currency(product.get("currency")),
        locale=read_word(product.get("locale"))[:40],
        updated_at=next((t for t in (read_word(product.get(n)) for n in times) if t), ""),
    )


def choose_picture(image: Any, size: str) -> str:
    """Return the address of the best size of a picture at or below one, else the smallest above.

    >>> sizes = {n: {"url": f"https://img.example/{n}.jpg"} for n in ("Small", "Large", "Best")}
    >>> choose_picture({"sizes": sizes}, "XLarge")
    'https://img.example/Large.jpg'
    >>> choose_picture({"sizes": {"Best": sizes["Best"]}}, "XLarge")
    'https://img.example/Best.jpg'
    >>> choose_picture(7, "XLarge")
    ''
    """
    sizes = image.get("sizes") if isinstance(image, dict) else None
    if not isinstance(sizes, dict):
        return ""
    # A larger one than asked for is better than none.
    limit = SIZES.index(size) + 1
    for name in (*reversed(SIZES[:limit]), *SIZES[limit:]):
        entry = sizes.get(name)
        if isinstance(entry, dict) and (url := read_url(entry.get("url"), "https:")):
            return url
    return ""


def read_address(product: dict[str, Any]) -> str:
    """Return the product's page, without the key that its links carry.

    >>> read_address({"clickUrl": "https://api.example/visit?id=7&pid=KEY"})
    'https://api.example/visit?id=7'
    """
    for name in ("pageUrl", "clickUrl"):
        if url := read_url(product.get(name), ""):
            parts = urlsplit(url)
            query = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() != "pid"]
            return urlunsplit(parts._replace(query=urlencode(query)))
    return ""
