from crawler.engine.crawl import Crawl
from crawler.engine.old_addresses import adopt_old_addresses
from crawler.sources.jsonld.source import JsonLd
from prodcat.corpus.store import Corpus
from tests.crawler.crawls import QUICK, rows
from tests.crawler.shop_files import product_html, urlset
from tests.crawler.shop_pages import Page, ShopServer, StaticSite

TASKS = "select kind, url, json_extract(data, '$.written') from crawl_tasks order by rowid"


def as_an_earlier_version_left_it(path, base):
    """Give the page and its picture the addresses that the site writes."""
    with Corpus.open(path) as corpus, corpus.transaction():
        for old, new in (
            (f"{base}/p/größe", "/p/gr%C3%B6%C3%9Fe"),
            (f"{base}/i/ä.png", "/i/%C3%A4.png"),
        ):
            corpus.db.execute(
                "update crawl_tasks set id = replace(id, ?, ?), url = ?,"
                " data = iif(kind = 'picture', data, json_object('url', ?)) where url = ?",
                [base + new, old, old, old, base + new],
            )
            corpus.db.execute(
                "update products set image_url = ? where image_url = ?", [old, base + new]
            )


def test_a_crawl_that_an_earlier_version_finished_fetches_no_page_and_no_picture_anew(path):
    product = '{"@type":"Product","name":"Clogs","image":"/i/ä.png"}'
    entry = "<loc>/p/größe</loc><lastmod>2026-01-01</lastmod>"
    pages = {
        "/sitemap.xml": urlset(entry),
        "/p/gr%C3%B6%C3%9Fe": product_html(product),
        "/i/%C3%A4.png": Page(b"none", status=404),
    }
    with ShopServer(StaticSite(pages)) as server:
        source = JsonLd(server.url, sitemap="/sitemap.xml")
        Crawl(source, path, QUICK).run()
        before = rows(path, TASKS), rows(path, "select id, image_url from products")
        as_an_earlier_version_left_it(path, server.url)
        with Corpus.open(path) as corpus, corpus.transaction():
            assert adopt_old_addresses(corpus, source.name) == 2
            assert adopt_old_addresses(corpus, source.name) == 0
        assert (rows(path, TASKS), rows(path, "select id, image_url from products")) == before
        assert before[0][1][2] == f"{server.url}/p/größe"
