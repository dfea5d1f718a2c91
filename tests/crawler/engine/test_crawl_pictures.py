from dataclasses import replace

from crawler.commands.status import read_status
from crawler.engine.progress import CrawlOutcome
from crawler.items import Visit
from prodcat.corpus.store import Corpus
from tests.crawler.crawls import QUICK_FETCH, crawl_shop, rows
from tests.crawler.shelf import Shelf, crawl, item
from tests.crawler.site import reply
from tests.toy import LEAVES, draw_picture


def test_one_picture_of_many_products_is_fetched_once(site, path):
    site.answers["/a.jpg"] = reply(draw_picture(LEAVES[0], seed=1))
    url = f"{site.url}/a.jpg"
    shelf = Shelf({"1": Visit(items=tuple(item(n, image_urls=(url,)) for n in range(5)))})
    crawl(shelf, path)
    assert site.paths.count("/a.jpg") == 1
    stored = rows(path, "select distinct image_status, image_sha256 is not null from products")
    assert stored == [("stored", 1)]


def test_a_picture_that_is_known_is_not_fetched_for_a_later_product(site, path):
    site.answers["/a.jpg"] = reply(draw_picture(LEAVES[0], seed=1))
    url = f"{site.url}/a.jpg"
    crawl(Shelf({"1": Visit(items=(item(1, image_urls=(url,)),))}), path)
    crawl(Shelf({"2": Visit(items=(item(2, image_urls=(url,)),))}, scope="other"), path)
    assert site.paths.count("/a.jpg") == 1
    assert len(set(rows(path, "select image_sha256, image_status from products"))) == 1


def test_a_product_with_another_picture_gets_it(site, path):
    for name in "ab":
        site.answers[f"/{name}.jpg"] = reply(draw_picture(LEAVES[0], seed=ord(name)))
    pages = [Visit(items=(item(1, image_urls=(f"{site.url}/{n}.jpg",)),)) for n in "ab"]
    shelf = Shelf({"1": pages})
    crawl(shelf, path)
    (before,) = rows(path, "select image_sha256 from products")
    crawl(shelf, path)
    (after,) = rows(path, "select image_sha256 from products")
    assert before != after
    assert None not in (*before, *after)


def test_a_picture_that_fails_keeps_its_reason_and_is_tried_by_the_next_run(site, path):
    url = f"{site.url}/a.jpg"
    shelf = Shelf({"1": Visit(items=(item(1, image_urls=(url,)),))})
    assert crawl(shelf, path).outcome is CrawlOutcome.FAILURES
    assert rows(path, "select image_status, image_sha256 from products") == [("status-404", None)]
    site.answers["/a.jpg"] = reply(draw_picture(LEAVES[0], seed=1))
    assert crawl(shelf, path).outcome is CrawlOutcome.COMPLETE
    assert rows(path, "select image_status from products") == [("stored",)]
    assert shelf.visited == ["1"]


def test_pictures_left_out_are_fetched_by_a_later_crawl(shop, path):
    crawl_shop(shop, path, pictures=False)
    assert shop.requests.counts["image"] == 0
    crawl_shop(shop, path)
    assert shop.requests.counts["image"] > 0
    assert rows(path, "select count(*) from products where image_status = 'waiting'") == [(0,)]


def test_a_picture_that_is_to_be_asked_for_later_keeps_no_thread_from_the_others(site, path):
    names = [f"/{number}.jpg" for number in range(4)]
    for number, name in enumerate(names):
        site.answers[name] = reply(draw_picture(LEAVES[0], seed=number))
    site.answers[names[0]] = [reply(b"", 503), site.answers[names[0]]]
    items = tuple(item(n, image_urls=(site.url + name,)) for n, name in enumerate(names))
    fetch = replace(QUICK_FETCH, workers=1, backoff_s=1.0)
    summary = crawl(Shelf({"1": Visit(items=items)}), path, fetch=fetch)
    assert (summary.outcome, summary.progress.fetched.retries) == (CrawlOutcome.COMPLETE, 1)
    assert [path for path in site.paths if path in names] == [*names, names[0]]


def test_a_picture_is_asked_for_as_often_as_a_page(site, path):
    site.answers["/0.jpg"] = reply(b"", 503)
    shelf = Shelf({"1": Visit(items=(item(1, image_urls=(f"{site.url}/0.jpg",)),))})
    crawl(shelf, path, attempts=2, fetch=replace(QUICK_FETCH, tries=3))
    assert site.paths.count("/0.jpg") == 2 * 3


def test_robots_txt_keeps_pictures_away_and_that_is_counted(shop, path):
    shop.robots = "User-agent: *\nDisallow: /sim/\n"
    summary = crawl_shop(shop, path)
    assert summary.outcome is CrawlOutcome.FAILURES
    assert shop.requests.counts["image"] == 0
    statuses = rows(path, "select distinct image_status from products where image_url != ''")
    assert statuses == [("robots",)]


def test_a_host_that_is_down_is_given_up_until_the_next_run(path):
    urls = [f"http://127.0.0.1:9/{n}.jpg" for n in range(60)]
    items = tuple(item(n, image_urls=(url,)) for n, url in enumerate(urls))
    summary = crawl(Shelf({"1": Visit(items=items)}), path)
    assert (summary.outcome, summary.failed) == (CrawlOutcome.FAILURES, 60)
    with Corpus.open(path) as corpus:
        reasons = {row.reason: row.count for row in read_status(corpus).failures}
    assert reasons["host-down"] > 20
