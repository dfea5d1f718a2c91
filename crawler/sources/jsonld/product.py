"""The product that a web page states in schema.org's words."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler.errors import SourceError
from crawler.items import Item
from crawler.sources.jsonld.breadcrumbs import find_path
from crawler.sources.jsonld.page import Node, PageData, types_of
from crawler.sources.reading.loose_values import (
    path_id,
    read_currency,
    read_path,
    read_price,
    read_text,
    read_url,
    read_word,
    unique,
)
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath

PRODUCT_TYPES = (
    "Product",
    "ProductGroup",
    "ProductModel",
    "IndividualProduct",
    "SomeProducts",
    "Vehicle",
    "Car",
)
MAX_VARIANTS = 1000
MAX_ID_CHARS = 200


class Offer(NamedTuple):
    """What a product is sold for."""

    price: float | None
    currency: str


def parse_product(page: PageData, url: str, *, source: str = "jsonld", image_url: str = "") -> Item:
    """Turn what a page states into an item.

    Args:
        page: Its JSON-LD.
        url: Its address.
        source: What the product's id begins with.
        image_url: A picture to take where the product states none.

    Raises:
        SourceError: If it states no product, or several.

    >>> shoes = {"@type": "Product", "name": "Clogs", "category": "Shoes > Clogs"}
    >>> parse_product(PageData((shoes,)), "https://shop.example/p/1").category
    'Shoes > Clogs'
    """
    product = find_product(page, url)
    variants = [
        variant
        for variant in page.resolve_list(product.get("hasVariant"))[:MAX_VARIANTS]
        if isinstance(variant, dict)
    ]
    name = _first_text(product, variants, "name")
    # Breadcrumbs are the place in the shop's own tree; `category` may be any text.
    path = find_path(page, url, name) or find_category(page, product, variants)
    offers = [offer for node in (product, *variants) for offer in read_offers(page, node)]
    prices = [offer.price for offer in offers if offer.price is not None]
    images = (image for node in (product, *variants) for image in read_images(page, node, url))
    return Item(
        source=source,
        source_id=make_id(url),
        name=name,
        description=_first_text(product, variants, "description"),
        url=url,
        category=path_id(path),
        categories=tuple(filter(None, [path_id(path)])),
        image_urls=unique([*images, image_url]),
        brand=_first_name(page, product, variants, "brand", "manufacturer"),
        price=min(prices, default=None),
        currency=next((offer.currency for offer in offers if offer.currency), ""),
        locale=page.language,
        updated_at=read_word(product.get("dateModified")),
        group=find_group(page, product),
    )


def find_product(page: PageData, url: str) -> Node:
    """Return the product that the page is about.

    Raises:
        SourceError: If there is none, or several and none has the page's address.
    """
    products = list(page.of_type(*PRODUCT_TYPES))
    groups = [node for node in products if "ProductGroup" in types_of(node)]
    # The other products of the page are then its variants.
    if len(groups) == 1:
        return groups[0]
    if not products:
        if page.broken_blocks:
            raise SourceError("Its JSON-LD is broken.", reason="broken-json-ld")
        raise SourceError("The page states no product.", reason="no-product")
    if len(products) > 1:
        at_address = [node for node in products if _has_address(node, url)]
        names = {clean_text(read_text(node.get("name"))) for node in products}
        if not at_address and len(names) > 1:
            raise SourceError("The page states several products.", reason="several-products")
        products = at_address or products
    # Several scripts may state the same product, one of them in more detail.
    return max(products, key=len)


def _has_address(node: Node, url: str) -> bool:
    page = urlsplit(url)
    for key in ("url", "@id", "mainEntityOfPage"):
        value = node.get(key)
        value = value.get("@id") if isinstance(value, dict) else value
        word = read_word(value)
        # A mere fragment is the object's place in the page, not the page of its own.
        address = read_url(word, url) if word and not word.startswith("#") else ""
        target = urlsplit(address)
        if address and (target.path.rstrip("/"), target.query) == (
            page.path.rstrip("/"),
            page.query,
        ):
            return True
    return False


def make_id(url: str) -> str:
    """Return what is a product's own in its page's address: article numbers are not unique.

    >>> make_id("https://shop.example/p/1/?color=red#top")
    '/p/1?color=red'
    """
    parts = urlsplit(url)
    place = (parts.path.rstrip("/") or "/") + (f"?{parts.query}" if parts.query else "")
    if len(place) <= MAX_ID_CHARS:
        return place
    # With a hash, or long addresses that begin alike would be one product.
    return f"{place[:MAX_ID_CHARS]}-{sha256(place.encode()).hexdigest()[:16]}"


def find_category(page: PageData, product: Node, variants: Sequence[Node]) -> CategoryPath:
    """Return the path that the product states itself; the longest of several."""
    paths: list[CategoryPath] = []
    for node in (product, *variants):
        for value in page.resolve_list(node.get("category")):
            name = value.get("name") if isinstance(value, dict) else value
            # An address is a term of some vocabulary, and no name.
            if isinstance(name, str) and not name.startswith(("http://", "https://")):
                paths.append(read_path(name))
    # Of the product and its variants each may state one, and the longest says most.
    return max(paths, key=len, default=())


def find_group(page: PageData, product: Node) -> str:
    """Return the id that the variants of one product share."""
    for node in (product, *page.resolve_list(product.get("isVariantOf"))):
        if isinstance(node, dict):
            group = read_word(node.get("productGroupID"))
            if group or (group := read_word(node.get("inProductGroupWithID"))):
                return group
    return ""


def read_images(page: PageData, node: Node, url: str) -> Iterator[str]:
    """Yield the addresses of an object's pictures: texts, ImageObjects, one or several."""
    for image in page.resolve_list(node.get("image")):
        values = [image]
        if isinstance(image, dict):
            # Of the file, of a page that shows it, of the object itself: the first that there is.
            values = [image.get(key) for key in ("contentUrl", "url", "@id")]
        for value in values:
            entries = page.resolve_list(value)
            addresses = [read_url(entry, url) for entry in entries if isinstance(entry, str)]
            if any(addresses):
                yield from addresses
                break


def read_offers(page: PageData, node: Node) -> Iterator[Offer]:
    """Yield price and currency of an object's offers, AggregateOffers included."""
    for offer in page.resolve_list(node.get("offers"))[:MAX_VARIANTS]:
        if not isinstance(offer, dict):
            continue
        specifications = page.resolve_list(offer.get("priceSpecification"))
        for stated in (offer, *specifications):
            if isinstance(stated, dict):
                # An AggregateOffer has no price, but the lowest and the highest of its offers.
                price = read_price(stated.get("price"))
                price = read_price(stated.get("lowPrice")) if price is None else price
                if price is not None:
                    yield Offer(price, read_currency(stated.get("priceCurrency")))
                    break
        else:
            yield from read_nested_offers(page, offer)


def read_nested_offers(page: PageData, offer: Node) -> Iterator[Offer]:
    """Yield the offers that an AggregateOffer lists where it has no lowest price itself."""
    for nested in page.resolve_list(offer.get("offers"))[:MAX_VARIANTS]:
        if isinstance(nested, dict):
            price = read_price(nested.get("price"))
            yield Offer(price, read_currency(nested.get("priceCurrency")))


def _first_text(product: Node, variants: Sequence[Node], key: str) -> str:
    texts = (read_text(node.get(key)) for node in (product, *variants))
    return next((text for text in texts if text.strip()), "")


def _first_name(page: PageData, product: Node, variants: Sequence[Node], *keys: str) -> str:
    for node in (product, *variants):
        for key in keys:
            for value in page.resolve_list(node.get(key)):
                name = value.get("name") if isinstance(value, dict) else value
                if text := clean_text(read_word(name)):
                    return text
    return ""
