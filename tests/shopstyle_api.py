"""What the ShopStyle-compatible server answers to each call of the API, as JSON or XML."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit
from xml.etree import ElementTree

from tests.shopstyle_corpus import Listing, Shop
from tests.shopstyle_pictures import Pictures
from tests.shopstyle_products import (
    PID_MARK,
    SITE,
    category_label,
    category_object,
    major_category,
    product_object,
)
from tests.shopstyle_tree import ROOT_ID, ROOT_MAX_DEPTH, Node

BASE_PATH = "/api/v2"
DEFAULT_LIMIT, MAX_LIMIT, WINDOW = 10, 50, 5_000
PLACEHOLDER_PID = "YOUR_API_KEY"
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
LISTS = {"brands": "b", "retailers": "r", "colors": "c", "sizes": "s", "priceFilters": "p"}


class ApiError(Exception):
    """An answer that is an error; the status is its code."""

    def __init__(self, status: int, name: str | None, message: str) -> None:
        super().__init__(message)
        named = {"errorName": name} if name else {}
        self.status, self.body = status, {"errorCode": status, **named, "errorMessage": message}


@dataclass(frozen=True)
class Answer:
    """One answer, and what kind of call it answers."""

    kind: str
    body: bytes
    status: int = 200
    content_type: str = "application/json;charset=utf-8"
    names: tuple[str, ...] = ()
    """Ids that the call is about, to which faults can be pinned."""


@dataclass(frozen=True)
class Call:
    """The parameters of a call, as the API reads them."""

    values: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def parse(cls, query: str) -> "Call":
        """Read a query; empty parameters count as not given."""
        values: dict[str, list[str]] = {}
        for name, value in parse_qsl(query):
            values.setdefault(name, []).append(value)
        return cls(values)

    def get(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.values.get(name, [default])[0]

    def all(self, name: str) -> list[str]:
        """Every value of a parameter, in repetitions and between commas."""
        return [part for value in self.values.get(name, []) for part in value.split(",") if part]

    def number(self, name: str, default: int) -> int:
        """A parameter that is a whole number of at least 0."""
        value = self.get(name, str(default))
        if not re.fullmatch(r"\d{1,15}", value):
            raise ApiError(400, "InvalidParameter", f"{name} is no whole number: {value[:40]}")
        return int(value)


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


class Api:
    """Answers calls over one shop."""

    def __init__(self, shop: Shop, origin: str, pictures: Pictures) -> None:
        self.shop, self.origin, self.pictures = shop, origin, pictures
        self.spoiled: Callable[[Listing, dict[str, Any]], dict[str, Any]] | None = None
        """Turns the objects of chosen products into malformed ones."""
        self._prepared: dict[int, str] = {}
        self.select = lru_cache(maxsize=512)(self._select)

    def answer(self, path: str, query: str) -> Answer:
        """Answer a call below `BASE_PATH`."""
        call = Call.parse(query)
        parts = [unquote(part) for part in path.removeprefix(BASE_PATH).split("/") if part]
        kind = kind_of(parts)
        names = (kind, *parts[1:2], *call.all("cat"), *call.all("prodid"))
        try:
            check_partner(call)
            text, status = self._text(parts, call), 200
        except ApiError as error:
            text, status = json.dumps(error.body), error.status
        if call.get("format").lower() == "xml":
            body = as_xml(json.loads(text), kind)
            return Answer(kind, body, status, "application/xml;charset=utf-8", names)
        return Answer(kind, text.encode(), status, names=names)

    def _text(self, parts: Sequence[str], call: Call) -> str:
        match parts:
            case ["categories"]:
                return json.dumps(self.categories(call))
            case ["products"]:
                return self.products(call)
            case ["products", "histogram"]:
                return json.dumps(self.histogram(call))
            case ["products", product_id]:
                return self._product(self._find(product_id)).replace(PID_MARK, pid_in_json(call))
            case ["products", product_id, "related"]:
                return self._related(self._find(product_id), call)
            case [name] if name in LISTS:
                return self._list(name, call)
            case ["lists", list_id, *_] if list_id != "search":
                raise ApiError(404, "FavoriteListNotFound", f"There is no list {list_id[:40]}.")
        # What the API says of methods that it no longer has.
        raise ApiError(400, None, "HTTP 404 Not Found")

    def categories(self, call: Call) -> dict[str, Any]:
        """The tree, or the part of it below one category, as a flat list."""
        tree = self.shop.tree
        root = self._category(call.get("cat", ROOT_ID))
        depth = call.number("depth", 0) if call.get("depth") else None
        is_root = root.id == ROOT_ID
        return {
            "metadata": {
                "root": category_object(root, tree, is_root=is_root),
                "maxDepth": ROOT_MAX_DEPTH if is_root else tree.height(root.id),
            },
            "categories": [category_object(node, tree) for node in tree.below(root.id, depth)],
        }

    def _category(self, name: str) -> Node:
        node = self.shop.tree.find(name)
        if node is None:
            raise ApiError(404, "InvalidCategoryId", f"There is no category {name[:40]}.")
        return node

    def products(self, call: Call) -> str:
        """One page of products; without the key when there are none on it."""
        return self._page(self.select(self.query(call)), call)

    def _related(self, listing: Listing, call: Call) -> str:
        shelf = next((s for s in listing.categories if s in self.shop.shelves), ROOT_ID)
        others = [other for other in self.select(Query(cat=shelf)) if other is not listing]
        return self._page(others, call)

    def _page(self, found: Sequence[Listing], call: Call) -> str:
        offset = call.number("offset", 0)
        limit = min(call.number("limit", DEFAULT_LIMIT), MAX_LIMIT)
        page = found[offset : min(offset + limit, WINDOW)]
        metadata = {"offset": offset, "limit": limit, "total": len(found)}
        text = f'{{"metadata":{json.dumps(metadata | self._about(call))}'
        if not found or offset < min(len(found), WINDOW):
            products = ",".join([self._product(listing) for listing in page])
            text += f',"products":[{products}]'
        return (text + "}").replace(PID_MARK, pid_in_json(call))

    def _about(self, call: Call) -> dict[str, Any]:
        """What the metadata of a query says beside the numbers."""
        tree = self.shop.tree
        node = tree.find(call.get("cat")) if call.get("cat") else None
        about: dict[str, Any] = {}
        if node is not None:
            localized = dict.fromkeys(node.locales, node.id)
            about["category"] = category_label(node.id, tree) | {"localizedIds": localized}
            about["majorCategory"] = major_category(node.id, tree)
        about |= {
            "showSizeFilter": node is not None and node.has_sizes,
            "showColorFilter": node is None or node.has_colors,
            "showHeelHeightFilter": node is not None and node.has_heels,
            "showConditionFilter": False,
            "showMaterialFilter": False,
            "engine": "ELASTICSEARCH",
            "twTags": [],
            "cashback": False,
            "usedExpandedSearch": False,
            "rankMeta": {},
            "usedBubble": False,
        }
        if call.all("fl"):
            about["filters"] = [self._filter_object(name) for name in call.all("fl")]
        return about

    def _filter_object(self, name: str) -> dict[str, Any]:
        term = self.shop.terms(name[:1]).get(name[1:], name[1:])
        return {"id": name[1:], "type": FILTER_NAMES.get(name[:1], "Other"), "name": term}

    def query(self, call: Call) -> Query:
        """Read which products a call asks for."""
        cat = call.get("cat")
        node = self.shop.tree.find(cat) if cat else None
        sort = call.get("sort")
        words = " ".join(call.values.get("fts", [])).lower().split()
        return Query(
            cat=node.id if node else cat,
            words=tuple(words),
            filters=tuple(call.all("fl")),
            price_dropped_since=call.number("pdd", 0),
            ids=tuple(call.all("prodid")),
            locales=tuple(name.replace("-", "_") for name in call.all("locales")),
            sort=sort,
        )

    def _select(self, query: Query) -> Sequence[Listing]:
        if query.ids:
            wanted = [int(i) for i in query.ids if re.fullmatch(r"\d{1,18}", i)]
            known = self.shop.listings
            found = [known[i] for i in dict.fromkeys(wanted) if i in known]
            found = [p for p in found if not query.cat or query.cat in p.shelves | {*p.categories}]
        elif query.cat and query.cat not in self.shop.tree.nodes:
            every = self.shop.listings.values()
            found = [p for p in every if query.cat in p.categories]
        else:
            found = self.shop.shelves.get(query.cat or ROOT_ID, [])
        found = [p for p in found if has_words(p, query.words)] if query.words else found
        for choices in alternatives(query.filters):
            found = [p for p in found if not choices.isdisjoint(p.tokens)]
        if query.price_dropped_since:
            found = [p for p in found if dropped_at(p) >= query.price_dropped_since]
        if query.locales and "all" not in query.locales:
            found = [p for p in found if p.locale in query.locales]
        if query.sort in SORTS:
            found = sorted(found, key=SORTS[query.sort])
        return found

    def histogram(self, call: Call) -> dict[str, Any]:
        """Counts of the products found, by each filter asked for."""
        found = self.select(self.query(call))
        floor = call.number("floor", 0)
        about = {"total": len(found)} | self._about(call)
        answer: dict[str, Any] = {"metadata": about}
        asked = {name.lower() for name in call.all("filters")}
        for name in ("Category", *FILTERS):
            if not asked or name.lower() in asked:
                entries = self._counts(name, found)
                key = f"{name[0].lower()}{name[1:]}Histogram"
                answer[key] = [entry for entry in entries if entry["count"] >= max(1, floor)]
        return answer

    def _counts(self, name: str, found: Sequence[Listing]) -> list[dict[str, Any]]:
        if name == "Category":
            nodes = self.shop.tree.nodes
            counts = Counter(shelf for p in found for shelf in p.shelves if shelf != ROOT_ID)
            rows = [(i, node.full_name, counts[i], i) for i, node in nodes.items() if counts[i]]
        else:
            prefix = FILTERS[name]
            counts = Counter(t[1:] for p in found for t in p.tokens if t[0] == prefix)
            terms = self.shop.terms(prefix)
            rows = [(i, terms[i], count, f"?fl={prefix}{i}") for i, count in counts.items()]
            order = (lambda r: int(r[0])) if prefix in "pdh" else (lambda r: (-r[2], r[1]))
            rows.sort(key=order)
        return [
            {"id": i, "name": term, "count": count, "url": f"{SITE}/browse/{rest}"}
            for i, term, count, rest in rows
        ]

    def _list(self, name: str, call: Call) -> str:
        prefix = LISTS[name]
        terms = self.shop.terms(prefix)
        if name == "sizes" and call.get("cat"):
            found = self.select(Query(cat=self._category(call.get("cat")).id))
            sold = {token[1:] for p in found for token in p.tokens if token[0] == prefix}
            terms = {i: term for i, term in terms.items() if i in sold}
        entries: list[dict[str, Any]] = []
        for i, term in terms.items():
            entry = {"id": i, "name": term, "url": f"{SITE}/browse?fl={prefix}{i}"}
            entries.append(entry | ({"synonyms": []} if name == "brands" else {}))
        return json.dumps({"metadata": {"total": len(entries)}, name: entries})

    def _find(self, product_id: str) -> Listing:
        number = int(product_id) if re.fullmatch(r"[0-9]{1,18}", product_id) else -1
        if number not in self.shop.listings:
            raise ApiError(404, "InvalidProductId", f"There is no product {product_id[:40]}.")
        return self.shop.listings[number]

    def _product(self, listing: Listing) -> str:
        text = self._prepared.get(listing.id)
        if text is None:
            product = product_object(listing, self.shop, self.origin, self.pictures)
            if self.spoiled is not None:
                product = self.spoiled(listing, product)
            text = self._prepared[listing.id] = json.dumps(product, ensure_ascii=False)
        return text


SORTS: dict[str, Callable[[Listing], Any]] = {
    "PriceLoHi": lambda p: (p.sale_price, p.id),
    "PriceHiLo": lambda p: (-p.sale_price, p.id),
    "Recency": lambda p: (-p.extracted.toordinal(), p.id),
    "Popular": lambda p: (-p.popularity, p.id),
}


def check_partner(call: Call) -> None:
    """Refuse a call without a partner id, or with the one of the examples."""
    pid = call.get("pid").strip()
    if not pid:
        raise ApiError(401, "MissingPartnerId", "A partner id (pid) is required.")
    if pid == PLACEHOLDER_PID:
        raise ApiError(401, "InvalidPartnerId", f"{pid} is no partner id; use your own.")


def pid_in_json(call: Call) -> str:
    """The partner id as it may stand inside a JSON string."""
    return json.dumps(call.get("pid"))[1:-1]


def kind_of(parts: Sequence[str]) -> str:
    """Name the kind of a call.

    >>> kind_of(["products"]), kind_of(["products", "7"]), kind_of(["products", "7", "related"])
    ('products', 'product', 'related')
    """
    if len(parts) > 1 and parts[0] == "products":
        return parts[-1] if parts[-1] in ("histogram", "related") else "product"
    known = len(parts) == 1 and parts[0] in {*LISTS, "categories", "products"}
    return parts[0] if known else "other"


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


def as_xml(value: Any, kind: str) -> bytes:
    """Write an answer as XML: objects as elements, lists as repeated ones."""
    root = ElementTree.Element("error" if "errorCode" in value else f"{kind}Response")
    fill_element(root, value)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def fill_element(element: ElementTree.Element, value: Any) -> None:
    """Put a JSON value into an element."""
    if isinstance(value, dict):
        for key, inner in value.items():
            name = re.sub(r"[^\w.-]", "_", key)
            fill_element(ElementTree.SubElement(element, name), inner)
    elif isinstance(value, list):
        for inner in value:
            fill_element(ElementTree.SubElement(element, "item"), inner)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)


def split_target(target: str) -> tuple[str, str]:
    """Split the target of a request line, in absolute form too, into path and query.

    >>> split_target("http://api.shopstyle.com//api/v2/products/?pid=x")
    ('/api/v2/products/', 'pid=x')
    """
    if target[:1] != "/":
        parts = urlsplit(target)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path, _, query = target.partition("#")[0].partition("?")
    return re.sub("/{2,}", "/", path), query
