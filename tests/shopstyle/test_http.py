"""The compatible server as a web server: connections, validators, compression, limits, log."""

import gzip
import http.client
import socket
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from tests.shopstyle.connection import read_head
from tests.shopstyle.log import RateLimit, Request, RequestLog
from tests.shopstyle_server import ShopstyleServer

requests = pytest.importorskip("requests")


def send(server, data):
    """Send bytes and read until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(data)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_requests_may_name_the_whole_url_as_proxies_are_asked(server, ask):
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("GET", "http://api.shopstyle.com/api/v2/products/700000051?pid=PID")
    assert connection.getresponse().read() == ask("/products/700000051").content
    connection.close()


def test_a_connection_serves_many_requests_also_sent_at_once(server):
    request = b"GET /api/v2/products/700000051?pid=x HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    answers = send(server, request * 5 + last)
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 5
    assert answers.count(b"Connection: keep-alive\r\n") == 5
    assert answers.count(b"HTTP/1.1 404 Not Found\r\n") == 1
    assert answers.endswith(b"There is no such page.\n")


def test_a_request_may_arrive_in_pieces(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for piece in (b"GET /robots", b".txt HTTP/1.0\r", b"\nHost: a\r\n\r", b"\n"):
            connection.sendall(piece)
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"User-agent: *\nAllow: /\n")


@pytest.mark.parametrize("data", [b"nonsense\r\n\r\n", b"GET / SPDY/3\r\n\r\n", b"x" * 70_000])
def test_what_is_no_request_is_refused(server, data):
    assert send(server, data).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_connections_stay_open_unless_asked_or_old():
    assert read_head("GET / HTTP/1.1").keep
    assert not read_head("GET / HTTP/1.1\r\nconnection: Close").keep
    assert not read_head("GET / HTTP/1.0").keep
    assert read_head("GET / HTTP/1.0\r\nConnection: keep-alive").keep


@pytest.mark.parametrize("what", ["/api/v2/products?pid=x", "picture", "/robots.txt"])
def test_head_has_the_headers_and_no_body(server, ask, what):
    if what == "picture":
        url = ask("/products/700000051").json()["image"]["sizes"]["XLarge"]["url"]
    else:
        url = server.origin + what
    whole, head = requests.get(url), requests.head(url)
    for name in ("Content-Length", "Content-Type", "ETag"):
        assert head.headers.get(name) == whole.headers.get(name)
    assert head.content == b""
    assert len(whole.content) > 0


def test_nothing_is_written(server):
    response = requests.post(f"{server.url}/products?pid=x", json={})
    assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD")
    assert response.json()["errorCode"] == 405


def test_slashes_count_once(server, ask):
    plain = ask("/products", limit=2).content
    for path in ("/api/v2/products/", "//api//v2/products"):
        assert requests.get(f"{server.origin}{path}?pid=PID&limit=2").content == plain


def test_text_is_compressed_for_those_who_read_it(server):
    url = f"{server.url}/products?pid=x&limit=50"
    packed = requests.get(url, headers={"Accept-Encoding": "gzip"}, stream=True)
    plain = requests.get(url, headers={"Accept-Encoding": "gzip;q=0"})
    raw = packed.raw.read(decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
    assert gzip.decompress(raw) == plain.content
    assert len(raw) < len(plain.content) / 4
    assert packed.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.parametrize("what", ["page", "picture"])
def test_what_did_not_change_is_not_sent_again(ask, what):
    url = ask("/products", limit=3).url
    if what == "picture":
        url = ask("/products/700000051").json()["image"]["sizes"]["Small"]["url"]
    first = requests.get(url)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]

    def again(**headers):
        return requests.get(url, headers={n.replace("_", "-"): v for n, v in headers.items()})

    assert again(If_None_Match=f'"other", {tag}').status_code == 304
    assert again(If_None_Match=tag).content == b""
    assert again(If_Modified_Since=modified).status_code == 304
    assert again(If_None_Match='"other"').status_code == 200
    assert again(If_Modified_Since="Mon, 01 Jan 2001 00:00:00 GMT").status_code == 200
    assert again(If_Modified_Since="yesterday").status_code == 200
    # The tag counts, not the date.
    assert again(If_None_Match='"other"', If_Modified_Since=modified).status_code == 200
    assert parsedate_to_datetime(first.headers["Date"]) >= parsedate_to_datetime(modified)


def test_the_shop_can_change(jeans_corpus, tmp_path):
    path = tmp_path / "corpus.db"
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_products([NewProduct(source="s", source_id="7", name="Old")])
        with ShopstyleServer(path) as server:
            url = f"{server.url}/products/7?pid=x"
            tag = requests.get(url).headers["ETag"]
            corpus.upsert_products([NewProduct(source="s", source_id="7", name="New")])
            assert requests.get(url, headers={"If-None-Match": tag}).status_code == 304
            server.reload()
            assert requests.get(url, headers={"If-None-Match": tag}).json()["name"] == "New"


def test_robots_can_say_anything_or_be_missing(server):
    robots = f"{server.origin}/robots.txt"
    robots_txt = server.robots
    try:
        server.robots = "User-agent: *\nDisallow: /api/\n"
        assert requests.get(robots).text == "User-agent: *\nDisallow: /api/\n"
        server.robots = None
        assert requests.get(robots).status_code == 404
    finally:
        server.robots = robots_txt


def test_calls_above_the_limit_are_refused_and_pictures_are_not_counted(jeans_corpus):
    with ShopstyleServer(jeans_corpus, rate_limit=3) as server:
        url = f"{server.url}/products/700000051?pid=x"
        picture = requests.get(url).json()["image"]["sizes"]["Small"]["url"]
        assert [requests.get(picture).status_code for _ in range(5)] == [200] * 5
        assert [requests.get(url).status_code for _ in range(3)] == [200, 200, 429]
        refused = requests.get(url)
        assert 50 < int(refused.headers["Retry-After"]) <= 60
        assert refused.json()["errorCode"] == 429
        assert server.requests.statuses == {200: 8, 429: 2}


def test_a_limit_holds_in_any_minute():
    limit = RateLimit(2)
    assert [limit.wait_s(at) for at in (0.0, 30.0, 45.0, 59.0)] == [0.0, 0.0, 15.0, 1.0]
    assert [limit.wait_s(at) for at in (60.0, 61.0, 90.0)] == [0.0, 29.0, 0.0]
    assert RateLimit(None).wait_s(0.0) == 0.0


def test_the_log_counts_by_kind(jeans_corpus):
    with ShopstyleServer(jeans_corpus) as server, requests.Session() as session:
        for path in ("categories", "products", "products", "products/700000051", "brands", "posts"):
            session.get(f"{server.url}/{path}?pid=x")
        session.get(f"{server.origin}/robots.txt")
        counts = {"categories": 1, "products": 2, "product": 1, "brands": 1, "other": 1}
        assert server.requests.counts == counts | {"robots": 1}
        assert server.requests.repeated() == {"/api/v2/products?pid=x": 2}
        assert [entry.attempt for entry in server.requests.entries if entry.kind == "products"] == [
            1,
            2,
        ]
        server.requests.clear()
        assert len(server.requests) == 0


def test_the_log_finds_the_busiest_time():
    log = RequestLog()
    for at in (0.0, 1.0, 59.9, 60.0, 60.5, 200.0):
        log.add(Request(at, "products", "GET", "/", 200, "", 1))
    log.add(Request(60.6, "image", "GET", "/", 200, "", 1))
    assert log.busiest(60.0, ["products"]) == 4
    assert log.busiest(60.0) == 5
    assert log.busiest(0.4, ["products"]) == 2


def test_the_path_of_a_urls_host_does_not_matter(server):
    host = urlsplit(server.url).netloc
    response = requests.get(f"http://{host}/api/v2/brands?pid=x", headers={"Host": "img.example"})
    assert response.status_code == 200


def test_every_answer_can_take_longer(jeans_corpus):
    with ShopstyleServer(jeans_corpus, latency_s=0.15) as server:
        response = requests.get(f"{server.url}/products?pid=x")
    assert response.elapsed.total_seconds() >= 0.15
    assert response.json()["metadata"]["total"] == 91


def test_a_port_that_is_taken_is_told(server, jeans_corpus):
    second = ShopstyleServer(jeans_corpus, port=server.port)
    with pytest.raises(OSError, match="address already in use"):
        second.__enter__()
