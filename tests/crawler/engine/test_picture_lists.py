import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.engine.crawl import Crawl
from crawler.engine.picture_lists import PictureLists
from crawler.engine.progress import CrawlOutcome
from crawler.items import Task, Visit
from crawler.pictures.waiting import fetch_waiting
from prodcat.errors import CorpusError
from tests.crawler.crawls import QUICK, QUICK_FETCH, rows
from tests.crawler.shelf import Shelf, crawl, item
from tests.crawler.site import Site, reply
from tests.toy import LEAVES, draw_picture

REPOSITORY = Path(__file__).resolve().parents[3]
PRODUCTS = (
    "select source_id, substr(image_url, instr(substr(image_url, 9), '/') + 9), image_status,"
    " image_sha256 is not null from products order by 1"
)
DEAD = "http://127.0.0.1:9"


def hang(site, *names):
    """Have pictures, each another one."""
    for name in names:
        site.answers[f"/{name}.jpg"] = reply(draw_picture(LEAVES[0], seed=ord(name[0])))


def named(site, number, names, **fields):
    """Make a product that names pictures."""
    return item(number, image_urls=tuple(f"{site.url}/{name}.jpg" for name in names), **fields)


def page(site, *lists):
    return Visit(items=tuple(named(site, n, names) for n, names in enumerate(lists)))


def asked(site):
    """Return the names of the pictures that were asked for, in order, and forget them."""
    names = [path[1:-4] for path in site.paths if path.endswith(".jpg")]
    site.requests.clear()
    return names


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


def test_pictures_of_a_host_that_is_not_to_be_reached_are_passed_over_together(site, path):
    hang(site, "d")
    urls = (*(f"{DEAD}/{name}.jpg" for name in "abc"), f"{site.url}/d.jpg")
    crawl(Shelf({"1": Visit(items=(item(0, image_urls=urls),))}), path, attempts=1)
    assert rows(path, PRODUCTS) == [("0", "d.jpg", "stored", 1)]
    tried = rows(path, "select url from crawl_tasks where kind = 'picture' order by rowid")
    assert tried == [(f"{DEAD}/a.jpg",), (f"{site.url}/d.jpg",)]


def test_lists_of_a_crawl_without_pictures_serve_when_these_are_fetched(site, path):
    hang(site, "b")
    crawl(Shelf({"1": page(site, "ab")}), path, pictures=False)
    summary = fetch_waiting(path, "shelf", QUICK)
    assert summary.outcome is CrawlOutcome.COMPLETE
    assert {counted.outcome: counted.count for counted in summary.outcomes} == {"stored": 1}
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_products_that_were_stored_before_lists_were_kept_keep_their_pictures(site, path):
    hang(site, "a", "b")
    shelf = Shelf({"1": page(site, "ab")})
    crawl(shelf, path)
    rows_before = rows(path, PRODUCTS)
    with closing(sqlite3.connect(path)) as older, older:
        older.execute("delete from crawl_pictures")
    asked(site)
    crawl(shelf, path)
    assert asked(site) == []
    assert rows(path, PRODUCTS) == rows_before


def test_a_crawl_that_is_stopped_while_it_asks_for_the_next_goes_on_with_it(site, path):
    hang(site, "b")
    stop, answer = threading.Event(), site.answers["/b.jpg"]

    def stopping(connection, headers):
        stop.set()
        connection.sendall(reply(b"", 503))

    site.answers["/b.jpg"] = [stopping, answer]
    shelf = Shelf({"1": page(site, "ab")})
    assert Crawl(shelf, path, QUICK, stop=stop).run().outcome is CrawlOutcome.INTERRUPTED
    crawl(shelf, path)
    assert asked(site) == ["a", "b", "b"]
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


def test_a_picture_whose_next_cannot_be_queued_has_not_failed(site, path, monkeypatch):
    hang(site, "b")
    shelf = Shelf({"1": page(site, "ab")})

    def full(self, task, reason):
        move_on(self, task, reason)
        raise CorpusError("The disk is broken.")

    move_on = PictureLists.move_on
    with monkeypatch.context() as patch:
        patch.setattr(PictureLists, "move_on", full)
        with pytest.raises(CorpusError):
            crawl(shelf, path)
    assert rows(path, PRODUCTS) == [("0", "a.jpg", "waiting", 0)]
    crawl(shelf, path)
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]


@pytest.mark.slow
def test_a_crawl_that_is_killed_while_it_asks_for_the_next_goes_on_with_it(path):
    processes = []
    feed = path.with_name("feed.xml")
    with Site() as site:
        hang(site, "b")
        answer = site.answers["/b.jpg"]

        def killing(connection, headers):
            processes[0].send_signal(signal.SIGKILL)
            processes[0].wait()

        site.answers["/b.jpg"] = [killing, answer]
        feed.write_text(
            "<rss><channel><item><id>0</id><title>Clogs</title>"
            f"<image_link>{site.url}/a.jpg</image_link>"
            f"<additional_image_link>{site.url}/b.jpg</additional_image_link>"
            "</item></channel></rss>"
        )
        command = [sys.executable, "-m", "crawler", "merchant", str(path), str(feed)]
        command += ["--allow-private", "--picture-rate", "none", "--quiet"]
        processes.append(subprocess.Popen(command, cwd=REPOSITORY))
        assert processes[0].wait(60) == -signal.SIGKILL
        assert subprocess.run(command, cwd=REPOSITORY, timeout=60).returncode == 0
        assert asked(site) == ["a", "b", "b"]
    assert rows(path, PRODUCTS) == [("0", "b.jpg", "stored", 1)]
