"""A crawl of a shop where much goes wrong ends with the same corpus as one where nothing does."""

from dataclasses import replace

import pytest

from crawler.engine.progress import CrawlOutcome
from tests.crawler.crawls import QUICK_FETCH, content, crawl_shop, rows
from tests.shopstyle.fault_kinds import KINDS, FaultSettings
from tests.shopstyle.faults import Faults
from tests.shopstyle_server import ShopstyleServer
from tests.toy import draw_corpus

MAX_RUNS = 12
MILD = FaultSettings(latency_s=0.05, retry_after_s=0.05, slow_s=7.0)


@pytest.fixture(scope="module")
def sold(tmp_path_factory):
    return draw_corpus(tmp_path_factory.mktemp("sold"), products=36)


@pytest.fixture(scope="module")
def faultless(sold, tmp_path_factory):
    """What a crawl without faults brings, without the address of its server."""
    path = tmp_path_factory.mktemp("faultless") / "crawled.db"
    with ShopstyleServer(sold) as server:
        assert crawl_shop(server, path).outcome is CrawlOutcome.COMPLETE
    return content(path)


def crawl_until_complete(server, path):
    for _ in range(MAX_RUNS):
        summary = crawl_shop(server, path)
        if summary.outcome is CrawlOutcome.COMPLETE:
            return
    pytest.fail(f"After {MAX_RUNS} runs {summary.failed} tasks still fail.")


@pytest.mark.slow
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_a_tenth_of_all_answers_faulty_in_every_way_changes_nothing(
    sold, faultless, tmp_path, share
):
    path = tmp_path / "crawled.db"
    with ShopstyleServer(sold, faults=Faults(share=share, settings=MILD)) as server:
        crawl_until_complete(server, path)
        assert server.requests.faults
    assert content(path) == faultless


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_of_fault_changes_anything(sold, faultless, tmp_path, kind):
    path = tmp_path / "crawled.db"
    with ShopstyleServer(sold, faults=Faults(shares={kind: 0.3}, settings=MILD)) as server:
        crawl_until_complete(server, path)
        assert server.requests.faults[kind] > 0
    assert content(path) == faultless


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("redirect_private", "private-address"),
        ("redirect_loop", "redirects"),
        ("huge", "too-large"),
        ("endless", "too-large"),
        ("gzip_bomb", "too-large"),
        ("corrupt", "unreadable"),
        ("pixel_bomb", "unreadable"),
        ("html", "unreadable"),
        ("empty", "unreadable"),
    ],
)
def test_a_picture_that_is_always_faulty_leaves_a_reason_and_all_else_is_there(
    sold, tmp_path, kind, reason
):
    path = tmp_path / "crawled.db"
    with ShopstyleServer(sold, faults=Faults(pinned={"image": kind}, settings=MILD)) as server:
        summary = crawl_shop(
            server, path, attempts=1, fetch=replace(QUICK_FETCH, total_timeout_s=60)
        )
    assert summary.outcome is CrawlOutcome.FAILURES
    assert summary.products > 30
    statuses = rows(path, "select distinct image_status from products where image_url != ''")
    assert statuses == [(reason,)]
