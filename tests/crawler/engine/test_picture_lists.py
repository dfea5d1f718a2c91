import random
import time
from dataclasses import replace

import pytest

from crawler.engine.progress import CrawlOutcome
from crawler.items import Task, Visit
from tests.crawler.crawls import QUICK_FETCH, rows
from tests.crawler.pictured import PRODUCTS, asked, hang, named, page
from tests.crawler.shelf import Shelf, crawl, item
from tests.crawler.site import reply

FAILED_PICTURES = "select count(*) from crawl_tasks where status = 'failed'"
DEAD = "http://127.0.0.1:9"


def test_the_next_picture_is_taken_where_the_first_cannot_be_had(site, path):
    hang(site, "b", "c")
    summary = crawl(Shelf({"1": page(site, "abc")}), path)
    assert asked(site) == ["a", "b"]
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]
    assert (summary.outcome, summary.failed) == (CrawlOutcome.COMPLETE, 0)


def test_what_is_no_picture_is_passed_over_too(site, path):
    site.answers["/a.jpg"] = reply(b"<html>No picture here.</html>")
    hang(site, "b")
    crawl(Shelf({"1": page(site, "ab")}), path)
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_where_none_can_be_had_the_failure_is_that_of_the_first(site, path):
    site.answers["/a.jpg"] = reply(b"", 410)
    summary = crawl(Shelf({"1": page(site, "abc")}), path)
    assert asked(site) == ["a", "b", "c"]
    assert rows(path, PRODUCTS) == [("0", "a.jpg", "status-410", 0)]
    assert (summary.outcome, summary.failed) == (CrawlOutcome.FAILURES, 1)


def test_a_later_run_tries_all_of_them_again(site, path):
    shelf = Shelf({"1": page(site, "abc")})
    crawl(shelf, path)
    hang(site, "c")
    assert asked(site) == ["a", "b", "c"]
    assert crawl(shelf, path).outcome is CrawlOutcome.COMPLETE
    assert asked(site) == ["a", "b", "c"]
    assert rows(path, PRODUCTS) == [("0", "c.jpg", "stored", 1)]


def test_no_more_than_five_are_tried_beside_the_first(site, path):
    hang(site, "g")
    crawl(Shelf({"1": page(site, "abcdefg")}), path)
    assert asked(site) == list("abcdef")
    assert rows(path, PRODUCTS) == [("0", "a.jpg", "status-404", 0)]


def test_a_picture_that_fails_for_now_is_tried_again_before_the_next_is(site, path):
    hang(site, "a", "b")
    site.answers["/a.jpg"] = [reply(b"", 503), reply(b"", 503), site.answers["/a.jpg"]]
    crawl(Shelf({"1": page(site, "ab")}), path, fetch=replace(QUICK_FETCH, tries=1))
    assert asked(site) == ["a", "a", "a"]
    assert rows(path, PRODUCTS) == [("0", "a.jpg", "stored", 1)]


def test_a_picture_that_fails_for_now_each_time_gives_way_to_the_next(site, path):
    hang(site, "b")
    site.answers["/a.jpg"] = reply(b"", 503)
    crawl(Shelf({"1": page(site, "ab")}), path, fetch=replace(QUICK_FETCH, tries=1), attempts=2)
    assert asked(site) == ["a", "a", "b"]
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_a_page_read_again_keeps_the_picture_and_does_not_ask_for_the_first(site, path):
    hang(site, "b", "c")
    shelf = Shelf({"1": page(site, "abc")})
    crawl(shelf, path)
    asked(site)
    for _ in range(2):
        counts = crawl(shelf, path).progress.written.products
        assert (counts.changed, counts.unchanged) == (0, 1)
    assert shelf.visited == ["1", "1", "1"]
    assert asked(site) == []
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_another_first_picture_is_taken(site, path):
    hang(site, "b", "d")
    crawl(shelf := Shelf({"1": [page(site, "ab"), page(site, "dab")]}), path)
    asked(site)
    crawl(shelf, path)
    assert asked(site) == ["d"]
    assert rows(path, PRODUCTS) == [("0", "d.jpg", "stored", 1)]


def test_another_first_picture_that_cannot_be_had_leaves_the_one_that_is_here(site, path):
    hang(site, "b")
    crawl(shelf := Shelf({"1": [page(site, "ab"), page(site, "db")]}), path)
    asked(site)
    crawl(shelf, path)
    assert asked(site) == ["d"]
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_a_picture_that_the_shop_names_no_more_is_left(site, path):
    hang(site, "b", "c")
    crawl(shelf := Shelf({"1": [page(site, "ab"), page(site, "ac"), page(site, "")]}), path)
    asked(site)
    crawl(shelf, path)
    assert asked(site) == ["a", "c"]
    assert rows(path, PRODUCTS) == [("0", "c.jpg", "stored", 1)]
    crawl(shelf, path)
    assert rows(path, PRODUCTS) == [("0", "", "", 0)]
    assert rows(path, "select * from crawl_pictures") == []


def test_a_shared_picture_that_cannot_be_had_gives_each_product_its_own_next(site, path):
    hang(site, "b", "c")
    first = page(site, ["none", "b"], ["none", "c"], ["none"], ["none", "gone"])
    # A product that comes when the first is known not to be had does not ask for it.
    later = Visit(items=(named(site, 7, ["none", "c"]), named(site, 8, ["none"])))
    summary = crawl(Shelf({"1": replace(first, tasks=(Task("page", "2"),)), "2": later}), path)
    assert asked(site).count("none") == 1
    assert rows(path, PRODUCTS) == [
        ("0", "b.jpg", "stored", 1),
        ("1", "c.jpg", "stored", 1),
        ("2", "none.jpg", "status-404", 0),
        ("3", "none.jpg", "status-404", 0),
        ("7", "c.jpg", "stored", 1),
        ("8", "none.jpg", "status-404", 0),
    ]
    assert (summary.outcome, summary.failed) == (CrawlOutcome.FAILURES, 1)


def test_a_shared_picture_that_each_product_has_another_for_fails_for_one_that_has_none(site, path):
    hang(site, "b", "c")
    pages = {"1": page(site, ["none", "b"])}
    assert crawl(Shelf(pages), path).failed == 0
    asked(site)
    later = Visit(items=(named(site, 5, ["none"]),))
    assert crawl(Shelf({"2": later, **pages}), path).failed == 1
    assert asked(site) == ["none"]
    assert rows(path, PRODUCTS)[1] == ("5", "none.jpg", "status-404", 0)


def test_a_product_whose_picture_has_failed_gets_the_next_that_a_later_page_names(site, path):
    class Waiting(Shelf):
        """Comes to the second page when the picture of the first is known not to be had."""

        def visit(self, task, fetcher):
            give_up = time.monotonic() + 10
            while task.key == "2" and rows(path, FAILED_PICTURES) == [(0,)]:
                assert time.monotonic() < give_up
                time.sleep(0.01)
            return super().visit(task, fetcher)

    hang(site, "b")
    first = replace(page(site, "a"), tasks=(Task("page", "2"),))
    crawl(Waiting({"1": first, "2": Visit(items=(named(site, 0, "ab"),))}), path)
    assert asked(site) == ["a", "b"]
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_the_sign_of_the_shop_stands_in_for_few_products(site, path):
    hang(site, "s")
    lists = [[f"x{number}", "s"] for number in range(6)]
    later = Visit(items=(named(site, 8, ["x8", "s"]), named(site, 9, ["x1", "s"])))
    pages = {"1": replace(page(site, *lists), tasks=(Task("page", "2"),)), "2": later}
    crawl(Shelf(pages), path)
    statuses = [status for _, _, status, _ in rows(path, PRODUCTS)]
    assert (statuses.count("stored"), statuses.count("status-404")) == (3, 5)


def test_variants_of_one_product_share_what_stands_in(site, path):
    hang(site, "b")
    items = tuple(named(site, n, [f"x{n}", "b"], group="G") for n in range(6))
    crawl(Shelf({"1": Visit(items=items)}), path)
    assert {row[1:] for row in rows(path, PRODUCTS)} == {("b.jpg", "stored", 1)}


def test_products_of_another_shop_keep_their_picture(site, path):
    hang(site, "b")
    other = Shelf({"1": Visit(items=(named(site, 9, "ab", source="other"),))})
    other.name = "other"
    crawl(other, path, pictures=False)
    crawl(Shelf({"1": page(site, "ab")}), path)
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1), ("9", "a.jpg", "waiting", 0)]


def test_two_products_that_name_the_same_pictures_in_other_orders_come_to_an_end(site, path):
    summary = crawl(Shelf({"1": page(site, "abc", "bca", "cab")}), path)
    assert sorted(asked(site)) == list("abc")
    assert summary.failed == 3
    assert [row[1] for row in rows(path, PRODUCTS)] == ["a.jpg", "b.jpg", "c.jpg"]


@pytest.mark.parametrize("seed", range(3))
def test_each_product_has_the_first_picture_that_there_is(site, path, seed):
    draw = random.Random(seed)
    there = draw.sample("abcdefgh", 4)
    hang(site, *there)

    def lists():
        return [draw.sample("abcdefgh", draw.randint(1, 6)) for _ in range(40)]

    def pages(names):
        # Of one group, so that any number of them may share a picture.
        items = [named(site, n, urls, group="G") for n, urls in enumerate(names)]
        tasks = (Task("page", "2"),)
        return {"1": Visit(items=tuple(items[:20]), tasks=tasks), "2": Visit(tuple(items[20:]))}

    def pictures():
        return {int(i): url[0] for i, url, *_ in rows(path, PRODUCTS)}

    first = lists()
    expected = {n: next((u for u in urls if u in there), urls[0]) for n, urls in enumerate(first)}
    crawl(Shelf(pages(first)), path)
    names = asked(site)
    assert len(names) == len(set(names))
    assert pictures() == expected
    second = lists()
    for n, urls in enumerate(second):
        if urls[0] != first[n][0] or expected[n] not in urls or expected[n] not in there:
            expected[n] = next((u for u in urls if u in there), urls[0])
    crawl(Shelf(pages(second)), path, again=True)
    assert pictures() == expected
    for product, url, status, is_here in rows(path, PRODUCTS):
        assert (status == "stored") == bool(is_here) == (url[0] in there), product


def test_pictures_of_a_host_that_is_not_to_be_reached_are_passed_over_together(site, path):
    hang(site, "d")
    urls = (*(f"{DEAD}/{name}.jpg" for name in "abc"), f"{site.url}/d.jpg")
    crawl(Shelf({"1": Visit(items=(item(0, image_urls=urls),))}), path, attempts=1)
    assert rows(path, PRODUCTS) == [("0", "d.jpg", "stored", 1)]
    tried = rows(path, "select url from crawl_tasks where kind = 'picture' order by rowid")
    assert tried == [(f"{DEAD}/a.jpg",), (f"{site.url}/d.jpg",)]
