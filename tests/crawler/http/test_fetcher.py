import gzip
import logging
import re
import socket
import threading
import time
import zlib

import pytest

from crawler.errors import FetchError
from crawler.http.limits import Rate
from crawler.http.validators import Validator, Validators
from prodcat.errors import CorpusError
from tests.crawler.site import break_off, failure, reply

MB = 1 << 20


def test_it_says_who_it_is(site, build_fetcher):
    site.answers["/"] = reply(b"hello")
    response = build_fetcher(contact="crawl@shop.example").get(f"{site.url}/")
    assert response.content == b"hello"
    agent = site.requests[-1][1]["user-agent"]
    assert agent.startswith("prodcat/")
    assert "crawl@shop.example" in agent


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_busy_or_broken_server_is_asked_again(site, build_fetcher, status):
    site.answers["/"] = [reply(b"", status), reply(b"", status), reply(b"at last")]
    assert build_fetcher().get(f"{site.url}/").content == b"at last"


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refusal_is_not_asked_again(site, build_fetcher, status):
    site.answers["/x"] = reply(b"", status)
    error = failure(build_fetcher(), f"{site.url}/x")
    assert (error.reason, error.status, error.retryable) == (f"status-{status}", status, False)
    assert site.paths.count("/x") == 1


def test_retry_after_is_waited_for(site, build_fetcher):
    site.answers["/"] = [reply(b"", 429, Retry_After="1"), reply(b"now")]
    began = time.monotonic()
    assert build_fetcher().get(f"{site.url}/").content == b"now"
    assert time.monotonic() - began >= 1.0


def test_it_gives_up_after_its_tries(site, build_fetcher):
    site.answers["/"] = reply(b"", 503)
    error = failure(build_fetcher(tries=3), f"{site.url}/")
    assert (error.reason, error.retryable) == ("status-503", True)
    assert site.paths.count("/") == 3


def test_a_connection_that_breaks_is_tried_again(site, build_fetcher):
    def break_off(connection, headers):
        connection.sendall(reply(b"x" * 100)[:-50])
        connection.shutdown(socket.SHUT_RDWR)

    site.answers["/"] = [break_off, reply(b"whole")]
    assert build_fetcher().get(f"{site.url}/").content == b"whole"


def test_a_host_that_does_not_listen_is_told(build_fetcher):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    error = failure(build_fetcher(tries=1), f"http://127.0.0.1:{port}/", robots=False)
    assert (error.reason, error.retryable) == ("connection", True)


def test_an_answer_that_is_shorter_than_announced_is_no_answer(site, build_fetcher):
    def end_early(connection, headers):
        connection.sendall(reply(b"half", Content_Length="100"))
        connection.shutdown(socket.SHUT_RDWR)

    site.answers["/"] = end_early
    assert failure(build_fetcher(tries=1), f"{site.url}/").reason == "truncated"


@pytest.mark.parametrize("part", ["head", "body"])
def test_a_server_that_dribbles_is_cut_off(site, build_fetcher, part):
    def dribble(connection, headers):
        whole = reply(b"x" * 1000)
        start = 0 if part == "head" else len(whole) - 1000
        connection.sendall(whole[:start])
        for at in range(start, len(whole)):
            connection.sendall(whole[at : at + 1])
            time.sleep(0.05)

    site.answers["/robots.txt"] = reply(b"", 404)
    site.answers["/"] = dribble
    began = time.monotonic()
    error = failure(build_fetcher(tries=1, total_timeout_s=0.3), f"{site.url}/")
    assert error.reason == "timeout"
    assert time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b"text", mtime=0),
        gzip.compress(b"te", mtime=0) + gzip.compress(b"xt", mtime=0),
    ],
)
def test_gzip_is_unpacked(site, build_fetcher, packed):
    site.answers["/"] = reply(packed, Content_Encoding="gzip")
    assert build_fetcher().get(f"{site.url}/").content == b"text"


def test_deflate_is_unpacked_with_and_without_its_header(site, build_fetcher):
    raw = zlib.compressobj(wbits=-15)
    site.answers["/a"] = reply(zlib.compress(b"text"), Content_Encoding="deflate")
    site.answers["/b"] = reply(raw.compress(b"text") + raw.flush(), Content_Encoding="deflate")
    fetcher = build_fetcher()
    assert [fetcher.get(site.url + path).content for path in ("/a", "/b")] == [b"text"] * 2


def test_gzip_that_ends_early_is_no_answer(site, build_fetcher):
    site.answers["/"] = reply(gzip.compress(b"text" * 1000)[:-20], Content_Encoding="gzip")
    assert failure(build_fetcher(tries=1), f"{site.url}/").reason == "truncated"


def test_an_encoding_that_was_not_asked_for_is_told(site, build_fetcher):
    site.answers["/"] = reply(b"??", Content_Encoding="br")
    assert failure(build_fetcher(), f"{site.url}/").reason == "bad-encoding"


def test_redirects_are_followed(site, build_fetcher):
    site.answers["/a"] = reply(b"", 301, Location="b?c=1")
    site.answers["/b?c=1"] = reply(b"found")
    response = build_fetcher().get(f"{site.url}/a")
    assert (response.content, response.url) == (b"found", f"{site.url}/b?c=1")


def test_the_rate_is_kept_over_all_threads(site, build_fetcher):
    site.answers["/"] = reply(b"")
    fetcher = build_fetcher(rate=Rate(20, 1.0))
    began = time.monotonic()
    threads = [
        threading.Thread(target=lambda: [fetcher.get(f"{site.url}/") for _ in range(6)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # 25 requests with robots.txt, of which no second has more than 20.
    assert time.monotonic() - began >= 1.0


def test_a_page_is_only_fetched_when_it_is_newer(site, build_fetcher):
    def answer(connection, headers):
        is_current = headers.get("if-none-match") == '"1"'
        body = reply(b"", 304, Content_Length="") if is_current else reply(b"news", ETag='"1"')
        connection.sendall(body)

    site.answers["/"] = answer
    versions: dict[str, Validator] = {}
    validators = Validators(versions.get)
    fetcher = build_fetcher(validators=validators)
    assert fetcher.get(f"{site.url}/").content == b"news"
    versions |= {validator.url: validator for validator in validators.take()}
    again = fetcher.get(f"{site.url}/")
    assert (again.not_modified, again.content, fetcher.counts.not_modified) == (True, b"", 1)
    assert fetcher.get(f"{site.url}/", conditional=False).content == b"news"


def test_a_key_shows_in_no_error_no_address_and_no_version(site, build_fetcher):
    versions: dict[str, Validator] = {}
    validators = Validators(versions.get)
    fetcher = build_fetcher(secrets=("my key/1",), validators=validators)
    site.answers["/ok?pid=my+key%2F1"] = reply(b"", ETag='"1"')
    site.answers["/robots.txt"] = reply(b"", 404)
    assert "key" not in fetcher.get(f"{site.url}/ok", params={"pid": "my key/1"}).url
    assert all("key" not in validator.url for validator in validators.take())
    error = failure(fetcher, f"{site.url}/gone", params={"pid": "my key/1"})
    assert "my" not in str(error)
    assert "***" in str(error)


def test_an_answer_that_may_be_half_is_no_version(site, build_fetcher):
    validators = Validators({}.get)
    site.answers["/"] = break_off(reply(b"half?", Content_Length="", ETag='"1"'), "close")
    answer = build_fetcher(validators=validators).get(f"{site.url}/")
    assert (answer.content, answer.has_end, validators.take()) == (b"half?", False, ())


@pytest.mark.parametrize("form", ["my%20key%2F1", "my+key%2f1", "m%79%20key/1", "my%2520key%252F1"])
def test_a_key_shows_in_no_error_however_an_address_writes_it(site, build_fetcher, form):
    fetcher = build_fetcher(secrets=("my key/1",), tries=1)
    site.answers["/away"] = reply(b"", 302, Location=f"ftp://a/?pid={form}")
    assert "ftp://a/?pid=***" in str(failure(fetcher, f"{site.url}/away"))
    for url in (
        f"{site.url}/{form}",
        f"ftp://a/{form}",
        f"http://[{form}",
        f"{site.url}/{form}\x00",
    ):
        assert "***" in str(failure(fetcher, url))
        assert not {"my", "key"} & set(re.findall(r"[a-z]+", str(failure(fetcher, url))))


def test_half_a_key_does_not_show_where_an_address_is_cut(site, build_fetcher):
    fetcher = build_fetcher(secrets=("sesame-open",))
    for length in range(150, 310):
        url = f"{site.url}/{'x' * length}"[:length] + "sesame-open"
        assert "sesa" not in str(failure(fetcher, url))
        assert "sesa" not in str(failure(fetcher, url.replace("http", "ftp")))


def test_a_key_is_in_no_log(site, build_fetcher, caplog):
    caplog.set_level(logging.WARNING)
    fetcher = build_fetcher(secrets=("sesame",), tries=2)
    site.answers["/?pid=sesame"] = reply(b"", 500)
    failure(fetcher, f"{site.url}/", params={"pid": "sesame"})
    assert "sesame" not in caplog.text


def test_json_that_is_none_is_told_and_may_be_asked_for_again(site, build_fetcher):
    site.answers["/"] = reply(b'{"a": ')
    with pytest.raises(FetchError) as caught:
        build_fetcher().json(f"{site.url}/")
    assert (caught.value.reason, caught.value.retryable) == ("bad-json", True)


def test_a_download_goes_into_a_file(site, build_fetcher, tmp_path):
    site.answers["/feed"] = reply(gzip.compress(b"x" * MB), Content_Encoding="gzip")
    response = build_fetcher().download(f"{site.url}/feed", tmp_path / "feed")
    assert response.content == b""
    assert (tmp_path / "feed").read_bytes() == b"x" * MB


def test_a_download_that_finds_no_place_is_told(site, build_fetcher, tmp_path):
    site.answers["/feed"] = reply(b"x")
    with pytest.raises(CorpusError, match="Cannot write"):
        build_fetcher().download(f"{site.url}/feed", tmp_path / "no" / "feed")


def test_a_fetcher_that_is_stopped_waits_no_longer(site, build_fetcher):
    site.answers["/"] = reply(b"", 503, Retry_After="100")
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    began = time.monotonic()
    assert failure(build_fetcher(stop=stop), f"{site.url}/").reason == "stopped"
    assert time.monotonic() - began < 5.0
