import threading

import pytest

from crawler.commands.status import read_status
from crawler.engine.crawl import Crawl
from crawler.engine.progress import CrawlOutcome, CrawlSettings
from crawler.errors import CrawlStopped
from crawler.http.settings import FetchSettings
from crawler.items import Task, Visit
from crawler.sources.shopstyle.source import ShopStyle, ShopStyleSettings
from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from tests.crawler.crawls import content, crawl_shop, rows, shop_crawl
from tests.crawler.shelf import Shelf, crawl, item
from tests.shopstyle.faults import Faults
from tests.shopstyle_server import ShopstyleServer
from tests.toy import LEAVES, draw_corpus, draw_picture


def test_a_shop_is_crawled_whole(shop, small_corpus, path):
    summary = crawl_shop(shop, path)
    assert (summary.outcome, summary.failed) == (CrawlOutcome.COMPLETE, 0)
    with Corpus.open(small_corpus, read_only=True) as sold, Corpus.open(path) as crawled:
        sold_rows = {r.id.partition(":")[2]: r for r in sold.rows() if r.name or r.description}
        for row in crawled.rows():
            original = sold_rows.get(row.id.partition(":")[2])
            if original:
                assert (row.name, row.image_sha256) == (original.name, original.image_sha256)
                assert row.image_sha256 is None or row.image_sha256 in crawled.images
        assert crawled.count() == summary.products > 40
        assert len(crawled.taxonomy().leaf_ids) == len(LEAVES)


def test_products_stand_under_what_they_list_and_where_they_were_found(path, tmp_path):
    product = item(1, category="a", categories=("a", "b"), crawled="c")
    crawl(Shelf({"1": Visit(items=(product,))}), path)
    links = rows(path, "select category_id, role from product_categories order by 1")
    assert links == [("a", "listed"), ("b", "listed"), ("c", "crawled")]


def test_a_second_crawl_of_an_unchanged_shop_fetches_no_picture_and_no_page_whole(shop, path):
    crawl_shop(shop, path)
    before = content(path)
    shop.requests.clear()
    summary = crawl_shop(shop, path)
    assert shop.requests.counts["image"] == 0
    assert summary.progress.fetched.not_modified == summary.progress.fetched.requests
    assert content(path) == before


def test_a_change_in_the_shop_is_found_without_fetching_the_rest(small_corpus, tmp_path, path):
    sold = draw_corpus(tmp_path / "sold", products=48)
    with ShopstyleServer(sold) as server:
        crawl_shop(server, path)
        with Corpus.open(sold) as corpus:
            (changed,) = corpus.db.execute(
                "select source_id from products where image_sha256 is not null limit 1"
            ).fetchone()
            picture = corpus.images.put(draw_picture(LEAVES[0], seed=99))
            renamed = {"name": "Renamed", "image_sha256": picture}
            corpus.upsert_products([NewProduct(source="toy", source_id=changed, **renamed)])
        server.reload()
        server.requests.clear()
        crawl_shop(server, path)
        assert server.requests.counts["image"] <= 1
    stored = rows(path, "select name, image_sha256 from products where source_id = ?", changed)
    assert stored == [("Renamed", picture)]


def test_a_crawl_that_is_stopped_ends_cleanly_and_continues(shop, path):
    stop = threading.Event()
    crawled = shop_crawl(shop, path, stop=stop, on_progress=lambda _: stop.set())
    crawled._shown_at = float("-inf")
    first = crawled.run()
    assert first.outcome is CrawlOutcome.INTERRUPTED
    second = crawl_shop(shop, path)
    assert (second.outcome, second.continued) == (CrawlOutcome.COMPLETE, True)
    assert shop.requests.repeated("image") == {}
    assert shop.requests.repeated("products") == {}


def test_a_crawl_that_has_not_begun_can_tell_where_it_stands(path):
    progress = Crawl(Shelf({}), path).progress()
    assert (progress.pages_left, progress.pictures_left, progress.seconds_left) == (0, 0, None)
    assert (progress.fetched.requests, progress.written.pages) == (0, 0)
    assert not path.exists()


def test_a_page_that_fails_is_tried_again_in_the_same_run(path):
    shelf = Shelf({"1": [ValueError("poison"), Visit(items=(item(1),))]})
    assert crawl(shelf, path).outcome is CrawlOutcome.COMPLETE
    assert shelf.visited == ["1", "1"]


def test_a_page_that_keeps_failing_is_counted_with_its_reason_and_tried_by_the_next_run(path):
    shelf = Shelf(
        {"1": Visit(tasks=(Task("page", "2"),), items=(item(1),)), "2": ValueError("bad")}
    )
    summary = crawl(shelf, path, attempts=2)
    assert (summary.outcome, summary.failed, summary.products) == (CrawlOutcome.FAILURES, 1, 1)
    with Corpus.open(path) as corpus:
        (failure,) = read_status(corpus).failures
    assert (failure.sort, failure.reason, failure.count) == ("page", "unexpected", 1)
    shelf.pages["2"] = Visit(items=(item(2),))
    again = crawl(shelf, path)
    assert (again.outcome, again.products) == (CrawlOutcome.COMPLETE, 2)
    assert shelf.visited == ["1", "2", "2", "2"]


def test_a_failure_that_stays_does_not_keep_new_rounds_away(path):
    shelf = Shelf({"1": Visit(tasks=(Task("page", "2"),)), "2": ValueError("bad")})
    for _ in range(6):
        crawl(shelf, path, attempts=1)
    assert shelf.visited.count("1") > 1


def test_poison_products_are_counted_and_the_others_stored(path):
    shelf = Shelf(
        {"1": Visit(items=(item(1), item(""), item(3, name="")), skipped=(("4", "bad"),))}
    )
    summary = crawl(shelf, path)
    assert (summary.outcome, summary.products) == (CrawlOutcome.COMPLETE, 1)
    with Corpus.open(path) as corpus:
        counts = {row.reason: row.count for row in read_status(corpus).skipped}
    assert counts == {"no id": 1, "no name, description or picture": 1, "bad": 1}


def test_a_source_that_cannot_go_on_ends_the_crawl_and_keeps_what_was_found(path):
    shelf = Shelf(
        {"1": Visit(items=(item(1),), tasks=(Task("page", "2"),)), "2": CrawlStopped("key")}
    )
    with pytest.raises(CrawlStopped, match="key"):
        crawl(shelf, path)
    assert rows(path, "select count(*) from products") == [(1,)]
    assert rows(path, "select outcome from crawl_runs") == [("stopped",)]


@pytest.mark.parametrize("when", ["picture", "row"])
def test_a_full_disk_ends_the_crawl_with_an_explanation_and_it_continues(
    shop, path, monkeypatch, when
):
    def is_full(*_: object, **__: object):
        raise CorpusError("The corpus cannot be written to: the disk is full.")

    with monkeypatch.context() as patch:
        target = (
            "prodcat.inputs.image_store.ImageStore.put"
            if when == "picture"
            else "crawler.engine.writer.Writer.write"
        )
        patch.setattr(target, is_full)
        with pytest.raises(CrawlStopped, match=r"disk is full.*Make room.*continues"):
            crawl_shop(shop, path)
    assert crawl_shop(shop, path).outcome is CrawlOutcome.COMPLETE


def test_crawls_of_one_source_with_other_settings_do_not_mix(path):
    crawl(Shelf({"1": Visit(items=(item(1),))}, scope="a"), path)
    second = Shelf({"2": Visit(items=(item(2),))}, scope="b")
    crawl(second, path)
    crawl(second, path)
    assert second.visited == ["2", "2"]


def test_again_begins_a_new_round_before_the_last_is_finished(path):
    shelf = Shelf({"1": Visit(tasks=(Task("page", "2"),)), "2": ValueError("bad")})
    crawl(shelf, path, attempts=1)
    shelf.pages["2"] = Visit()
    summary = crawl(shelf, path, again=True)
    assert (summary.continued, shelf.visited) == (False, ["1", "2", "1", "2"])


def test_refetch_asks_for_whole_pages(shop, path):
    crawl_shop(shop, path)
    summary = crawl_shop(shop, path, refetch=True)
    assert (summary.progress.fetched.not_modified, summary.progress.written.products.added) == (
        0,
        0,
    )


def test_versions_of_pages_are_kept_only_with_what_was_found(shop, path):
    stopped = shop_crawl(shop, path)
    stopped.source.visit = lambda task, fetcher: visit_then_fail(shop, task, fetcher)
    stopped.run()
    assert rows(path, "select count(*) from crawl_validators") == [(0,)]


def visit_then_fail(shop, task, fetcher):
    ShopStyle("demo-key", ShopStyleSettings(api=shop.url)).visit(task, fetcher)
    raise ValueError("after the page was fetched")


def test_the_key_is_nowhere_in_the_corpus(shop, path):
    crawl_shop(shop, path, key="very-secret-key")
    for file in path.parent.glob("crawled.db*"):
        assert b"very-secret-key" not in file.read_bytes()


def test_a_refused_key_ends_the_crawl(shop, path):
    with pytest.raises(CrawlStopped, match="InvalidPartnerId") as caught:
        crawl_shop(shop, path, key="YOUR_API_KEY")
    assert "YOUR_API_KEY" not in str(caught.value)


def test_readers_can_use_the_corpus_while_it_grows(shop, path):
    counts = []

    def look(_):
        with Corpus.open(path, read_only=True) as corpus:
            counts.append(corpus.count())

    crawled = shop_crawl(shop, path, on_progress=look)
    crawled._shown_at = float("-inf")
    crawled.run()
    assert counts


def test_every_sort_of_poison_product_is_counted(small_corpus, path):
    with Corpus.open(small_corpus, read_only=True) as corpus:
        ids = [row.id.partition(":")[2] for row in corpus.rows() if row.name][:6]
    kinds = ("no_id", "bare", "no_name", "wrong_types", "path_trick", "no_object")
    with ShopstyleServer(
        small_corpus, faults=Faults(pinned=dict(zip(ids, kinds, strict=True)))
    ) as shop:
        summary = crawl_shop(shop, path)
    assert summary.outcome is CrawlOutcome.COMPLETE
    skipped = rows(path, "select reason, count(distinct item) from crawl_skipped group by 1")
    assert {reason for reason, _ in skipped} >= {"no-id", "bad-id"}
    assert not [p for p in path.parent.rglob("*") if "passwd" in p.name]


def test_settings_of_the_rate_reach_the_shop(shop, path):
    from crawler.http.limits import Rate

    fetch = FetchSettings(allow_private=True, rate=Rate(40, 1.0))
    began = CrawlSettings(fetch=fetch)
    summary = Crawl(ShopStyle("demo-key", ShopStyleSettings(api=shop.url)), path, began).run()
    assert summary.progress.fetched.requests / summary.progress.seconds <= 41
    # Without a limit it would be hundreds; a busy machine notes some a moment too late.
    assert shop.requests.busiest(1.0) <= 48
