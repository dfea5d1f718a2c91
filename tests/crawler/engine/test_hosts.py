from pathlib import Path

import pytest

from crawler.engine.crawl import Crawl
from crawler.engine.progress import CrawlOutcome, CrawlSettings
from crawler.http.settings import FetchSettings
from crawler.sources.jsonld.source import JsonLd
from tests.crawler.crawls import rows
from tests.crawler.shop_files import product_html, urlset
from tests.crawler.shop_pages import Page, ShopServer

QUICK = CrawlSettings(
    fetch=FetchSettings(allow_private=True, tries=1, backoff_s=0.001, workers=2), retry_pause_s=0.01
)
SITEMAP = urlset(*(f"<loc>/p/{number}</loc>" for number in range(120)))
BAN = Page(b"Forbidden", status=403)
CHALLENGE = Page(b"<title>Just a moment...</title>", status=200)


class Shop:
    """Answers well until it has had enough."""

    def __init__(self, patience: int, ban: Page) -> None:
        self.patience, self.ban = patience, ban

    def __call__(self, path: str, query: object) -> Page:
        if path == "/sitemap.xml":
            return Page(SITEMAP, "text/xml")
        if not path.startswith("/p/"):
            return Page(b"", status=404)
        self.patience -= 1
        return (
            Page(product_html('{"@type":"Product","name":"B"}')) if self.patience >= 0 else self.ban
        )


@pytest.mark.parametrize("ban", [BAN, CHALLENGE, Page(b"", status=430)])
def test_a_host_that_has_had_enough_is_left_alone_and_asked_by_the_next_run(
    path: Path, ban: Page, caplog: pytest.LogCaptureFixture
) -> None:
    shop = Shop(30, ban)
    with ShopServer(shop) as server:
        summary = Crawl(JsonLd(server.url), path, QUICK).run()
        asked = sum(count for place, count in server.requests.items() if place.startswith("/p/"))
        assert (summary.outcome, summary.products) == (CrawlOutcome.FAILURES, 30)
        assert asked < 75
        assert "refuses to be crawled" in caplog.text
        assert rows(
            path, "select count(*) > 40 from crawl_tasks where reason = 'host-refuses'"
        ) == [(1,)]
        shop.patience = 1000
        assert Crawl(JsonLd(server.url), path, QUICK).run().products == 120
        assert max(server.requests.values()) <= 3


def test_some_pages_that_are_not_for_everybody_are_no_ban(path: Path) -> None:
    good = Page(product_html('{"@type":"Product","name":"B"}'))

    def answer(place: str, query: object) -> Page:
        if place == "/sitemap.xml":
            return Page(SITEMAP, "text/xml")
        return BAN if place.endswith(("1", "2", "3")) else good

    with ShopServer(answer) as server:
        assert Crawl(JsonLd(server.url, sitemap="/sitemap.xml"), path, QUICK).run().products == 84
