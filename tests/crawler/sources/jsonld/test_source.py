import json

import pytest

from crawler.http.fetcher import Fetcher
from crawler.http.settings import FetchSettings
from crawler.http.validators import Validators
from crawler.sources.jsonld import source as jsonld
from crawler.sources.jsonld.source import JsonLd, sitemap_task
from prodcat.errors import ConfigError
from tests.crawler.shop_files import product_html, sitemap_index, urlset, zipped
from tests.crawler.shop_pages import NOT_FOUND, Page, ShopServer, StaticSite
from tests.crawler.site import break_off, reply
from tests.crawler.walking import fetcher, walk


def clogs(number, base=""):
    crumbs = [("Home", f"{base}/"), ("Women", f"{base}/women"), ("Shoes", f"{base}/women/shoes")]
    return product_html(
        json.dumps({"@type": "Product", "name": f"Clogs {number}", "image": f"/i/{number}.jpg"}),
        json.dumps(
            {
                "@type": "BreadcrumbList",
                "itemListElement": [
                    {"@type": "ListItem", "position": i, "name": name, "item": url}
                    for i, (name, url) in enumerate(crumbs, start=1)
                ],
            }
        ),
    )


def as_utf16(content):
    return content.decode().encode("utf-16")


def crawl(pages, **options):
    site = StaticSite(pages)
    with ShopServer(site) as server:
        base = server.url.encode()
        site.pages = {
            path: page.replace(b"http://SITE", base) if isinstance(page, bytes) else page
            for path, page in site.pages.items()
        }
        return walk(JsonLd(server.url, **options)), server


def test_products_are_found_through_the_sitemap():
    outcome, _ = crawl(
        {
            "/sitemap.xml": urlset("<loc>/p/1</loc>", "<loc>/p/2</loc>"),
            "/p/1": clogs(1),
            "/p/2": clogs(2),
        }
    )
    assert outcome.failed == {}
    assert {item.name for item in outcome.items.values()} == {"Clogs 1", "Clogs 2"}
    assert outcome.items["/p/1"].category == "Women > Shoes"
    assert set(outcome.categories) == {"Women", "Women > Shoes"}


def test_robots_txt_names_the_sitemaps():
    outcome, server = crawl(
        {
            "/robots.txt": Page(b"User-agent: *\nAllow: /\nSitemap: /maps/all.xml\n", "text/plain"),
            "/maps/all.xml": sitemap_index("<loc>/maps/1.xml.gz?from=1&amp;to=2</loc>"),
            "/maps/1.xml.gz?from=1&to=2": zipped(urlset("<loc>/p/1</loc>")),
            "/p/1": clogs(1),
        }
    )
    assert list(outcome.items) == ["/p/1"]
    assert "/sitemap.xml" not in server.requests


def test_pages_of_which_robots_txt_forbids_fetching_are_not_asked_for():
    outcome, server = crawl(
        {
            "/robots.txt": Page(b"User-agent: *\nDisallow: /p/\n", "text/plain"),
            "/sitemap.xml": urlset("<loc>/p/1</loc>"),
            "/p/1": clogs(1),
        }
    )
    assert list(outcome.failed.values()) == ["robots"]
    assert "/p/1" not in server.requests


def test_pages_that_are_no_products_are_told_with_their_reason():
    listing = [json.dumps({"@type": "Product", "name": n}) for n in ("a", "b")]
    outcome, server = crawl(
        {
            "/sitemap.xml": urlset(*(f"<loc>/{i}</loc>" for i in range(6))),
            "/0": b"<html><body>About us</body></html>",
            "/1": product_html('{"@type": "Product", "name": '),
            "/2": product_html(*listing),
            "/3": b"",
            "/4": clogs(4),
        }
    )
    assert list(outcome.items) == ["/4"]
    reasons = {url.removeprefix(server.url): reason for url, reason in outcome.skipped}
    assert reasons == {
        "/0": "no-product", "/1": "broken-json-ld", "/2": "several-products", "/3": "no-product"
    }  # fmt: skip
    assert list(outcome.failed.values()) == ["status-404"]


def test_addresses_of_other_hosts_are_left_alone():
    outcome, _ = crawl(
        {
            "/sitemap.xml": urlset("<loc>http://other.example/p/1</loc>", "<loc>/p/1</loc>"),
            "/p/1": clogs(1),
        }
    )
    assert len(outcome.items) == 1
    assert [reason for _, reason in outcome.skipped] == ["1 addresses of other hosts"]


def test_only_pages_that_match_are_visited():
    pages = {"/sitemap.xml": urlset("<loc>/p/1</loc>", "<loc>/blog/2</loc>"), "/p/1": clogs(1)}
    outcome, server = crawl(pages, match="/p/")
    assert len(outcome.items) == 1
    assert "/blog/2" not in server.requests


def test_a_named_sitemap_is_the_only_one():
    pages = {"/shoes.xml": urlset("<loc>/p/1</loc>"), "/p/1": clogs(1)}
    outcome, server = crawl(pages, sitemap="/shoes.xml")
    assert len(outcome.items) == 1
    assert "/sitemap.xml" not in server.requests


def test_sitemaps_that_lead_in_a_ring_come_to_an_end():
    outcome, _ = crawl(
        {
            "/sitemap.xml": sitemap_index("<loc>/b.xml</loc>"),
            "/b.xml": sitemap_index("<loc>/sitemap.xml</loc>", "<loc>/c.xml</loc>"),
            "/c.xml": sitemap_index("<loc>/d.xml</loc>"),
            "/d.xml": sitemap_index("<loc>/e.xml</loc>"),
        }
    )
    assert "sitemap" not in {task.split("/")[-1] for task in outcome.failed}
    assert not any(key.endswith("/e.xml") for key in outcome.tasks)


@pytest.mark.parametrize(
    ("page", "reason"),
    [(NOT_FOUND, "status-404"), (b"<html>Not found</html>", "no-sitemap")],
)
def test_a_site_without_a_sitemap_fails_with_its_reason(page, reason):
    outcome, _ = crawl(dict.fromkeys(jsonld.DOORS, page))
    assert list(outcome.failed.values()) == [reason]


def test_what_the_sitemap_says_of_changes_is_the_revision_of_the_page():
    entry = "<loc>/p/1</loc><lastmod>2026-10-01</lastmod>"
    outcome, server = crawl({"/sitemap.xml": urlset(entry), "/p/1": clogs(1)})
    assert outcome.tasks[f"page:{server.url}/p/1"].data["revision"] == "2026-10-01"


def test_a_page_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(jsonld, "MAX_PAGE_BYTES", 1000)
    outcome, _ = crawl({"/sitemap.xml": urlset("<loc>/p/1</loc>"), "/p/1": clogs(1) + b" " * 2000})
    assert len(outcome.failed) == 1
    assert outcome.items == {}


def test_a_robots_txt_that_cannot_be_read_is_no_leave():
    with ShopServer(lambda path, query: Page(b"", status=503)) as server:
        settings = FetchSettings(allow_private=True, tries=1)
        outcome = walk(JsonLd(server.url), Fetcher(settings))
    assert list(outcome.failed) == ["robots:robots.txt"]


def seeds_of(robots):
    with ShopServer(StaticSite({"/robots.txt": Page(robots, "text/plain")})) as server:
        source = JsonLd(server.url)
        return server.url, source.visit(next(iter(source.seeds())), fetcher()).tasks


@pytest.mark.parametrize("change", [bytes, zipped, lambda b: b"\xef\xbb\xbf" + b, as_utf16])
def test_relative_sitemaps_are_understood_however_the_rules_are_written(change):
    robots = b"Sitemap: /a.xml\rsitemap: https://cdn.example/b c.xml\rSitemap: /a.xml"
    url, tasks = seeds_of(change(robots))
    assert [task.key for task in tasks] == [f"{url}/a.xml", "https://cdn.example/b%20c.xml"]
    assert all(task.data["hosts"] == ["cdn.example"] for task in tasks)


@pytest.mark.parametrize("door", ["/sitemap.xml", "/sitemap_index.xml", "/wp-sitemap.xml"])
@pytest.mark.parametrize("missing", [NOT_FOUND, Page(b"<html><body>Nothing</body></html>")])
def test_sitemaps_that_nothing_names_are_looked_for_at_the_usual_doors(door, missing):
    pages = dict.fromkeys(jsonld.DOORS, missing)
    outcome, _ = crawl({**pages, door: urlset("<loc>/p/1</loc>"), "/p/1": clogs(1)})
    assert (len(outcome.items), outcome.failed) == (1, {})


def test_sitemaps_may_lie_where_robots_txt_says_and_pages_may_not():
    entries = sitemap_index(
        "<loc>https://maps.example/1.xml</loc>",
        "<loc>https://cdn.example/2.xml</loc>",
        "<loc>https://else.example/3.xml</loc>",
    )
    with ShopServer(StaticSite({"/index.xml": entries})) as server:
        source = JsonLd("https://shop.example", sitemap=f"{server.url}/index.xml")
        task = sitemap_task(f"{server.url}/index.xml", hosts=["cdn.example", "maps.example"])
        visit = source.visit(task, fetcher())
    assert [task.key for task in visit.tasks] == [
        "https://maps.example/1.xml",
        "https://cdn.example/2.xml",
    ]
    assert [reason for _, reason in visit.skipped] == ["1 addresses of other hosts"]


def test_a_page_is_known_by_one_address_and_its_product_by_the_one_that_the_site_writes():
    entries = [
        f"<loc>{loc}</loc>"
        for loc in ("http://SITE/p/größe", "/p/gr%c3%b6%c3%9fe", "/a/../p/größe#top")
    ]
    outcome, server = crawl({"/sitemap.xml": urlset(*entries), "/p/gr%C3%B6%C3%9Fe": clogs(1)})
    assert [key for key in outcome.tasks if key.startswith("page")] == [
        f"page:{server.url}/p/gr%C3%B6%C3%9Fe"
    ]
    assert list(outcome.items) == ["/p/größe"]
    assert outcome.items["/p/größe"].url == f"{server.url}/p/gr%C3%B6%C3%9Fe"


@pytest.mark.parametrize("options", [{"match": "("}, {"sitemap": "ftp://a.example/"}])
def test_options_that_make_no_sense_are_refused(options):
    with pytest.raises(ConfigError):
        JsonLd("shop.example", **options)


CUT = urlset("<loc>/p/1</loc>", "<loc>/p/2</loc>")[:-20]


def test_a_sitemap_that_breaks_off_is_asked_for_again(site):
    site.answers["/sitemap.xml"] = break_off(reply(CUT, Content_Length=""), "close")
    outcome = walk(JsonLd(site.url, sitemap="/sitemap.xml"))
    assert list(outcome.failed.values()) == ["truncated"]


def test_a_sitemap_that_the_shop_did_not_finish_is_read_and_asked_for_anew(site, build_fetcher):
    site.answers["/sitemap.xml"] = reply(CUT, ETag='"1"')
    validators = Validators(lambda url: None)
    source = JsonLd(site.url, sitemap="/sitemap.xml")
    visit = source.visit(next(iter(source.seeds())), build_fetcher(validators=validators))
    assert [task.key for task in visit.tasks] == [f"{site.url}/p/1"]
    assert "1 end that is missing" in [reason for _, reason in visit.skipped]
    assert validators.take() == ()


@pytest.mark.parametrize("end", [b"", b"</html>"])
def test_a_page_that_breaks_off_before_its_product_is_no_page_without_one(site, end):
    page = product_html('{"@type": "Product", "name": "Clogs"}')[:90] + end
    site.answers["/p/1"] = break_off(reply(page, Content_Length=""), "close")
    site.answers["/sitemap.xml"] = reply(urlset("<loc>/p/1</loc>"))
    outcome = walk(JsonLd(site.url, sitemap="/sitemap.xml"))
    assert list(outcome.failed.values()) == ([] if end else ["truncated"])


def test_sitemaps_of_sitemaps_and_pages_have_an_end(monkeypatch):
    monkeypatch.setattr(jsonld, "MAX_SITEMAPS", 3)
    monkeypatch.setattr(jsonld, "MAX_PAGES", 5)
    maps = sitemap_index(*(f"<loc>/{i}.xml</loc>" for i in range(9)))
    pages = {f"/{i}.xml": urlset(*(f"<loc>/p/{i}{j}</loc>" for j in range(4))) for i in range(9)}
    outcome, _ = crawl({"/sitemap.xml": maps, **pages})
    kinds = [task.kind for task in outcome.tasks.values()]
    assert (kinds.count("sitemap"), kinds.count("page")) == (1 + 3, 5)
    notes = [reason for _, reason in outcome.skipped]
    assert notes.count("6 addresses beyond the most of one crawl") == 1
