"""A crawl that is killed at random moments ends with the same corpus as one that is not."""

import signal
import time

import pytest

from tests.crawler.crawls import content, rows
from tests.crawler.killing import crawl_with_kills, refetched, start_crawl
from tests.kills import KILLS
from tests.shopstyle_server import ShopstyleServer
from tests.toy import draw_corpus


@pytest.mark.slow
def test_a_crawl_that_is_killed_loses_nothing_and_fetches_little_twice(tmp_path):
    sold = draw_corpus(tmp_path / "sold", products=60 * KILLS)
    (tmp_path / "whole").mkdir()
    (tmp_path / "killed").mkdir()
    whole, killed = tmp_path / "whole" / "crawled.db", tmp_path / "killed" / "crawled.db"
    with ShopstyleServer(sold) as server:
        assert start_crawl(server, whole).wait() == 0
        number = len(server.requests)
        server.requests.clear()
        run = crawl_with_kills(server, killed, kills=KILLS, requests=number)
        assert (run.kills, run.exit_code) == (KILLS, 0)
        pages, _ = refetched(server, "categories", "products", unanswered=run.unanswered)
        pictures, _ = refetched(server, "image", unanswered=run.unanswered)
    assert content(killed) == content(whole)
    # In hand when a process is killed: a page now and then, and what its threads may have out.
    assert pages <= KILLS
    assert pictures <= 16 * KILLS
    endings = rows(killed, "select distinct outcome from crawl_runs order by 1")
    assert endings == [("complete",), ("killed",)]


@pytest.mark.slow
def test_an_interrupted_crawl_says_so_with_its_exit_code_and_continues(tmp_path):
    sold = draw_corpus(tmp_path / "sold", products=240)
    path = tmp_path / "crawled.db"
    with ShopstyleServer(sold) as server:
        process = start_crawl(server, path, "--rate", "20/s")
        while len(server.requests) < 10:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 130
        assert start_crawl(server, path).wait() == 0
        assert server.requests.repeated("image") == {}
