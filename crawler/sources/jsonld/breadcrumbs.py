"""Breadcrumbs: the category path that a page shows of itself."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from crawler.sources.jsonld.choosing import PRODUCT_TYPES, read_name
from crawler.sources.jsonld.markup import SAYS_CRUMBS
from crawler.sources.jsonld.own_addresses import OwnAddresses, place_of
from crawler.sources.jsonld.page import Node, PageData, types_of
from crawler.sources.reading.loose_values import is_finite, read_objects, read_url, read_word
from crawler.sources.reading.trails import split_trail
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath

MAX_LEVELS = 20
HOMES = """
    home homepage start startseite startside startsida hem hjem forside etusivu accueil inicio
    início pagina-inicial página-inicial home-page main-page strona-główna úvod domů acasă
    anasayfa ana-sayfa главная головна начало αρχική 首页 首頁 ホーム 홈 トップ shop store
    hauptseite zuhause start-page home-page startpagina thuis principal página-principal
    pagina-principale pagina-principală pagina-inicio domov domovská-stránka domovská-stranka
    úvodní-stránka kezdőlap főoldal naslovnica početna početna-stranica domača-stran
    algus avaleht sākums sakums pradžia pradzia титульна головна-сторінка главная-страница
    на-главную начална-страница начална αρχικη αρχική-σελίδα דף-הבית בית الرئيسية
    الصفحة-الرئيسية خانه หน้าแรก trang-chủ beranda laman-utama होम ホームページ トップページ
    主页 首頁頁 front-page frontpage portada inici hasiera etusivulle strona-glowna
    byrjun fillimi heim accueil-boutique
"""
PRODUCTS = frozenset(map(str.lower, PRODUCT_TYPES))
NO_WORD = re.compile(r"https?:|[/#?.]|[\w-]*:|\S*/\S*\Z", re.IGNORECASE)
HOME_NAMES = frozenset(HOMES.split())
START_PAGES = frozenset({"home", "homepage", "index", "default", "start", "main"})


class Crumb(NamedTuple):
    """One level of a path."""

    name: str
    address: str
    """Where it leads; empty for nowhere."""


def find_path(page: PageData, own: OwnAddresses, product_name: str = "") -> CategoryPath:
    """Return the page's category path, without the home page and the product itself.

    The trail that the page names as its own, else the first that leads anywhere.

    Args:
        page: What it states.
        own: Its addresses.
        product_name: The name of the product that it shows.
    """
    for crumbs in find_trails(page, own):
        if path := trim(crumbs, page, own, product_name):
            return path
    return ()


def find_trails(page: PageData, own: OwnAddresses) -> Iterator[list[Crumb]]:
    """Yield all trails that a page states, best first."""
    for node in page.nodes:
        if "breadcrumb" in node and "breadcrumblist" not in types_of(node):
            yield from _stated_trails(page, node["breadcrumb"], own)
    for node in page.of_type("BreadcrumbList"):
        yield read_crumbs(page, node, own.base)
    for node in page.of_type("ItemList"):
        crumbs = read_crumbs(page, node, own.base)
        if _is_named_trail(node) or (crumbs and _is_home(crumbs[0], page, own)):
            yield crumbs
    # The form of before schema.org: https://web.archive.org/web/2013/http://data-vocabulary.org/
    old = [node for node in page.of_type("Breadcrumb") if "itemListElement" not in node]
    if old:
        levels = [{**node, "name": node.get("title", node.get("name"))} for node in old]
        yield read_crumbs(page, {"itemListElement": levels}, own.base)


def _stated_trails(page: PageData, value: Any, own: OwnAddresses) -> Iterator[list[Crumb]]:
    entries = page.resolve_list(value)[:MAX_LEVELS]
    texts = [read_word(entry) for entry in entries if isinstance(entry, str)]
    # One text is a whole trail; several are its levels.
    levels = split_trail(texts[0]) if len(texts) == 1 else tuple(map(clean_text, texts))
    if levels and not texts[0].startswith(("http://", "https://", "#", "/")):
        yield [Crumb(level, "") for level in levels if level]
    for entry in entries:
        if isinstance(entry, dict):
            yield read_crumbs(page, entry, own.base)


def _is_named_trail(node: Node) -> bool:
    names = (read_word(node.get(key)) for key in ("name", "@id", "identifier", "description"))
    return any(SAYS_CRUMBS.search(name) for name in names)


def linked_path(page: PageData, own: OwnAddresses, product_name: str = "") -> CategoryPath:
    """Return the path of links that are merely called breadcrumbs in the page's tags."""
    for trail in page.markup.trails:
        crumbs = [Crumb(clean_text(name), read_url(href, own.base)) for name, href in trail]
        if len(crumbs) > 1 and not any(crumb.address for crumb in crumbs[1:]):
            crumbs = [*crumbs[:-1], Crumb(crumbs[-1].name, "")]
        if path := trim([crumb for crumb in crumbs if crumb.name], page, own, product_name):
            return path
    return ()


def read_crumbs(page: PageData, node: Node, url: str) -> list[Crumb]:
    """Read the elements of a list, in the order of their positions.

    >>> crumbs = [{"position": "2", "name": "Boots"}, {"position": 1, "item": {"name": "Shoes"}}]
    >>> read_crumbs(PageData(), {"itemListElement": crumbs}, "https://shop.example/")
    [Crumb(name='Shoes', address=''), Crumb(name='Boots', address='')]
    """
    entries = page.resolve_list(node.get("itemListElement"))
    if entries and all(isinstance(entry, str) for entry in entries):
        levels = split_trail(entries[0]) if len(entries) == 1 else map(clean_text, entries)
        return [Crumb(level, "") for level in levels if level][: MAX_LEVELS + 2]
    elements = list(read_objects(entries))
    positions = [_position(element.get("position")) for element in elements]
    # If only some say where they stand, the order in which they are written tells more.
    if None not in positions:
        order = sorted(range(len(elements)), key=lambda i: positions[i] or 0.0)
        elements = [elements[i] for i in order]
    crumbs = []
    for element in elements[: MAX_LEVELS + 2]:  # the home page and the product come off yet
        item = next(iter(page.resolve_list(element.get("item"))), None)
        target = item if isinstance(item, dict) else {"@id": item}
        # A product in a list is an entry of it, and no level of a trail.
        if not PRODUCTS.isdisjoint(types_of(target)):
            target = {"@id": target.get("url")}
        name = clean_text(read_name(element) or read_name(target))
        if not name and isinstance(item, str) and not NO_WORD.match(item):
            name, target = clean_text(item), {}
        address = target.get("@id") or target.get("url") or element.get("url")
        if name:
            crumbs.append(Crumb(name, read_url(address, url)))
    return crumbs


def _position(value: Any) -> float | None:
    try:
        position = float(read_word(value))
    except ValueError:
        return None
    return position if is_finite(position) else None


def trim(
    crumbs: Sequence[Crumb], page: PageData, own: OwnAddresses, product_name: str = ""
) -> CategoryPath:
    """Drop the home page in front, and the product at the end.

    >>> site, page = "https://shop.example", PageData()
    >>> levels = [("Shop", site), ("Shoes", f"{site}/shoes"), ("Hollis Clogs", "")]
    >>> own = OwnAddresses(f"{site}/p/1", frozenset([place_of(f"{site}/p/1")]), "")
    >>> trim([Crumb(*level) for level in levels], page, own)
    ('Shoes',)
    """
    has_links = any(crumb.address for crumb in crumbs)
    levels = list(crumbs)
    if levels and _is_home(levels[0], page, own):
        del levels[0]
    if levels and _is_product(levels[-1], own, product_name, has_links=has_links):
        del levels[-1]
    return tuple(crumb.name for crumb in levels)[:MAX_LEVELS]


def _is_home(crumb: Crumb, page: PageData, own: OwnAddresses) -> bool:
    name = " ".join(crumb.name.casefold().split()).strip(" .:>»/")
    sites = {page.head.meta("og:site_name").casefold(), *(place.host for place in own.places)}
    is_named_so = name.replace(" ", "-") in HOME_NAMES or name.removeprefix("www.") in sites
    if not crumb.address:
        return is_named_so
    target = urlsplit(crumb.address)
    parts = [part for part in target.path.split("/") if part]
    # With a query, as in "/?cat=7", the root may be any page of a shop.
    if not parts:
        return is_named_so or not target.query
    has_start_page = _is_start_page(parts[-1])
    folders = parts[:-1] if has_start_page else parts
    if not folders or (is_named_so and len(folders) == 1 and has_start_page):
        return True
    # Of a shop in several languages the start may be two folders deep: /de/at/.
    return len(folders) <= 2 and all(_is_language(part, crumb.name, own) for part in folders)


def _is_start_page(part: str) -> bool:
    return part.partition(".")[0].lower() in START_PAGES


def _is_language(part: str, name: str, own: OwnAddresses) -> bool:
    """Tell the start of a language's pages, such as /en-gb/, from a category such as /tv/."""
    # A category of two letters is named as its address is; the start of a language is not.
    language, _, region = part.replace("_", "-").partition("-")
    is_code = len(language) == 2 and language.isalpha() and len(region) in (0, 2)
    is_above = any(f"/{part}/" in place.path[: len(part) + 8] for place in own.places)
    return is_code and is_above and name.casefold() != part.casefold()


def _is_product(crumb: Crumb, own: OwnAddresses, product_name: str, *, has_links: bool) -> bool:
    name, product = _folded(crumb.name), _folded(product_name)
    if product and (name == product or _is_short_for(name, product)):
        return True
    if crumb.address:
        return place_of(crumb.address) in own.places
    # Where the others have addresses, the one without is the page that shows them.
    return has_links


def _is_short_for(name: str, product: str) -> bool:
    """Tell whether a name is a product's, cut off or with something behind it."""
    cut = name.rstrip(".… ")
    if cut != name:
        return len(cut) > 3 and product.startswith(cut)
    shorter, longer = sorted((name, product), key=len)
    return len(shorter) * 5 > len(longer) * 3 and longer.startswith(shorter) and " " in shorter


def _folded(name: str) -> str:
    return clean_text(name).casefold()
