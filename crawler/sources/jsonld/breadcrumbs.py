"""Breadcrumbs: the category path that a page shows of itself."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from crawler.sources.jsonld.page import Node, PageData
from crawler.sources.reading.loose_values import is_finite, read_objects, read_url, read_word
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath

MAX_LEVELS = 20
HOMES = """
    home homepage start startseite startside startsida hem hjem forside etusivu accueil inicio
    início pagina-inicial página-inicial home-page main-page strona-główna úvod domů acasă
    anasayfa ana-sayfa главная головна начало αρχική 首页 首頁 ホーム 홈 トップ shop store
"""
HOME_NAMES = frozenset(HOMES.split())
START_PAGES = frozenset({"home", "homepage", "index", "default"})


class Crumb(NamedTuple):
    """One level of a path."""

    name: str
    address: str
    """Where it leads; empty for nowhere."""


def find_path(page: PageData, url: str, product_name: str = "") -> CategoryPath:
    """Return the page's category path, without the home page and the product itself.

    Args:
        page: Its JSON-LD.
        url: Its address.
        product_name: The name of the product that it shows.
    """
    lists = [read_crumbs(page, node, url) for node in page.of_type("BreadcrumbList")]
    paths = [trim(crumbs, url, product_name) for crumbs in lists]
    # A page may stand in several categories: the longest path says most of it.
    return max(paths, key=len, default=())


def read_crumbs(page: PageData, node: Node, url: str) -> list[Crumb]:
    """Read the elements of a list, in the order of their positions.

    >>> crumbs = [{"position": "2", "name": "Boots"}, {"position": 1, "item": {"name": "Shoes"}}]
    >>> read_crumbs(PageData(), {"itemListElement": crumbs}, "https://shop.example/")
    [Crumb(name='Shoes', address=''), Crumb(name='Boots', address='')]
    """
    elements = list(read_objects(page.resolve_list(node.get("itemListElement"))))
    positions = [_position(element.get("position")) for element in elements]
    # If only some say where they stand, the order in which they are written tells more.
    if None not in positions:
        order = sorted(range(len(elements)), key=lambda i: positions[i] or 0.0)
        elements = [elements[i] for i in order]
    crumbs = []
    for element in elements[: MAX_LEVELS + 2]:  # the home page and the product come off yet
        item = page.resolve(element.get("item"))
        target = item if isinstance(item, dict) else {"@id": item}
        name = clean_text(read_word(element.get("name")) or read_word(target.get("name")))
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


def trim(crumbs: Sequence[Crumb], url: str, product_name: str = "") -> CategoryPath:
    """Drop the home page in front, and the product at the end.

    >>> site = "https://shop.example"
    >>> levels = [("Shop", site), ("Shoes", f"{site}/shoes"), ("Hollis Clogs", "")]
    >>> trim([Crumb(*level) for level in levels], f"{site}/p/1")
    ('Shoes',)
    """
    has_links = any(crumb.address for crumb in crumbs)
    levels = list(crumbs)
    if levels and _is_home(levels[0], url):
        del levels[0]
    if levels and _is_product(levels[-1], url, product_name, has_links=has_links):
        del levels[-1]
    return tuple(crumb.name for crumb in levels)[:MAX_LEVELS]


def _is_home(crumb: Crumb, url: str) -> bool:
    is_named_so = crumb.name.casefold().replace(" ", "-") in HOME_NAMES
    if not crumb.address:
        return is_named_so
    target = urlsplit(crumb.address)
    parts = [part for part in target.path.split("/") if part]
    # With a query, as in "/?cat=7", the root may be any page of a shop.
    if not parts:
        return is_named_so or not target.query
    return len(parts) == 1 and (_is_start_page(parts[0]) or _is_language(parts[0], crumb.name, url))


def _is_start_page(part: str) -> bool:
    return part.partition(".")[0].lower() in START_PAGES


def _is_language(part: str, name: str, url: str) -> bool:
    """Tell the start of a language's pages, such as /en-gb/, from a category such as /tv/."""
    # A category of two letters is named as its address is; the start of a language is not.
    language, _, region = part.replace("_", "-").partition("-")
    is_code = len(language) == 2 and language.isalpha() and len(region) in (0, 2)
    is_above = urlsplit(url).path.strip("/").startswith(f"{part}/")
    return is_code and is_above and name.casefold() != part.casefold()


def _is_product(crumb: Crumb, url: str, product_name: str, *, has_links: bool) -> bool:
    if product_name and _folded(crumb.name) == _folded(product_name):
        return True
    if crumb.address:
        return _page_of(crumb.address) == _page_of(url)
    # Where the others have addresses, the one without is the page that shows them.
    return has_links


def _folded(name: str) -> str:
    return clean_text(name).casefold()


def _page_of(url: str) -> tuple[str, str, str]:
    parts = urlsplit(url)
    return (parts.hostname or "").removeprefix("www."), parts.path.rstrip("/"), parts.query
