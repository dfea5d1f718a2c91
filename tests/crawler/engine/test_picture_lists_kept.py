"""Lists of pictures outlive the run that read them, however it ended."""

import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from crawler.engine.crawl import Crawl
from crawler.engine.picture_lists import PictureLists
from crawler.engine.progress import CrawlOutcome
from crawler.pictures.waiting import fetch_waiting
from prodcat.errors import CorpusError
from tests.crawler.crawls import QUICK, rows
from tests.crawler.pictured import PRODUCTS, asked, hang, page
from tests.crawler.shelf import Shelf, crawl
from tests.crawler.site import Site, reply

REPOSITORY = Path(__file__).resolve().parents[3]


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
