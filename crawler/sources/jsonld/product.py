"""The product that a web page states, in whatever form: JSON-LD, microdata, RDFa, Open Graph."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import urlsplit

from crawler.errors import SourceError
from crawler.items import Item
from crawler.sources.jsonld.breadcrumbs import find_path, linked_path
from crawler.sources.jsonld.choosing import (
    find_group,
    find_product,
    find_variants,
    first_text,
    read_name,
)
from crawler.sources.jsonld.offers import Offer, lowest, read_offers
from crawler.sources.jsonld.own_addresses import OwnAddresses, read_addresses
from crawler.sources.jsonld.page import Node, PageData
from crawler.sources.jsonld.social import graph_node, says_product
from crawler.sources.reading.loose_values import (
    path_id,
    read_url,
    read_word,
    unique,
)
from crawler.sources.reading.trails import read_category
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath

MAX_ID_CHARS = 200
MAX_IMAGES = 50
PICTURES = ("image", "images", "photo", "thumbnailUrl", "thumbnail")


class Statement(NamedTuple):
    """A product as one form of markup states it."""

    page: PageData
    nodes: tuple[Node, ...]
    """The product, then its variants."""

    @property
    def name(self) -> str:
        """The product's name, or that of a variant."""
        return next(filter(str.strip, map(read_name, self.nodes)), "")

    def images(self, base: str) -> list[str]:
        """The addresses of its pictures."""
        return [image for node in self.nodes for image in read_images(self.page, node, base)]

    def offer(self) -> Offer:
        """What it costs."""
        return lowest([offer for node in self.nodes for offer in read_offers(self.page, node)])


def parse_product(
    page: PageData, url: str, *, source: str = "jsonld", image_url: str = "", final_url: str = ""
) -> Item:
    """Turn what a page states into an item.

    Args:
        page: What it states.
        url: Its address.
        source: What the product's id begins with.
        image_url: A picture to take where the product states none.
        final_url: Where the last redirect led.

    Raises:
        SourceError: If it states no product, or several.

    >>> shoes = {"@type": "Product", "name": "Clogs", "category": "Shoes > Clogs"}
    >>> parse_product(PageData((shoes,)), "https://shop.example/p/1").category
    'Shoes > Clogs'
    """
    own = read_addresses(page.head, url, final_url)
    statements = find_statements(page, own)
    nodes = [node for statement in statements for node in statement.nodes]
    name = next(filter(None, (statement.name for statement in statements)), "")
    offers = (statement.offer() for statement in statements)
    offer = next((offer for offer in offers if offer.price is not None), Offer(None, ""))
    path = find_category(page, statements, own, name)
    images = (image for statement in statements for image in statement.images(own.base))
    groups = (find_group(s.page, node) for s in statements for node in s.nodes[:1])
    return Item(
        source=source,
        source_id=make_id(url),
        name=name,
        description=first_text(nodes, "description"),
        url=url,
        category=path_id(path),
        categories=tuple(filter(None, [path_id(path)])),
        image_urls=unique([*images, image_url])[:MAX_IMAGES],
        brand=_first_name(statements, "brand", "manufacturer"),
        price=offer.price,
        currency=offer.currency,
        locale=page.language,
        updated_at=read_word(nodes[0].get("dateModified")),
        group=next(filter(None, groups), own.group),
    )


def find_statements(page: PageData, own: OwnAddresses) -> list[Statement]:
    """Return the page's product in each form that states it, the most exact first.

    Raises:
        SourceError: If no form states it.
    """
    statements: list[Statement] = []
    refusal: SourceError | None = None
    for form in (page, None):
        # Tags take longer to read than scripts: they are read where these leave something out.
        if form is None and statements and _is_whole(statements[0]):
            break
        form = form or page.marked
        try:
            product = find_product(form, own)
        except SourceError as error:
            refusal = refusal or error
            continue
        statement = Statement(form, (product, *find_variants(form, product)))
        if not statements or _is_same(statements[0], statement):
            statements.append(statement)
    # What pages say to social networks is the least exact, and stands in for what is missing.
    if not statements and not says_product(page.head):
        raise refusal or SourceError("The page states no product.", reason="no-product")
    graph = graph_node(page.head, page.markup.heading if not statements else "")
    if not statements and not graph["name"]:
        raise refusal or SourceError("The page states no product.", reason="no-product")
    return [*statements, Statement(page, (graph,))]


def _is_whole(statement: Statement) -> bool:
    return bool(
        statement.name and statement.offer().price is not None and statement.images("http://a/")
    )


def _is_same(first: Statement, second: Statement) -> bool:
    names = [clean_text(statement.name).casefold() for statement in (first, second)]
    return not all(names) or names[0] in names[1] or names[1] in names[0]


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


def find_category(
    page: PageData, statements: Sequence[Statement], own: OwnAddresses, name: str
) -> CategoryPath:
    """Return the category: by the page's trails, the product's own word, mere links, its head."""
    # Breadcrumbs are the place in the shop's own tree; `category` may be any text.
    if path := find_path(page, own, name):
        return path
    if page.markup.states_trails and (path := find_path(page.marked, own, name)):
        return path
    for form, nodes in statements[:-1]:
        if path := _stated_category(form, nodes):
            return path
    if path := linked_path(page, own, name):
        return path
    return _stated_category(page, statements[-1].nodes)


def _stated_category(page: PageData, nodes: Sequence[Node]) -> CategoryPath:
    """Return the path that the product states itself, or its offers do."""
    for node in nodes:
        if path := read_category(page.resolve_list(node.get("category"))):
            return path
    for node in nodes:
        for offer in page.resolve_list(node.get("offers"))[:20]:
            stated = offer.get("category") if isinstance(offer, dict) else None
            if path := read_category(page.resolve_list(stated)):
                return path
    return ()


def read_images(page: PageData, node: Node, base: str) -> Iterator[str]:
    """Yield the addresses of an object's pictures: texts, ImageObjects, one or several."""
    stated = (page.resolve_list(node.get(key)) for key in PICTURES)
    for image in next(filter(None, stated), [])[:MAX_IMAGES]:
        values = [image]
        if isinstance(image, dict):
            # Of the file, of a page that shows it, of the object itself: the first that there is.
            values = [
                image.get(key) for key in ("contentUrl", "url", "@id", "thumbnailUrl", "@value")
            ]
        for value in values:
            entries = page.resolve_list(value)
            addresses = [read_url(entry, base) for entry in entries if isinstance(entry, str)]
            if any(addresses):
                yield from addresses
                break


def _first_name(statements: Sequence[Statement], *keys: str) -> str:
    for page, nodes in statements:
        for node in nodes:
            for key in keys:
                for value in page.resolve_list(node.get(key)):
                    text = read_name(value) if isinstance(value, dict) else read_word(value)
                    if text := clean_text(read_word(text)):
                        return text
    return ""
