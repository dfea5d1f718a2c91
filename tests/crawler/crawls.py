"""Crawls of the compatible server, and what is in a corpus after them."""

import sqlite3
from dataclasses import replace
from pathlib import Path
from typing import Any

from crawler.engine.crawl import Crawl
from crawler.engine.progress import CrawlSettings, CrawlSummary
from crawler.http.settings import FetchSettings
from crawler.sources.shopstyle.source import ShopStyle, ShopStyleSettings
from tests.shopstyle_server import ShopstyleServer

QUICK_FETCH = FetchSettings(
    allow_private=True,
    timeout_s=5.0,
    total_timeout_s=5.0,
    backoff_s=0.01,
    secrets=("demo-key", "very-secret-key"),
)
QUICK = CrawlSettings(fetch=QUICK_FETCH, retry_pause_s=0.01)

CONTENT = (
    "select id, url, name, description, brand, price, currency, locale, category_id, image_sha256,"
    " image_status from products order by id",
    "select product_id, category_id, role from product_categories order by 1, 2, 3",
    "select source, id, name, full_name, parent_id from categories order by 1, 2",
)


def rows(path: Path, sql: str, *values: Any) -> list[Any]:
    """Ask a corpus."""
    connection = sqlite3.connect(path)
    try:
        return connection.execute(sql, values).fetchall()
    finally:
        connection.close()


def content(path: Path) -> list[list[Any]]:
    """All that a crawl brings into a corpus, whenever and however it came."""
    return [rows(path, sql) for sql in CONTENT]


def shop_crawl(
    server: ShopstyleServer, path: Path, *, key: str = "demo-key", **options: Any
) -> Crawl:
    """Prepare a crawl of the whole server."""
    hooks = {name: options.pop(name) for name in ("stop", "on_progress") if name in options}
    source = ShopStyle(key, ShopStyleSettings(api=server.url))
    return Crawl(source, path, replace(QUICK, **options), **hooks)


def crawl_shop(server: ShopstyleServer, path: Path, **options: Any) -> CrawlSummary:
    """Crawl the whole server."""
    return shop_crawl(server, path, **options).run()
