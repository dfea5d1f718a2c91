import os
from collections import namedtuple

import pytest

from crawler.errors import CrawlStopped, FetchError
from crawler.http.validators import Validators
from crawler.items import Task
from crawler.sources.merchant.source import MerchantFeed
from tests.crawler.shop_files import feed_item, rss_feed, zipped
from tests.crawler.site import break_off, reply
from tests.crawler.sources.merchant.unchanged import UnchangedShop, write
from tests.crawler.walking import walk

Usage = namedtuple("Usage", "total used free")
TABLE = b"id\ttitle\r\nA-1\tClogs\r\n"
CUT = rss_feed(feed_item(1), feed_item(2))[:-10]


def bring(source, client):
    return source.visit(Task("feed", "feed"), client)


def test_a_feed_that_breaks_off_is_asked_for_again_and_the_old_one_stays(
    site, build_fetcher, tmp_path
):
    kept = write(tmp_path, rss_feed(feed_item(1)), "m.feed")
    site.answers["/f"] = break_off(reply(CUT, Content_Length=""), "close")
    with pytest.raises(FetchError) as caught:
        bring(MerchantFeed(f"{site.url}/f", tmp_path, name="m"), build_fetcher())
    assert (caught.value.reason, caught.value.retryable) == ("truncated", True)
    assert kept.read_bytes() == rss_feed(feed_item(1))


def test_a_feed_that_the_shop_did_not_finish_is_read_and_asked_for_anew(
    site, build_fetcher, tmp_path
):
    site.answers["/f"] = reply(CUT, ETag='"1"')
    validators = Validators(lambda url: None)
    source = MerchantFeed(f"{site.url}/f", tmp_path, name="m")
    visit = bring(source, build_fetcher(validators=validators))
    assert [note.reason for note in visit.skipped] == ["no-end"]
    assert validators.take() == ()
    (slices,) = visit.tasks
    assert len(source.visit(slices, build_fetcher()).items) == 2


def test_an_unchanged_feed_that_broke_off_here_is_fetched_again(tmp_path):
    write(tmp_path, CUT, "m.feed")
    whole = rss_feed(feed_item(1))
    bring(MerchantFeed("https://shop.example/f", tmp_path, name="m"), UnchangedShop(whole))
    assert (tmp_path / "m.feed").read_bytes() == whole


@pytest.mark.parametrize(
    "content", [zipped(bytes(10_000_000)), b"hello" * 100, zipped(b"id\ttitle\n" * 100)[:-10]]
)
def test_a_feed_that_is_refused_does_not_stay_on_the_disk(
    site, build_fetcher, tmp_path, content, monkeypatch
):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(0, 0, 2_000_000))
    site.answers["/f"] = reply(content)
    source = MerchantFeed(f"{site.url}/f", tmp_path, name="m")
    assert list(walk(source, build_fetcher()).failed.values()) == ["bad-feed"]
    assert list(tmp_path.iterdir()) == []


def test_a_feed_takes_at_most_half_of_the_free_disk(site, build_fetcher, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda folder: Usage(0, 0, 1000))
    site.answers["/f"] = reply(rss_feed(feed_item(1)))
    with pytest.raises(FetchError, match="at most 500 bytes"):
        bring(MerchantFeed(f"{site.url}/f", tmp_path, name="m"), build_fetcher())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "file", "another's"])
def test_a_folder_that_is_not_ours_is_not_worked_in(tmp_path, kind, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "feeds"
    if kind == "link":
        folder.symlink_to(elsewhere)
    elif kind == "file":
        folder.write_text("mine")
    else:
        folder.mkdir()
        monkeypatch.setattr("os.geteuid", lambda: elsewhere.stat().st_uid + 1)
    with pytest.raises(CrawlStopped, match="feeds"):
        bring(MerchantFeed("https://shop.example/f", folder, name="m"), UnchangedShop(b"id"))
    assert list(elsewhere.iterdir()) == []


def test_a_link_or_a_pipe_in_place_of_a_feed_is_not_read(tmp_path):
    secret = write(tmp_path, TABLE, "secret")
    folder = tmp_path / "feeds"
    folder.mkdir()
    source = MerchantFeed("https://shop.example/f", folder, name="m")
    (folder / "m.feed").symlink_to(secret)
    bring(source, UnchangedShop(rss_feed(feed_item(2))))
    assert (secret.read_bytes(), (folder / "m.feed").is_symlink()) == (TABLE, False)
    os.mkfifo(folder / "m.unpacked")
    visit = bring(source, UnchangedShop(rss_feed(feed_item(2))))
    assert len(source.visit(visit.tasks[0], UnchangedShop()).items) == 1
