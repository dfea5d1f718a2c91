"""What the ShopStyle-compatible server answers to each call of the API."""

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote

from tests.shopstyle.calls import (
    BASE_PATH,
    LISTS,
    Answer,
    ApiError,
    Call,
    as_xml,
    check_partner,
    kind_of,
)
from tests.shopstyle.favorites import FavoriteLists
from tests.shopstyle.listings import Listing
from tests.shopstyle.pictures import Pictures
from tests.shopstyle.products import (
    PID_MARK,
    SITE,
    category_label,
    category_object,
    major_category,
    product_object,
)
from tests.shopstyle.selection import FILTER_NAMES, FILTERS, Query, select
from tests.shopstyle.shop import Shop
from tests.shopstyle.tree import ROOT_ID, ROOT_MAX_DEPTH, Node

DEFAULT_LIMIT, MAX_LIMIT, WINDOW = 10, 50, 5_000
Spoil = Callable[[Listing, dict[str, Any]], dict[str, Any]]
"""Turns the objects of chosen products into malformed ones."""


class Api:
    """Answers calls over one shop."""

    def __init__(
        self, shop: Shop, origin: str, pictures: Pictures, spoil: Spoil = lambda _, product: product
    ) -> None:
        self.shop, self.origin, self.pictures, self.spoil = shop, origin, pictures, spoil
        self.favorites = FavoriteLists(shop)
        self._prepared: dict[int, bytes] = {}
        self.select = lru_cache(maxsize=512)(lambda query: select(query, shop))

    def answer(self, path: str, query: str) -> Answer:
        """Answer a call below `BASE_PATH`."""
        call = Call.parse(query)
        parts = [unquote(part) for part in path.removeprefix(BASE_PATH).split("/") if part]
        kind = kind_of(parts)
        names = (kind, *parts[1:2], *call.all("cat"), *call.all("prodid"))
        try:
            check_partner(call)
            body, status = self._body(parts, call), 200
        except ApiError as error:
            body, status = to_json(error.body), error.status
        if call.get("format").lower() == "xml":
            body = as_xml(json.loads(body), kind)
            return Answer(kind, body, status, "application/xml;charset=utf-8", names)
        return Answer(kind, body, status, names=names)

    def _body(self, parts: Sequence[str], call: Call) -> bytes:
        match parts:
            case ["categories"]:
                return to_json(self.categories(call))
            case ["products"]:
                return self.products(call)
            case ["products", "histogram"]:
                # A public client asks for pages of products here, and names no histogram.
                asked = {name.lower() for name in call.all("filters")}
                if asked and asked.isdisjoint(name.lower() for name in ("Category", *FILTERS)):
                    return self.products(call)
                return to_json(self.histogram(call))
            case ["products", product_id]:
                return fill_pid(self._product(self._find(product_id)), call)
            case ["products", product_id, "related"]:
                return self._related(self._find(product_id), call)
            case [name] if name in LISTS:
                return self._list(name, call)
            case ["lists"]:
                return to_json(self.favorites.all(call))
            case ["lists", list_id, *rest] if list_id != "search" and rest in ([], ["items"]):
                chosen = self.favorites.find(list_id)
                page = self._page(self.favorites.listings(chosen), call)
                if rest:
                    return page
                of_page = json.loads(page)
                favorites = {"favorites": of_page.get("products", [])}
                about = {"metadata": of_page["metadata"]} | self.favorites.about(chosen)
                return to_json(about | favorites)
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

    def products(self, call: Call) -> bytes:
        """One page of products; without the key when there are none on it."""
        return self._page(self.select(Query.read(call, self.shop.tree)), call)

    def _related(self, listing: Listing, call: Call) -> bytes:
        shelf = next((s for s in listing.categories if s in self.shop.shelves), ROOT_ID)
        related = [
            candidate for candidate in self.select(Query(cat=shelf)) if candidate is not listing
        ]
        return self._page(related, call)

    def _page(self, listings: Sequence[Listing], call: Call) -> bytes:
        offset = call.number("offset", 0)
        limit = min(call.number("limit", DEFAULT_LIMIT), MAX_LIMIT)
        page = listings[offset : min(offset + limit, WINDOW)]
        metadata = {"offset": offset, "limit": limit, "total": len(listings)}
        body = b'{"metadata":' + to_json(metadata | self._about(call))
        if not listings or offset < min(len(listings), WINDOW):
            products = b",".join([self._product(listing) for listing in page])
            body += b',"products":[' + products + b"]"
        return fill_pid(body + b"}", call)

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

    def histogram(self, call: Call) -> dict[str, Any]:
        """Counts of the products found, by each filter asked for."""
        listings = self.select(Query.read(call, self.shop.tree))
        floor = call.number("floor", 0)
        about = {"total": len(listings)} | self._about(call)
        answer: dict[str, Any] = {"metadata": about}
        names = {name.lower() for name in call.all("filters")}
        for name in ("Category", *FILTERS):
            if not names or name.lower() in names:
                entries = self._counts(name, listings)
                key = f"{name[0].lower()}{name[1:]}Histogram"
                answer[key] = [entry for entry in entries if entry["count"] >= max(1, floor)]
        return answer

    def _counts(self, name: str, listings: Sequence[Listing]) -> list[dict[str, Any]]:
        if name == "Category":
            nodes = self.shop.tree.nodes
            counts = Counter(shelf for p in listings for shelf in p.shelves if shelf != ROOT_ID)
            rows = [(i, node.full_name, counts[i], i) for i, node in nodes.items() if counts[i]]
        else:
            prefix = FILTERS[name]
            counts = Counter(t[1:] for p in listings for t in p.tokens if t[0] == prefix)
            terms = self.shop.terms(prefix)
            rows = [(i, terms[i], count, f"?fl={prefix}{i}") for i, count in counts.items()]
            order = (lambda r: int(r[0])) if prefix in "pdh" else (lambda r: (-r[2], r[1]))
            rows.sort(key=order)
        return [
            {"id": i, "name": term, "count": count, "url": f"{SITE}/browse/{query}"}
            for i, term, count, query in rows
        ]

    def _list(self, name: str, call: Call) -> bytes:
        prefix = LISTS[name]
        terms = self.shop.terms(prefix)
        if name == "sizes" and call.get("cat"):
            listings = self.select(Query(cat=self._category(call.get("cat")).id))
            sold = {token[1:] for p in listings for token in p.tokens if token[0] == prefix}
            terms = {i: term for i, term in terms.items() if i in sold}
        # Without a limit the API gives all of them, unlike products.
        offset = call.number("offset", 0)
        limit = call.number("limit", len(terms))
        entries: list[dict[str, Any]] = []
        for i, term in list(terms.items())[offset : offset + limit]:
            entry = {"id": i, "name": term, "url": f"{SITE}/browse?fl={prefix}{i}"}
            entries.append(entry | ({"synonyms": []} if name == "brands" else {}))
        metadata = {"offset": offset, "limit": limit, "total": len(terms)}
        return to_json({"metadata": metadata, name: entries})

    def _find(self, product_id: str) -> Listing:
        number = int(product_id) if re.fullmatch(r"[0-9]{1,18}", product_id) else -1
        if number not in self.shop.listings:
            raise ApiError(404, "InvalidProductId", f"There is no product {product_id[:40]}.")
        return self.shop.listings[number]

    def _product(self, listing: Listing) -> bytes:
        body = self._prepared.get(listing.id)
        if body is None:
            product = product_object(listing, self.shop, self.origin, self.pictures)
            body = self._prepared[listing.id] = to_json(self.spoil(listing, product))
        return body


def to_json(value: Any) -> bytes:
    """Write JSON without spaces, in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def fill_pid(body: bytes, call: Call) -> bytes:
    """Put the partner id where prepared products have a mark for it."""
    return body.replace(PID_MARK.encode(), json.dumps(call.get("pid"))[1:-1].encode())
