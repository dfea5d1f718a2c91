"""Every further source, crawled into a corpus from a server that answers as its shops do."""

import json
from dataclasses import replace

import pytest

from crawler.engine.crawl import Crawl
from crawler.engine.progress import CrawlOutcome, CrawlSettings
from crawler.http.settings import FetchSettings
from crawler.sources.jsonld.source import JsonLd
from crawler.sources.merchant.source import MerchantFeed
from crawler.sources.shopify import Shopify
from crawler.sources.woocommerce import WooCommerce
from prodcat.corpus.store import Corpus
from tests.crawler.shop_files import feed_item, product_html, rss_feed, urlset
from tests.crawler.shop_pages import (
    ShopifyStore,
    ShopServer,
    StaticSite,
    WooStore,
    shopify_product,
    woo_product,
)

SETTINGS = CrawlSettings(
    fetch=FetchSettings(allow_private=True, tries=1, workers=4), pictures=False
)
NUMBERS = range(1, 13)
PRODUCT = {"@type": "Product", "category": "Women > Shoes", "productGroupID": "G"}
PAGES = {f"/p/{i}": product_html(json.dumps({**PRODUCT, "name": f"Clogs {i}"})) for i in NUMBERS}
MAP = {"/sitemap.xml": urlset(*(f"<loc>{path}</loc>" for path in PAGES))}

SHOPS = {
    "shopify": (
        ShopifyStore([shopify_product(i, "Women > Shoes") for i in NUMBERS]),
        lambda url, folder: Shopify(url, name="shop"),
        ("Women", "Shoes"),
    ),
    "woocommerce": (
        WooStore([woo_product(i) for i in NUMBERS]),
        lambda url, folder: WooCommerce(url, name="shop"),
        ("Shoes & Bags", "Boots"),
    ),
    "jsonld": (
        StaticSite(MAP | PAGES),
        lambda url, folder: JsonLd(url, name="shop"),
        ("Women", "Shoes"),
    ),
    "merchant": (
        StaticSite({"/feed.xml": rss_feed(*map(feed_item, NUMBERS))}),
        lambda url, folder: MerchantFeed(f"{url}/feed.xml", folder / "feeds", name="shop"),
        ("Women", "Shoes", "Clogs"),
    ),
}


@pytest.mark.parametrize("shop", SHOPS)
def test_a_shop_becomes_a_corpus_and_a_second_crawl_transfers_nothing(tmp_path, shop):
    answer, build, path = SHOPS[shop]
    with ShopServer(answer) as server:
        summary = Crawl(build(server.url, tmp_path), tmp_path / "shop.db", SETTINGS).run()
        assert summary.outcome is CrawlOutcome.COMPLETE
        requests_before = server.requests.total()
        again = Crawl(build(server.url, tmp_path), tmp_path / "shop.db", SETTINGS).run()
        # robots.txt is asked for each time: by the fetcher, and by the source that looks there.
        transferred = server.requests.total() - requests_before - server.unchanged
    assert (summary.products, again.products) == (12, 12)
    assert again.outcome is CrawlOutcome.COMPLETE
    assert transferred <= 2
    with Corpus.open(tmp_path / "shop.db") as corpus:
        rows = list(corpus.rows(with_category=True))
        tree = corpus.taxonomy()
    assert {tree.path(row.category_id) for row in rows} == {path}
    assert len(rows) == 12
    if shop in ("jsonld", "merchant"):
        assert all(row.group_id for row in rows)


def test_only_pages_whose_date_in_the_sitemap_is_another_are_asked_for_again(tmp_path):
    def sitemap(day):
        dates = {path: day if path == "/p/3" else "2026-10-01" for path in PAGES}
        return urlset(*(f"<loc>{p}</loc><lastmod>{d}</lastmod>" for p, d in dates.items()))

    shop = StaticSite(PAGES | {"/sitemap.xml": sitemap("2026-10-01")})
    with ShopServer(shop) as server:
        Crawl(JsonLd(server.url, name="shop"), tmp_path / "shop.db", SETTINGS).run()
        shop.pages["/sitemap.xml"] = sitemap("2026-11-11")
        shop.pages["/p/3"] = product_html(json.dumps({**PRODUCT, "name": "New clogs"}))
        server.requests.clear()
        Crawl(JsonLd(server.url, name="shop"), tmp_path / "shop.db", SETTINGS).run()
        assert [path for path in server.requests if path.startswith("/p/")] == ["/p/3"]
        server.requests.clear()
        every = replace(SETTINGS, refetch=True)
        Crawl(JsonLd(server.url, name="shop"), tmp_path / "shop.db", every).run()
        assert len([path for path in server.requests if path.startswith("/p/")]) == len(PAGES)
    with Corpus.open(tmp_path / "shop.db") as corpus:
        assert "New clogs" in {row.name for row in corpus.rows()}
