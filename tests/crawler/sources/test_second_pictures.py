"""Every kind of shop names further pictures in its own way; each is taken where the first fails."""

import json
from dataclasses import replace

import pytest

from crawler.engine.crawl import Crawl
from crawler.engine.progress import CrawlOutcome
from crawler.sources.jsonld.source import JsonLd
from crawler.sources.merchant.source import MerchantFeed
from crawler.sources.shopify import Shopify
from crawler.sources.shopstyle.source import ShopStyle, ShopStyleSettings
from crawler.sources.woocommerce import WooCommerce
from tests.crawler.crawls import QUICK, QUICK_FETCH, rows
from tests.crawler.shop_files import feed_item, product_html, rss_feed, urlset
from tests.crawler.shop_pages import (
    NOT_FOUND,
    Page,
    ShopifyStore,
    ShopServer,
    StaticSite,
    WooStore,
    json_page,
    shopify_product,
    woo_product,
)
from tests.toy import LEAVES, draw_picture

HERE = Page(draw_picture(LEAVES[0], seed=1), "image/jpeg")
GRAPH = (
    '<meta property="og:type" content="product"><meta property="og:title" content="Clogs">'
    '<meta property="og:image" content="SITE/gone.jpg">'
    '<meta property="og:image" content="SITE/here.jpg">'
)
COLUMNS = "id\ttitle\timage link\tadditional image link\n1\tClogs\tSITE/gone.jpg\t"


def page(content):
    return {"/sitemap.xml": urlset("<loc>/p/1</loc>"), "/p/1": content}


def state(**fields):
    return product_html(json.dumps({"@type": "Product", "name": "Clogs", **fields}))


def feed_pictures(site):
    more = "".join(
        f"<g:additional_image_link>{site}/{name}.jpg</g:additional_image_link>"
        for name in ("lost", "here")
    )
    item = feed_item(1, g_image_link=f"{site}/gone.jpg")
    return rss_feed(item.replace("</item>", f"{more}</item>"))


def shopstyle(path, query):
    """Answer with one product of one category."""
    if path.endswith(".jpg"):
        return NOT_FOUND
    if path.endswith("/categories"):
        return json_page(
            {"metadata": {"root": {"id": "shoes"}, "maxDepth": 1},
             "categories": [{"id": "clogs", "name": "Clogs", "parentId": "shoes"}]}
        )  # fmt: skip
    pictures = [{"sizes": {"XLarge": {"url": f"SITE/{n}.jpg"}}} for n in ("gone", "lost", "here")]
    product = {"id": 7, "name": "Clogs", "image": pictures[0], "alternateImages": pictures[1:]}
    begins = query.get("offset", "0") == "0"
    return json_page(
        {"metadata": {"total": 1, "offset": 0, "limit": 50}, "products": [product] * begins}
    )


SHOPS = {
    "JSON-LD": (
        StaticSite(page(state(image=["/gone.jpg", {"@type": "ImageObject", "url": "/here.jpg"}]))),
        lambda url, folder: JsonLd(url),
    ),
    "Open Graph": (StaticSite(page(GRAPH.encode())), lambda url, folder: JsonLd(url)),
    "the sitemap": (
        StaticSite(
            page(state(image="/gone.jpg"))
            | {
                "/sitemap.xml": urlset(
                    "<loc>/p/1</loc><image:image><image:loc>/here.jpg</image:loc></image:image>"
                )
            }
        ),
        lambda url, folder: JsonLd(url),
    ),
    "Shopify": (
        ShopifyStore(
            [shopify_product(1, images=[{"src": f"SITE/{n}.jpg"} for n in ("gone", "here")])]
        ),
        lambda url, folder: Shopify(url),
    ),
    "WooCommerce": (
        WooStore([woo_product(1, images=[{"src": f"SITE/{n}.jpg"} for n in ("gone", "here")])]),
        lambda url, folder: WooCommerce(url),
    ),
    "a feed": (
        StaticSite({"/feed.xml": feed_pictures("SITE")}),
        lambda url, folder: MerchantFeed(f"{url}/feed.xml", folder / "feeds"),
    ),
    "a table": (
        StaticSite({"/feed.txt": f"{COLUMNS}SITE/lost.jpg,SITE/here.jpg\n".encode()}),
        lambda url, folder: MerchantFeed(f"{url}/feed.txt", folder / "feeds"),
    ),
    "ShopStyle": (
        shopstyle,
        lambda url, folder: ShopStyle("demo-key", ShopStyleSettings(api=url)),
    ),
}


@pytest.mark.parametrize("shop", SHOPS)
def test_the_next_picture_is_taken_where_the_first_is_not_there(tmp_path, shop):
    answer, build = SHOPS[shop]

    def answer_here(path, query):
        if path == "/here.jpg":
            return HERE
        answered = answer(path, query)
        return replace(answered, body=answered.body.replace(b"SITE", server.url.encode()))

    with ShopServer(answer_here) as server:
        settings = replace(QUICK, fetch=replace(QUICK_FETCH, tries=1))
        summary = Crawl(build(server.url, tmp_path), tmp_path / "shop.db", settings).run()
        assert server.requests["/gone.jpg"] == server.requests["/here.jpg"] == 1
    assert summary.outcome is CrawlOutcome.COMPLETE
    (row,) = rows(tmp_path / "shop.db", "select image_url, image_status from products")
    assert row == (f"{server.url}/here.jpg", "stored")
