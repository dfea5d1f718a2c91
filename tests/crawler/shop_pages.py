"""A local server that answers as real shops do: Shopify, WooCommerce, a site with JSON-LD, a feed.

All is made up here; only the shapes are those of real answers, what is broken included.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Page:
    """One answer."""

    body: bytes = b""
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Answer = Callable[[str, Mapping[str, str]], Page]
"""Answers a path and its query's last values."""


def json_page(value: Any, status: int = 200, **headers: str) -> Page:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Page(json.dumps(value).encode(), "application/json; charset=utf-8", status, named)


NOT_FOUND = Page(b"<html><body>Nothing here.</body></html>", status=404)
HTML_INSTEAD = Page(b"<!doctype html><html><body>Opening soon. Password:</body></html>")


class ShopServer:
    """Serves one shop on this machine; counts what was asked."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.requests: Counter[str] = Counter()
        """Requests by path and query."""
        self.unchanged = 0
        """Requests that were answered with 304."""
        shop = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shop.respond(self)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def respond(self, request: BaseHTTPRequestHandler) -> None:
        self.requests[request.path] += 1
        parts = urlsplit(request.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        page = self.answer(parts.path, query)
        tag = f'"{sha256(page.body).hexdigest()[:16]}"'
        is_current = page.status == 200 and request.headers.get("If-None-Match") == tag
        self.unchanged += is_current
        body = b"" if is_current else page.body
        request.send_response(304 if is_current else page.status)
        headers = {"Content-Type": page.kind, "ETag": tag, **page.headers}
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def shopify_product(number: int, kind: str = "Shoes", **changes: Any) -> dict[str, Any]:
    handle = f"hollis-clogs-{number}"
    return {
        "id": 8_000_000_000_000 + number,
        "title": f"Hollis Clogs {number}",
        "handle": handle,
        "body_html": "<p>Cork sole.</p>\n<ul><li>Leather upper</li></ul>",
        "published_at": "2026-03-01T09:00:00-05:00",
        "created_at": "2026-02-27T10:11:12-05:00",
        "updated_at": "2026-10-01T08:00:00-04:00",
        "vendor": "Northfield",
        "product_type": kind,
        "tags": ["cork", "leather"],
        "variants": [
            {"id": 4 * number + i, "title": size, "price": price, "sku": f"HC-{number}-{size}",
             "available": True, "option1": size, "grams": 500, "product_id": number}
            for i, (size, price) in enumerate([("38", "89.00"), ("39", "79.50")])
        ],
        "images": [
            {"id": number, "src": f"https://cdn.example/s/files/{handle}.jpg?v=17", "width": 900,
             "height": 1200, "position": 1, "product_id": number, "variant_ids": []}
        ],
        "options": [{"name": "Size", "position": 1, "values": ["38", "39"]}],
        **changes,
    }  # fmt: skip


class ShopifyStore:
    """Answers like a Shopify storefront."""

    def __init__(
        self,
        products: list[Any],
        collections: Mapping[str, list[int]] | None = None,
        *,
        limit: int = 25_000,
    ) -> None:
        self.products = products
        self.collections = collections or {}
        """Positions of products by handle."""
        self.limit = limit
        self.instead: dict[tuple[str, str], Page] = {}
        """Other answers, by path and page number."""

    def __call__(self, path: str, query: Mapping[str, str]) -> Page:
        size, page = int(query.get("limit", "30")), int(query.get("page", "1"))
        if instead := self.instead.get((path, str(page))):
            return instead
        if size * page > self.limit:
            return json_page({"errors": f"Page * Limit exceeds the {self.limit} limit."}, 400)
        window = slice(size * (page - 1), size * page)
        if path == "/products.json":
            return json_page({"products": self.products[window]})
        if path == "/collections.json":
            entries = [
                {"id": 900 + i, "title": handle.replace("-", " ").title(), "handle": handle,
                 "description": "", "published_at": "2026-01-01T00:00:00-05:00", "image": None,
                 "products_count": len(members)}
                for i, (handle, members) in enumerate(self.collections.items())
            ]  # fmt: skip
            return json_page({"collections": entries[window]})
        for handle, members in self.collections.items():
            if path == f"/collections/{handle}/products.json":
                return json_page({"products": [self.products[i] for i in members][window]})
        return NOT_FOUND


WOO_TREE = [
    {"id": 15, "name": "Uncategorized", "slug": "uncategorized", "parent": 0, "count": 1},
    {"id": 16, "name": "Shoes &amp; Bags", "slug": "shoes", "parent": 0, "count": 40},
    {"id": 17, "name": "Boots", "slug": "boots", "parent": 16, "count": 20},
    {"id": 18, "name": "Chelsea", "slug": "chelsea", "parent": 17, "count": 5},
]


def woo_product(number: int, categories: tuple[int, ...] = (16, 17), **changes: Any) -> dict:
    site = "https://woo.example"
    slugs = {row["id"]: row for row in WOO_TREE}

    def link(category_id: int) -> str:
        row = slugs[category_id]
        above = link(row["parent"]) if row["parent"] else f"{site}/product-category/"
        return f"{above}{row['slug']}/"

    return {
        "id": 100 + number,
        "name": f"Harrow Boots {number}",
        "slug": f"harrow-boots-{number}",
        "parent": 0,
        "type": "variable",
        "variation": "",
        "permalink": f"{site}/product/harrow-boots-{number}/",
        "sku": f"HB-{number}",
        "short_description": "<p>Ankle boots.</p>",
        "description": "<p>Suede, with a zip &amp; a low heel.</p>",
        "on_sale": False,
        "prices": {"price": "11050", "regular_price": "12000", "sale_price": "11050",
                   "price_range": None, "currency_code": "GBP", "currency_symbol": "£",
                   "currency_minor_unit": 2, "currency_decimal_separator": ".",
                   "currency_thousand_separator": ",", "currency_prefix": "£",
                   "currency_suffix": ""},
        "images": [{"id": 57, "src": f"{site}/wp-content/uploads/boots-{number}.jpg",
                    "thumbnail": f"{site}/wp-content/uploads/boots-{number}-324x324.jpg",
                    "srcset": "", "sizes": "", "name": "boots.jpg", "alt": ""}],
        "categories": [{"id": c, "name": slugs[c]["name"], "slug": slugs[c]["slug"],
                        "link": link(c)} for c in categories],
        "tags": [],
        "brands": [],
        "attributes": [{"id": 1, "name": "Brand", "taxonomy": "pa_brand", "has_variations": False,
                        "terms": [{"id": 3, "name": "Northfield", "slug": "northfield"}]}],
        "is_in_stock": True,
        **changes,
    }  # fmt: skip


class WooStore:
    """Answers like the Store API of WooCommerce."""

    api = "/wp-json/wc/store/v1"

    def __init__(self, products: list[Any], *, with_totals: bool = True) -> None:
        self.products = products
        self.with_totals = with_totals

    def __call__(self, path: str, query: Mapping[str, str]) -> Page:
        if path == f"{self.api}/products/categories":
            entries: list[Any] = WOO_TREE
        elif path == f"{self.api}/products":
            category = query.get("category")
            entries = [
                p
                for p in self.products
                if not category or category in [str(c["id"]) for c in p["categories"]]
            ]
        else:
            message = "No route was found matching the URL and request method."
            error = {"code": "rest_no_route", "message": message, "data": {"status": 404}}
            return json_page(error, 404)
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        pages = -(-len(entries) // size)
        window = entries[size * (page - 1) : size * page]
        if not self.with_totals:
            return json_page(window)
        return json_page(window, X_WP_Total=str(len(entries)), X_WP_TotalPages=str(pages))


class StaticSite:
    """Answers with what it is given, by path and query."""

    def __init__(self, pages: Mapping[str, Page | bytes]) -> None:
        self.pages = dict(pages)

    def __call__(self, path: str, query: Mapping[str, str]) -> Page:
        full = path + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
        page = self.pages.get(full, NOT_FOUND)
        if isinstance(page, Page):
            return page
        is_xml = page.startswith((b"<?xml", b"\x1f\x8b"))
        return Page(page, "application/xml") if is_xml else Page(page)
