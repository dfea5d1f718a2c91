"""Which of the objects of a page is the product that the page is about."""

from collections.abc import Iterable, Sequence

from crawler.errors import SourceError
from crawler.sources.jsonld.own_addresses import OwnAddresses
from crawler.sources.jsonld.page import Node, PageData, types_of
from crawler.sources.reading.loose_values import read_list, read_text, read_word
from prodcat.inputs.text import clean_text

PRODUCT_TYPES = (
    *("Product", "ProductGroup", "ProductModel", "IndividualProduct", "SomeProducts", "Vehicle"),
    *("Car", "Motorcycle", "MotorizedBicycle", "BusOrCoach", "ProductCollection"),
    *("DietarySupplement", "Drug", "ProductOrService", "hProduct", "IndividualVehicle"),
)
OTHER_GOODS = (
    *("Book", "Audiobook", "BookSeries", "Movie", "MusicAlbum", "MusicRelease", "MusicRecording"),
    *("VideoGame", "Game", "SoftwareApplication", "MobileApplication", "WebApplication"),
    *("VisualArtwork", "Painting", "Sculpture", "Photograph", "Periodical", "ComicIssue", "Map"),
    *("SheetMusic", "TVSeries", "CreativeWork", "MenuItem", "Recipe", "Course", "Thing"),
)
"""Products by another name, where they are for sale."""
NO_GOODS = frozenset(
    (
        "organization",
        "store",
        "localbusiness",
        "event",
        "service",
        "place",
        "hotel",
        "person",
        "website",
        "article",
        "newsarticle",
        "blogposting",
        "jobposting",
        "offer",
        "aggregateoffer",
        "offercatalog",
        "webpage",
        "breadcrumblist",
    )
)
MAX_VARIANTS = 1000
ARTICLE_NUMBERS = ("sku", "productID", "mpn", "gtin13", "gtin", "identifier")


def find_product(page: PageData, own: OwnAddresses) -> Node:
    """Return the product that the page is about.

    Raises:
        SourceError: If there is none, or several and nothing tells which.
    """
    products = list(page.of_type(*PRODUCT_TYPES)) or _other_goods(page)
    if not products:
        if page.broken_blocks:
            raise SourceError("Its JSON-LD is broken.", reason="broken-json-ld")
        raise SourceError("The page states no product.", reason="no-product")
    groups = [node for node in products if "productgroup" in types_of(node)]
    # The other products of the page are then its variants, unless it is one of them alone.
    if len(groups) == 1:
        members = _members(page, groups[0])
        return members[0] if len(members) == 1 and "hasVariant" not in groups[0] else groups[0]
    products = groups or products
    if len(products) > 1:
        products = _own_ones(page, products, own)
    # Several scripts may state the same product, one of them in more detail.
    return max(products, key=len)


def _other_goods(page: PageData) -> list[Node]:
    """Return what is for sale without being called a product."""
    goods = [n for n in page.of_type(*OTHER_GOODS) if "offers" in n or "isbn" in n or "sku" in n]
    return goods or [
        node
        for node in page.nodes
        if "offers" in node and node.get("name") and types_of(node).isdisjoint(NO_GOODS)
    ]


def _own_ones(page: PageData, products: list[Node], own: OwnAddresses) -> list[Node]:
    """Return those that are the page's own: by address, number, name or place in the page."""
    names = {_name_of(node) for node in products}
    at_address = [node for node in products if _has_address(page, node, own)]
    if at_address:
        return at_address
    if len(names - {""}) <= 1:
        return products
    for chosen in (
        _by_number(page, products, own),
        _by_name(page, products),
        _main_ones(page, products),
    ):
        if chosen and len({_name_of(node) for node in chosen}) == 1:
            return chosen
    raise SourceError("The page states several products.", reason="several-products")


def _name_of(node: Node) -> str:
    return clean_text(read_name(node)).casefold()


def _has_address(page: PageData, node: Node, own: OwnAddresses) -> bool:
    stated = [node.get(key) for key in ("url", "@id", "mainEntityOfPage")]
    for offer in page.resolve_list(node.get("offers"))[:MAX_VARIANTS]:
        if isinstance(offer, dict):
            stated += [offer.get("url"), offer.get("@id")]
    return any(own.states(entry) for value in stated for entry in read_list(value)[:20])


def _by_number(page: PageData, products: Iterable[Node], own: OwnAddresses) -> list[Node]:
    """Return those whose article number the page's head or address names."""
    named = page.head.meta("product:retailer_item_id", "product:retailer_part_no", "product:sku")
    words = {
        word
        for place in own.places
        for word in f"{place.path}/{place.query}".lower().replace(".html", "/").split("/")
    }
    chosen = []
    for node in products:
        numbers = {read_word(node.get(key)).lower() for key in ARTICLE_NUMBERS} - {""}
        if named.lower() in numbers or any(_is_within(n, words) for n in numbers if len(n) > 2):
            chosen.append(node)
    return chosen


def _is_within(number: str, words: Iterable[str]) -> bool:
    """Tell whether an article number stands in an address, and not as a part of a longer one."""
    return any(
        f"-{number}-" in f"-{word.replace('_', '-').replace('=', '-').replace('&', '-')}-"
        for word in words
    )


def _by_name(page: PageData, products: Iterable[Node]) -> list[Node]:
    """Return those whose name is the page's."""
    titles = (page.head.meta("og:title"), page.markup.heading, page.head.title)
    for title in filter(None, map(str.casefold, map(clean_text, titles))):
        names = [(node, _name_of(node)) for node in products]
        same = [node for node, name in names if name == title]
        within = [node for node, name in names if len(name) > 3 and title.startswith(name)]
        if same or within:
            return same or within
    return []


def _main_ones(page: PageData, products: Iterable[Node]) -> list[Node]:
    """Return those that a page names as what it is about."""
    main = set()
    for node in page.nodes:
        for key in ("mainEntity", "mainEntityOfPage"):
            main |= {id(entry) for entry in page.resolve_list(node.get(key))[:20]}
    return [node for node in products if id(node) in main]


def find_variants(page: PageData, product: Node) -> list[Node]:
    """Return a product's variants: within it, beside it, and what its offers are for."""
    variants = page.resolve_list(product.get("hasVariant"))[:MAX_VARIANTS]
    if "productgroup" in types_of(product):
        variants += _members(page, product)
    for offer in page.resolve_list(product.get("offers"))[:MAX_VARIANTS]:
        if isinstance(offer, dict):
            variants += page.resolve_list(offer.get("itemOffered"))
    seen: dict[int, Node] = {id(v): v for v in variants if isinstance(v, dict) and v is not product}
    return list(seen.values())[:MAX_VARIANTS]


def _members(page: PageData, group: Node) -> list[Node]:
    """Return the products beside a group that name it as theirs."""
    group_ids = {read_word(group.get(key)) for key in ("@id", "productGroupID")} - {""}
    members = []
    for node in page.of_type(*PRODUCT_TYPES):
        outer = [e for e in read_list(node.get("isVariantOf"))[:20] if isinstance(e, dict)]
        stated = [read_word(e.get(key)) for e in outer for key in ("@id", "productGroupID")]
        stated.append(read_word(node.get("inProductGroupWithID")))
        if node is not group and group_ids.intersection(stated):
            members.append(node)
    return members


def find_group(page: PageData, product: Node) -> str:
    """Return the id that the variants of one product share; empty if it states none."""
    for node in (product, *page.resolve_list(product.get("isVariantOf"))):
        if isinstance(node, dict):
            group = read_word(node.get("productGroupID"))
            if group or (group := read_word(node.get("inProductGroupWithID"))):
                return group
    return ""


def read_name(node: Node) -> str:
    """Return the name of an object; the first of several."""
    for key in ("name", "title"):
        for value in read_list(node.get(key))[:20]:
            if (text := read_text(value)).strip():
                return text
    return ""


def first_text(nodes: Sequence[Node], key: str) -> str:
    """Return the first text of a property that is not empty."""
    texts = (read_text(node.get(key)) for node in nodes)
    return next((text for text in texts if text.strip()), "")
