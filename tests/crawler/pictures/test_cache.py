import os
import threading
import time

import pytest

from crawler.pictures.cache import IN_HAND_S, PictureCache
from prodcat.errors import ImageError, InputError
from tests.crawler.pictures.tables import drawn, hang, pictures_asked
from tests.crawler.site import Site, break_off, port_of, reply


@pytest.fixture
def cache(build_fetcher, tmp_path):
    with PictureCache(tmp_path / "pictures", build_fetcher(tries=1)) as opened:
        yield opened


def why(cache, url):
    with pytest.raises(ImageError) as caught:
        cache(url)
    return str(caught.value)


def make_old(path):
    long_ago = time.time() - IN_HAND_S - 60
    os.utime(path, (long_ago, long_ago))


def test_an_address_is_fetched_once_and_found_by_a_later_run(site, cache, build_fetcher):
    hang(site, "a.jpg")
    url = f"{site.url}/a.jpg"
    assert cache(url).read_bytes() == cache(url).read_bytes() == drawn(0)
    with PictureCache(cache.folder, build_fetcher()) as later:
        assert later(url).read_bytes() == drawn(0)
        assert later.outcomes == {"in the folder already": 1}
    assert pictures_asked(site) == ["/a.jpg"]
    assert cache.outcomes == {"stored": 1, "in the folder already": 1}


def test_an_address_that_failed_is_not_asked_again_within_a_run(site, cache):
    url = f"{site.url}/none.jpg"
    assert why(cache, url) == why(cache, url) == f"picture could not be fetched: not found ({url})"
    assert pictures_asked(site) == ["/none.jpg"]
    assert cache.outcomes == {"not found": 1}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (reply(b"<html></html>", Content_Type="text/html"), "not a picture"),
        (reply(b"", Content_Length=str(10**12)), "too large"),
        (reply(b"", 503), "status 503"),
        (reply(b"", 302, Location="http://10.1.2.3/inner.jpg"), "private address, not asked"),
    ],
)
def test_what_is_no_picture_to_be_had_leaves_no_file(site, cache, answer, words):
    site.answers["/a.jpg"] = answer
    assert words in why(cache, f"{site.url}/a.jpg")
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def test_a_redirect_to_another_service_of_this_machine_is_not_followed(site, cache):
    with Site() as other:
        hang(other, "a.jpg")
        target = f"http://localhost:{port_of(other)}/a.jpg"
        site.answers["/a.jpg"] = reply(b"", 302, Location=target)
        assert "private address" in why(cache, f"{site.url}/a.jpg")
        assert other.paths == []


def test_private_addresses_are_not_asked_unless_allowed(site, build_fetcher, tmp_path):
    hang(site, "a.jpg")
    with PictureCache(tmp_path, build_fetcher(allow_private=False)) as cache:
        assert "private address, not asked" in why(cache, f"{site.url}/a.jpg")
    assert site.paths == []


def test_robots_txt_is_asked_first(site, cache):
    hang(site, "a.jpg")
    site.answers["/robots.txt"] = reply(b"User-agent: *\nDisallow: /a")
    assert "refused by robots.txt" in why(cache, f"{site.url}/a.jpg")
    assert site.paths == ["/robots.txt"]


@pytest.mark.parametrize("url", ["ftp://shop.example/a.jpg", "http://[/a.jpg", "http://a:b@c/d"])
def test_what_is_no_web_address_says_so(cache, url):
    assert "no web address" in why(cache, url)


def test_a_host_that_is_down_is_given_up_for_the_run(cache):
    for number in range(40):
        why(cache, f"http://127.0.0.1:9/{number}.jpg")
    assert cache.outcomes["host is down"] > 5


def test_the_longest_unused_pictures_make_room(site, cache):
    hang(site, "a.jpg", "b.jpg", "c.jpg")
    old, used, new = (f"{site.url}/{name}.jpg" for name in "abc")
    paths = [cache(old), cache(used)]
    for path in paths:
        make_old(path)
    cache(used)
    cache.max_bytes = sum(path.stat().st_size for path in paths) + 10
    cache._make_room_at = cache.max_bytes

    newest = cache(new)

    assert (paths[0].exists(), paths[1].exists(), newest.exists()) == (False, True, True)


def test_pictures_of_strangers_do_not_make_room(site, cache):
    hang(site, "a.jpg")
    digest = "ab" * 32
    strangers = [cache.folder / "ab" / "holiday.jpg", cache.folder / "cd" / f"{digest}.jpg"]
    linked = cache.folder / "ab" / f"{digest}.jpg"
    for path in strangers:
        path.parent.mkdir()
        path.write_bytes(bytes(1000))
        make_old(path)
    linked.symlink_to(strangers[0])
    cache.max_bytes = cache._make_room_at = 1
    cache(f"{site.url}/a.jpg")
    assert all(path.exists() for path in (*strangers, linked))


def test_a_link_in_place_of_the_folder_is_refused(build_fetcher, tmp_path):
    (tmp_path / "pictures").symlink_to(tmp_path)
    with pytest.raises(InputError, match="a link"):
        PictureCache(tmp_path / "pictures", build_fetcher())


def test_pictures_in_hand_stay_beyond_the_most_bytes(site, build_fetcher, tmp_path):
    hang(site, "a.jpg", "b.jpg")
    with PictureCache(tmp_path, build_fetcher(), max_bytes=100) as cache:
        paths = [cache(f"{site.url}/{name}.jpg") for name in "ab"]
        assert all(path.exists() for path in paths)


def test_a_folder_that_cannot_be_written_is_told(build_fetcher, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(InputError, match="Pictures cannot be kept in"):
        PictureCache(tmp_path / "file" / "pictures", build_fetcher())


@pytest.mark.parametrize(
    "answer", [reply(b"", 429, Retry_After="60"), break_off(reply(drawn(0))[:200], "silence")]
)
def test_the_end_of_a_run_is_not_kept_waiting_by_a_slow_host(site, build_fetcher, tmp_path, answer):
    site.answers["/a.jpg"] = answer
    failed = threading.Event()
    with PictureCache(tmp_path, build_fetcher(tries=3, timeout_s=30.0)) as cache:

        def ask():
            with pytest.raises(ImageError):
                cache(f"{site.url}/a.jpg")
            failed.set()

        threading.Thread(target=ask, daemon=True).start()
        while "/a.jpg" not in site.paths:
            time.sleep(0.01)
        time.sleep(0.2)
    assert failed.wait(5)
