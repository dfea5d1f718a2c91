"""A Scrapy spider that does the work of ``python -m crawler shopstyle``, for ``crawl.py`` beside.

    python scrapy_spider.py API corpus.db PER_CATEGORY CONCURRENCY IMAGE_SIZE

It walks the tree, fetches the pages of each leaf, stores pictures with Scrapy's own images
pipeline (which decodes each of them) and products in SQLite. It needs Scrapy and Pillow, and
nothing of prodcat.
"""

import html
import json
import re
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import scrapy  # type: ignore[import-not-found,unused-ignore]
from scrapy.crawler import CrawlerProcess  # type: ignore[import-not-found,unused-ignore]

PAGE_SIZE = 50
SIZES = ("Small", "IPhoneSmall", "Medium", "Large", "IPhone", "XLarge", "Best", "Original")


class ShopSpider(scrapy.Spider):  # type: ignore[misc,unused-ignore]
    """The tree, then the pages of every leaf."""

    name = "shopstyle"

    def __init__(self, api: str, per_category: int, size: str) -> None:
        super().__init__()
        self.api, self.per_category, self.size = api, per_category, size

    async def start(self) -> Any:
        """Begin with the tree."""
        yield scrapy.Request(f"{self.api}/categories?pid=demo", self.parse_tree)

    def page(self, category: str, offset: int) -> Any:
        """Ask for a page."""
        limit = min(PAGE_SIZE, self.per_category - offset)
        query = urlencode({"pid": "demo", "cat": category, "offset": offset, "limit": limit})
        about = {"category": category, "offset": offset}
        return scrapy.Request(f"{self.api}/products?{query}", self.parse_page, cb_kwargs=about)

    def parse_tree(self, response: Any) -> Iterator[Any]:
        """Find the leaves."""
        nodes = json.loads(response.body)["categories"]
        internal = {node.get("parentId") for node in nodes}
        for node in nodes:
            if node["id"] not in internal:
                yield self.page(node["id"], 0)

    def parse_page(self, response: Any, category: str, offset: int) -> Iterator[Any]:
        """Read the products of a page; the first one leads to the others."""
        answer = json.loads(response.body)
        for product in answer.get("products") or []:
            yield self.read(product, category)
        if offset == 0:
            end = min(answer["metadata"]["total"], self.per_category, 5000)
            for following in range(PAGE_SIZE, end, PAGE_SIZE):
                yield self.page(category, following)

    def read(self, product: dict[str, Any], category: str) -> dict[str, Any]:
        """Read one product."""
        sizes = product.get("image", {}).get("sizes", {})
        wanted = reversed(SIZES[: SIZES.index(self.size) + 1])
        url = next((sizes[name]["url"] for name in wanted if name in sizes), None)
        text = html.unescape(re.sub("<[^>]+>", " ", product.get("description") or ""))
        listed = [c["id"] for c in product.get("categories", [])]
        return {
            "id": str(product["id"]),
            "name": product.get("name") or "",
            "description": " ".join(text.split()),
            "brand": product.get("brand", {}).get("name", ""),
            "price": product.get("price"),
            "category_id": listed[0] if listed else category,
            "listed": listed,
            "crawled": category,
            "image_urls": [url] if url else [],
        }


class SqlitePipeline:
    """Stores products, a thousand in a transaction."""

    def __init__(self, path: str) -> None:
        self.path = path

    @classmethod
    def from_crawler(cls, crawler: Any) -> "SqlitePipeline":
        """Make it as Scrapy does."""
        return cls(crawler.settings["CORPUS"])

    def open_spider(self) -> None:
        """Make the tables."""
        self.db = sqlite3.connect(self.path)
        self.db.execute("pragma journal_mode = wal")
        self.db.execute("pragma synchronous = normal")
        self.db.execute(
            "create table products (id text primary key, name, description, brand, price,"
            " category_id, image_url, image_sha256)"
        )
        self.db.execute(
            "create table product_categories (product_id, category_id, role,"
            " primary key (product_id, category_id, role))"
        )
        self.waiting = 0

    def process_item(self, item: dict[str, Any]) -> dict[str, Any]:
        """Store one product."""
        image = item.get("images") or [None]
        columns = ("id", "name", "description", "brand", "price", "category_id")
        values = [item[column] for column in columns]
        url, path = (image[0]["url"], image[0]["path"]) if image[0] else (None, None)
        self.db.execute(
            "insert or replace into products values (?, ?, ?, ?, ?, ?, ?, ?)", [*values, url, path]
        )
        links = [(item["id"], c, "listed") for c in item["listed"]]
        links.append((item["id"], item["crawled"], "crawled"))
        self.db.executemany("insert or ignore into product_categories values (?, ?, ?)", links)
        self.waiting += 1
        if self.waiting == 1000:
            self.db.commit()
            self.waiting = 0
        return item

    def close_spider(self) -> None:
        """Store the rest."""
        self.db.commit()
        self.db.close()


def main() -> None:
    """Crawl."""
    api, path, per_category, concurrency, size = sys.argv[1:]
    settings = {
        "USER_AGENT": "prodcat-benchmark",
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": int(concurrency),
        "CONCURRENT_REQUESTS_PER_DOMAIN": int(concurrency),
        "DOWNLOAD_DELAY": 0,
        "ITEM_PIPELINES": {"scrapy.pipelines.images.ImagesPipeline": 1, SqlitePipeline: 2},
        "IMAGES_STORE": str(Path(path).parent / "images"),
        "CORPUS": path,
        "LOG_LEVEL": "ERROR",
        "TELNETCONSOLE_ENABLED": False,
    }
    process = CrawlerProcess(settings)
    process.crawl(ShopSpider, api=api, per_category=int(per_category), size=size)
    process.start()


if __name__ == "__main__":
    main()
