"""Pages of shops with JSON-LD: any JSON, any bytes between scripts, and pages mutated."""

import contextlib
import json
import random
from pathlib import Path

from crawler.engine.records import build_record
from crawler.errors import SourceError
from crawler.sources.jsonld.page import read_page
from crawler.sources.jsonld.product import parse_product
from crawler.sources.reading.loose_values import MAX_LEVELS
from prodcat.taxonomy.paths import split_path
from tests.crawler.any_json import any_json
from tests.crawler.shop_files import product_html
from tests.fuzz.mutating import drawn, mutated

KEYS = [
    *("@type", "@id", "@graph", "@value", "mainEntity", "mainEntityOfPage", "breadcrumb", "name"),
    *(
        "description",
        "image",
        "url",
        "sku",
        "productID",
        "gtin",
        "offers",
        "price",
        "brand",
        "item",
    ),
    *("priceCurrency", "category", "itemListElement", "position", "hasVariant", "isVariantOf"),
    *("priceSpecification", "contentUrl", "inLanguage", "productGroupID", "highPrice", "lowPrice"),
]
PRODUCT = {
    "@context": "https://schema.org",
    "@type": "Product",
    "@id": "#p",
    "name": "Hollis Clogs",
    "description": "<p>Cork &amp; leather</p>",
    "image": [{"@type": "ImageObject", "contentUrl": "/1.jpg"}, "https://cdn.example/2.jpg"],
    "sku": 7,
    "brand": {"@type": "Brand", "name": "Northfield"},
    "category": "Women > Shoes",
    "offers": [{"@type": "Offer", "price": "1.299,00", "priceCurrency": "EUR"}],
}
CRUMBS = {
    "@type": "BreadcrumbList",
    "itemListElement": [
        {"position": 1, "name": "Home", "item": "https://shop.example/"},
        {"position": "2", "item": {"@id": "/shoes", "name": "Shoes"}},
        {"position": 3, "name": "Hollis Clogs"},
    ],
}
WORDS = (
    *(b"<script", b'<script type="application/ld+json">', b"</script>", b"<!--", b"-->", b"<html>"),
    *(b"<![CDATA[", b"]]>", b"//", b"/*", b"{", b"}", b"[", b"]", b",", b'"', b"\\", b"\\u", b":"),
    *(b'{"@graph":[', b'"@type":"Product"', b'"@id":"#p"', b"NaN", b"Infinity", b"-", b"1e999"),
    *(b"<meta charset=utf-7>", b"<meta charset=idna>", b"&quot;", b"\\ud800", b"A > " * 50, b";"),
)
GROWING = (
    *(b"[", b'{"a":', b'{"@graph":[', b"<div>", b"<script type=json>", b"<!--", b",", b'"', b"\\"),
    *(
        b",}",
        b"1,",
        b"{},",
        b'{"@type":"Product"},',
        b"//<![CDATA[",
        b" ",
        b"<script ",
        b"9",
        b"A > ",
    ),
    *(b'{"@type":"BreadcrumbList"},', b"<html ", b"&quot;", b"</script", b'{"@id":"#a"},', b"\n"),
)


def make(draw: random.Random, folder: Path) -> None:
    """Write a page, and the header of its type."""
    value = drawn(draw, any_json(KEYS)) if draw.random() < 0.4 else PRODUCT | {"sku": draw.random()}
    if isinstance(value, dict) and draw.random() < 0.5:
        value = value | {"@type": "Product"}
    blocks = [json.dumps(value), json.dumps(CRUMBS)]
    if draw.random() < 0.3:
        place, piece = draw.randint(0, len(blocks[0])), draw.choice(GROWING).decode()
        number = draw.choice((100, 10_000, (1 << 20) // len(piece)))
        blocks[0] = blocks[0][:place] + piece * number + blocks[0][place:]
    content = product_html(*blocks)
    if draw.random() < 0.7:
        content = mutated(draw, content, words=WORDS)
    (folder / "page.html").write_bytes(content)
    kinds = ("text/html", "text/html; charset=utf-16", "text/html; charset=\xe9", "")
    (folder / "content_type").write_text(draw.choice(kinds), encoding="utf-8")


def run(folder: Path) -> None:
    """Read the product of the page, as far as into a row of the corpus."""
    content = (folder / "page.html").read_bytes()
    page = read_page(content, (folder / "content_type").read_text(encoding="utf-8"))
    with contextlib.suppress(SourceError):
        item = parse_product(page, "https://shop.example/p/1", source="shop")
        build_record(item)
        for path in (item.category or "", *item.categories):
            assert len(split_path(path)) <= MAX_LEVELS
            path.encode()
