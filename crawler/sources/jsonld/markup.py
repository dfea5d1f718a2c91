"""Microdata, RDFa and trails of links: what a page states in its tags, in the form of JSON-LD.

Microdata after https://html.spec.whatwg.org/multipage/microdata.html, RDFa Lite after
https://www.w3.org/TR/rdfa-lite/; of both the part that shops use.
"""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Any, NamedTuple

from crawler.sources.jsonld.elements import Element, Elements
from crawler.sources.jsonld.pieces import take_body
from prodcat.inputs.text import clean_text

Node = dict[str, Any]

MAX_CHARS = 4 << 20
MAX_VALUE_CHARS = 20_000
LOWER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
CRUMB_WORDS = ("breadcrumb", "bread-crumb", "bread_crumb", "crumbs", "brotkr", "kruemel")
MAX_PLACES = 12
TRAIL_CHARS = 12_000
SAYS_CRUMBS = re.compile(r"bread-?_?crumb|\bcrumbs\b|brotkr|\bkr[uü]mel", re.IGNORECASE)
TRAIL_TAGS = frozenset(
    ["nav", "div", "ol", "ul", "p", "section", "span", "td", "table", "header", "dl"]
)
MAX_CRUMBS = 12
WRITTEN_BETWEEN = re.compile(r"\s*[/>»›→|]\s*")
BETWEEN = " \t\r\n\xa0/>\\|»›→·•⟩❯▸▶‣-–—:<«,"
ADDRESSES = {
    **dict.fromkeys(("a", "area", "link"), "href"),
    **dict.fromkeys(("img", "source", "iframe", "embed", "audio", "video"), "src"),
    "object": "data",
}
LAZY = ("data-src", "data-original", "data-lazy-src", "data-zoom-image", "data-large_image",
        "data-lazy", "data-full", "srcset", "data-srcset")  # fmt: skip
TEXTS = frozenset(
    ["name", "title", "description", "category", "brand", "price", "sku", "pricecurrency", "model"]
)
"""Properties that are texts, where a link has them, too."""
CONTAINERS = frozenset(["mainentity", "mainentityofpage", "about", "itemoffered", "itemreviewed"])
PREFIXES = frozenset(("", "schema", "s", "v", "gr"))
STRUCK = re.compile(
    r"\b(?:old|was|regular|list|original|before|strike|crossed|rrp|uvp|msrp)[-_]?"
    r"(?:price|through)|price[-_]?(?:old|was|regular|before|strike)|line-through",
    re.IGNORECASE,
)


class Link(NamedTuple):
    """One level of a trail as it is written."""

    name: str
    href: str


class Markup:
    """What the tags of one page state. They are read only when they are asked for."""

    def __init__(self, page: str = "") -> None:
        """Take a page."""
        self._page = page

    @cached_property
    def _text(self) -> str:
        # Most pages without any of these words are no products': they are told at once.
        lower = self._page.lower()
        if not any(word in lower for word in ("itemscope", "typeof", "<h1", *CRUMB_WORDS)):
            return ""
        return take_body(self._page)[:MAX_CHARS]

    @cached_property
    def _may_state(self) -> bool:
        """It may state objects; most pages do not, and are told before more is done."""
        lower = self._page.lower()
        return "itemscope" in lower or "typeof" in lower

    @cached_property
    def _lower(self) -> str:
        lower = self._text.lower()
        # Letter for letter, or places would be others: a dotted I becomes two.
        return lower if len(lower) == len(self._text) else self._text.translate(LOWER)

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """What it states in microdata and RDFa, in order: what no other object has as a part."""
        if not self._may_state:
            return ()
        forms = ((MICRODATA, "itemscope"), (RDFA, "typeof"))
        return tuple(
            node
            for words, scope in forms
            if (stating := self._stating(scope, words.property))
            for node in read_nodes(Elements(stating), words)
        )

    def _stating(self, scope: str, name: str) -> str:
        """Return the part of the page from the first object to behind the last property."""
        first = self._lower.find(scope)
        last = self._lower.rfind(name)
        if first < 0 or last < first:
            return ""
        start = max(0, self._text.rfind("<", 0, first))
        borrowed = self._lower.find("itemref") >= 0
        return self._text[0 if borrowed else start : last + MAX_VALUE_CHARS]

    @property
    def states_trails(self) -> bool:
        """It may state breadcrumbs in microdata or RDFa."""
        return self._may_state and "breadcrumb" in self._lower

    @cached_property
    def trails(self) -> tuple[tuple[Link, ...], ...]:
        """The links of what is called breadcrumbs."""
        trails: list[tuple[Link, ...]] = []
        for word in CRUMB_WORDS:
            place = 0
            # Only near the words: most of a page is something else.
            for _ in range(MAX_PLACES):
                place = self._lower.find(word, place)
                if place < 0:
                    break
                start = max(0, self._text.rfind("<", max(0, place - 1000), place))
                trails += read_trails(Elements(self._text[start : place + TRAIL_CHARS]))
                place += TRAIL_CHARS if trails else len(word)
                if len(trails) >= MAX_PLACES:
                    break
        return tuple(dict.fromkeys(trails))

    @cached_property
    def heading(self) -> str:
        """The first main heading."""
        start = self._lower.find("<h1")
        end = self._lower.find("</h1", start)
        if start < 0 or end < 0:
            return ""
        return clean_text(self._text[start : min(end, start + 5000)])[:500]


class Words(NamedTuple):
    """Which attributes say what."""

    scope: str
    kinds: str
    property: str
    ids: tuple[str, ...]


MICRODATA = Words("itemscope", "itemtype", "itemprop", ("itemid",))
RDFA = Words("typeof", "typeof", "property", ("resource", "about"))


def read_nodes(page: Elements, words: Words) -> list[Node]:
    """Read the objects of one kind of markup.

    >>> text = '<div itemscope itemtype="https://schema.org/Product"><b itemprop=name>Clogs</b>'
    >>> read_nodes(Elements(text), MICRODATA)
    [{'@type': ['https://schema.org/Product'], 'name': 'Clogs'}]
    """
    nodes: dict[int, Node] = {}
    owners: list[int] = []
    struck: list[bool] = []
    top: list[Node] = []
    borrowed = _references(page) if words is MICRODATA else {}
    for element in page.all:
        outer = owners[element.parent] if element.parent >= 0 else -1
        is_struck = (element.parent >= 0 and struck[element.parent]) or _is_struck(element)
        struck.append(is_struck)
        if borrowed and element.raw and (lender := borrowed.get(element.attributes.get("id", ""))):
            outer = lender
        owner = outer
        raw = element.raw.lower() if element.raw else ""
        has_property = words.property in raw
        if not has_property and words.scope not in raw:
            owners.append(owner)
            continue
        values = element.attributes
        names = _names(values.get(words.property, "")) if has_property else ()
        node: Node | None = None
        if words.scope in values:
            node = _new_node(element, words)
            nodes[element.index] = node
            owner = element.index
            is_part = bool(names) and outer in nodes
            kinds = " ".join(node["@type"]).lower()
            if (
                not is_part
                or "breadcrumb" in kinds
                or CONTAINERS.intersection(map(str.lower, names))
            ):
                top.append(node)
        owners.append(owner)
        if outer in nodes:
            for name in names:
                value = node if node is not None else _value(page, element, name)
                if value != "":
                    _add(nodes[outer], name, value, is_struck=is_struck)
    _join_offers(top)
    for node in nodes.values():
        node.pop("", None)
    return top


def _references(page: Elements) -> dict[str, int]:
    """Return whose properties stand elsewhere, by the id of the element that they stand in."""
    return {
        name: element.index
        for element in page.all
        if "itemref" in element.raw.lower()
        for name in element.attributes.get("itemref", "").split()[:20]
    }


def _new_node(element: Element, words: Words) -> Node:
    values = element.attributes
    node: Node = {"@type": values.get(words.kinds, "").split()}
    ids = [values.get(name, "") for name in words.ids]
    if element.tag == "a":
        ids.append(values.get("href", ""))
    if name := next(filter(None, ids), ""):
        node["@id"] = name
    if element.tag == "img" and (source := _picture(values)):
        node["contentUrl"] = source
    return node


def _names(stated: str) -> tuple[str, ...]:
    names = []
    for word in stated.split()[:9]:
        prefix, _, name = word.rpartition(":") if "//" not in word else ("", "", word)
        if prefix.lower() in PREFIXES:
            names.append(re.split(r"[/#]", name)[-1])
    return tuple(filter(None, names))


def _value(page: Elements, element: Element, name: str) -> str:
    """Return the value of a property: its ``content``, its address, or its text."""
    values = element.attributes
    if "content" in values and (values["content"].strip() or element.tag == "meta"):
        return values["content"].strip()
    key = ADDRESSES.get(element.tag)
    if element.tag == "img" and name.lower() in ("image", "contenturl", "thumbnailurl", "url"):
        return _picture(values)
    if element.tag == "img" and name.lower() in TEXTS:
        return values.get("alt", "")
    if key and key in values and not (name.lower() in TEXTS and element.tag == "a"):
        return values[key].strip()
    if element.tag in ("data", "meter", "input") and values.get("value"):
        return values["value"]
    if element.tag == "time" and values.get("datetime"):
        return values["datetime"]
    return page.text(element)[:MAX_VALUE_CHARS]


def _picture(values: dict[str, str]) -> str:
    """Return where a picture is, that may be loaded only when it is scrolled to."""
    source = values.get("src", "").strip()
    lazy = next((values[key] for key in LAZY if values.get(key, "").strip()), "")
    if lazy and (not source or source.startswith("data:") or "placeholder" in source):
        return lazy.split(",")[0].split()[0] if lazy.strip(" ,") else source
    return source


def _is_struck(element: Element) -> bool:
    if element.tag in ("del", "s", "strike"):
        return True
    return bool(element.raw) and STRUCK.search(element.raw) is not None


def _add(node: Node, name: str, value: Any, *, is_struck: bool) -> None:
    """Add a value; a price that is struck out stands only until there is another."""
    is_price = name.lower() in ("price", "lowprice", "offers")
    old: set[str] = node.setdefault("", set())
    if is_price and name in node:
        if is_struck:
            return
        if name in old:
            old.discard(name)
            node[name] = value
            return
    elif is_price and is_struck:
        old.add(name)
    if name not in node:
        node[name] = value
    elif isinstance(node[name], list):
        node[name].append(value)
    else:
        node[name] = [node[name], value]


def _join_offers(top: list[Node]) -> None:
    """Give offers that stand beside the page's only product to it."""
    by_kind: dict[str, list[Node]] = {"product": [], "offer": []}
    for node in top:
        for kind in node["@type"]:
            by_kind.get(re.split(r"[/:#]", kind.lower().replace("aggregate", ""))[-1], []).append(
                node
            )
    if len(by_kind["product"]) == 1 and by_kind["offer"]:
        by_kind["product"][0].setdefault("offers", by_kind["offer"][0])


def read_trails(page: Elements) -> Iterator[tuple[Link, ...]]:
    """Yield the links within whatever is called breadcrumbs.

    >>> text = '<div class="breadcrumb"><a href="/">Home</a> / <a href="/s">Shoes</a> / Clogs</div>'
    >>> next(read_trails(Elements(text)))
    (Link(name='Home', href='/'), Link(name='Shoes', href='/s'), Link(name='Clogs', href=''))
    """
    end = 0
    for element in page.all:
        if element.index < end or element.tag not in TRAIL_TAGS or not element.raw:
            continue
        if not SAYS_CRUMBS.search(element.raw):
            continue
        links = _links(page, element)
        # Each of the levels may be called so, too: then what is around them all counts.
        if 1 < len(links) <= MAX_CRUMBS:
            end = element.end
            yield links


def _links(page: Elements, trail: Element) -> tuple[Link, ...]:
    crumbs: list[list[Any]] = []
    for text, index in page.texts[trail.text_start : trail.text_end]:
        text = " ".join(text.split())
        link = page.around(index, "a")
        place = link or page.around(index, "li") or page.all[index]
        words = text.strip(BETWEEN) if link is None else text.strip(" >»›/")
        if not words or (text.endswith(":") and not crumbs):
            continue
        if crumbs and crumbs[-1][0] == place.index and place.index != trail.index:
            crumbs[-1][1] += f" {words}"
        else:
            href = link.attributes.get("href", "") if link is not None else ""
            crumbs.append([place.index, words, href])
        # What has more is around the trail and not the trail.
        if len(crumbs) > MAX_CRUMBS:
            break
    if len(crumbs) == 1 and not crumbs[0][2]:
        return tuple(Link(name, "") for name in WRITTEN_BETWEEN.split(crumbs[0][1][:500]))
    return tuple(Link(name[:300], href) for _, name, href in crumbs)
