"""An answer that ends early, wherever and however, is no answer."""

import gzip
import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from crawler.errors import FetchError
from crawler.http.connections import Guard
from crawler.http.validators import Validator, Validators
from tests.crawler.site import Site, break_off, reply

PEM = Path(__file__).with_name("loopback.pem")
"""A certificate for 127.0.0.1, and its key, which is no secret."""
TEXT = b"name,price\r\nboots,10\r\n"
PACKED = gzip.compress(TEXT, mtime=0)
CHUNKS = b"6\r\nname,p\r\n010;a=b\r\nrice\r\nboots,10\r\n\r\n00\r\nX-Sum: 1\r\n\r\n"
WITHOUT_LENGTH = reply(TEXT, Content_Length="")
ANSWERS = {
    "length": reply(TEXT),
    "empty": reply(b""),
    "chunks": reply(Content_Length="", Transfer_Encoding="chunked") + CHUNKS,
    "gzip": reply(PACKED, Content_Encoding="gzip"),
    "gzip without length": reply(PACKED, Content_Length="", Content_Encoding="gzip"),
    "continue": reply(status=100, Content_Length="") + reply(TEXT),
    "redirect": reply(status=302, Location="/other"),
    "not modified": reply(status=304, Content_Length="", ETag='"1"'),
    "not there": reply(status=404),
}
WITHOUT_LENGTH_HEAD = len(WITHOUT_LENGTH) - len(TEXT)


def failure(ask, *args, **options):
    """What is wrong, and whether it is tried again."""
    with pytest.raises(FetchError) as caught:
        ask(*args, **options)
    return caught.value.reason, caught.value.retryable


@pytest.fixture
def tls_site(monkeypatch):
    """A web site on this machine, with a certificate that is trusted."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(PEM))
    # The oldest version that we allow has read the usual certificates already, into this.
    trusting = ssl.create_default_context(cafile=PEM)
    monkeypatch.setattr("requests.adapters._preloaded_ssl_context", trusting, raising=False)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(PEM)
    with Site(context) as opened:
        yield opened


@pytest.mark.parametrize("kind", ANSWERS)
def test_each_of_these_is_an_answer_when_it_is_whole(site, build_fetcher, kind):
    site.answers |= {"/": ANSWERS[kind], "/other": reply(TEXT)}
    if kind == "gzip without length":
        site.answers["/"] = break_off(ANSWERS[kind], "close")
    versions = Validators({f"{site.url}/": Validator(f"{site.url}/", '"1"', "")}.get)
    fetcher = build_fetcher(validators=versions)
    if kind == "not there":
        assert failure(fetcher.get, f"{site.url}/") == ("status-404", False)
    else:
        content = fetcher.get(f"{site.url}/").content
        assert content == (b"" if kind in ("empty", "not modified") else TEXT)


def test_who_has_no_version_cannot_be_told_that_it_still_holds(site, build_fetcher):
    site.answers["/"] = ANSWERS["not modified"]
    versions = Validators({}.get)
    for fetcher in (build_fetcher(), build_fetcher(validators=versions)):
        assert failure(fetcher.get, f"{site.url}/") == ("status-304", False)


@pytest.mark.parametrize("ending", ["close", "reset"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_breaks_off_at_any_byte_is_none(site, build_fetcher, kind, ending):
    site.answers["/other"] = reply(TEXT)
    ask = build_fetcher(tries=1).get
    for size in range(1, len(ANSWERS[kind])):
        site.answers["/"] = break_off(ANSWERS[kind][:size], ending)
        assert failure(ask, f"{site.url}/", robots=False) == ("truncated", True), size


@pytest.mark.parametrize("size", [1, WITHOUT_LENGTH_HEAD, WITHOUT_LENGTH_HEAD + 12])
def test_a_body_without_a_length_that_is_reset_is_none(site, build_fetcher, size):
    site.answers["/"] = break_off(WITHOUT_LENGTH[:size], "reset")
    assert failure(build_fetcher(tries=1).get, f"{site.url}/") == ("truncated", True)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 200",
        b"HTTP/1.1 200 Told\r\n",
        ANSWERS["length"][:40],
        ANSWERS["length"][:-5],
        ANSWERS["chunks"][:-2],
        ANSWERS["chunks"][: -len("00\r\nX-Sum: 1\r\n\r\n")],
        ANSWERS["gzip without length"][:-1],
        ANSWERS["redirect"][:-2],
        ANSWERS["not modified"][:-2],
        ANSWERS["not there"][:-2],
        WITHOUT_LENGTH[:WITHOUT_LENGTH_HEAD],
        WITHOUT_LENGTH,
    ],
)
def test_an_answer_that_its_deadline_breaks_off_is_none(site, build_fetcher, sent):
    site.answers |= {"/": break_off(sent, "silence"), "/other": reply(TEXT)}
    ask = build_fetcher(tries=1, total_timeout_s=0.05).get
    assert failure(ask, f"{site.url}/", robots=False) == ("timeout", True)


@pytest.mark.parametrize("ending", ["close", "reset", "silence"])
def test_a_download_that_breaks_off_is_none(site, build_fetcher, tmp_path, ending):
    sent = ANSWERS["chunks"][:-2] if ending == "close" else WITHOUT_LENGTH
    site.answers["/feed"] = break_off(sent, ending)
    ask = build_fetcher(tries=1, download_timeout_s=0.05).download
    reason = "timeout" if ending == "silence" else "truncated"
    assert failure(ask, f"{site.url}/feed", tmp_path / "feed") == (reason, True)


@pytest.mark.parametrize("status", [200, 404])
def test_a_robots_txt_that_breaks_off_allows_nothing(site, build_fetcher, status):
    whole = reply(b"User-agent: *\nDisallow:\n", status)
    for size in (len(b"HTTP/1.1 200"), 40, whole.index(b"\r\n\r\n") + 2):
        site.answers = {"/robots.txt": break_off(whole[:size], "close"), "/": reply(TEXT)}
        assert failure(build_fetcher(tries=1).get, f"{site.url}/")[0] == "robots-unreachable"
    assert "/" not in site.paths


def test_a_status_is_told_also_where_its_explanation_breaks_off(site, build_fetcher):
    site.answers["/"] = break_off(reply(b"gone", 404)[:-4], "reset")
    assert failure(build_fetcher(tries=1).get, f"{site.url}/") == ("status-404", False)


def test_an_answer_that_breaks_off_is_asked_for_again(site, build_fetcher):
    parts = [ANSWERS["chunks"][:size] for size in (30, 90, -2)]
    site.answers["/"] = [*(break_off(part, "close") for part in parts), reply(TEXT)]
    assert build_fetcher(tries=4).get(f"{site.url}/").content == TEXT


@pytest.mark.parametrize("body", [b"", PACKED + b"\x1f"])
def test_gzip_without_a_length_has_an_end_of_its_own(site, build_fetcher, body):
    head = reply(Content_Length="", Content_Encoding="gzip")
    site.answers["/"] = break_off(head + body, "close")
    assert failure(build_fetcher(tries=1).get, f"{site.url}/") == ("truncated", True)


def test_a_plain_close_is_the_only_end_of_a_body_without_a_length(site, build_fetcher):
    site.answers["/"] = break_off(WITHOUT_LENGTH, "close")
    assert build_fetcher().get(f"{site.url}/").content == TEXT


def test_a_part_of_an_answer_is_none(site, build_fetcher):
    site.answers["/"] = reply(TEXT, 206, Content_Range="bytes 0-22/1000")
    assert failure(build_fetcher(tries=1).get, f"{site.url}/") == ("truncated", True)


@pytest.mark.parametrize(
    "line",
    [
        b"Transfer-Encoding: gzip, chunked",
        b"Transfer-Encoding: chunked ",
        b"Content-Length : 99",
        b"no header\r\nContent-Length: 99",
        b"Content-Type: message/rfc822\r\nno header\r\nContent-Length: 99",
        b"X: 1\r\rContent-Length: 99",
    ],
)
def test_an_answer_whose_end_is_not_understood_is_none(site, build_fetcher, line):
    site.answers["/"] = break_off(b"HTTP/1.1 200 Told\r\n" + line + b"\r\n\r\n" + TEXT, "close")
    assert failure(build_fetcher(tries=1).get, f"{site.url}/")[0] == "bad-encoding"


def test_tls_that_is_not_closed_breaks_off_a_body_without_a_length(tls_site, build_fetcher):
    tls_site.answers["/"] = break_off(WITHOUT_LENGTH, "close")
    assert failure(build_fetcher(tries=1).get, f"{tls_site.url}/") == ("truncated", True)


def test_tls_that_is_closed_ends_a_body_without_a_length(tls_site, build_fetcher):
    tls_site.answers["/"] = lambda connection, headers: (
        connection.sendall(WITHOUT_LENGTH),
        connection.unwrap(),
    )
    assert build_fetcher().get(f"{tls_site.url}/").content == TEXT


def test_a_body_with_a_length_needs_no_end_of_tls(tls_site, build_fetcher):
    tls_site.answers["/"] = break_off(ANSWERS["length"], "close")
    assert build_fetcher().get(f"{tls_site.url}/").content == TEXT


class Connection:
    """A connection that is being made, or is there."""

    sock = None

    def __init__(self, guarded_sock=None):
        self.guarded_sock = guarded_sock


def is_cut_off(sock):
    """Whether the other end of a socket was closed within a moment."""
    sock.settimeout(0.6)
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False


def begin(guard, connection, seconds):
    guard.context.deadline = time.monotonic() + seconds
    guard.begin(connection)


def test_a_deadline_that_passes_while_it_connects_is_kept_afterwards():
    guard, connection = Guard(), Connection()
    begin(guard, connection, 0.0)
    time.sleep(0.3)
    connection.guarded_sock, far_end = socket.socketpair()
    with connection.guarded_sock, far_end:
        assert is_cut_off(far_end)
    guard.close()


def test_a_connection_is_not_cut_off_by_the_deadline_of_who_had_it_before():
    guard, (near_end, far_end) = Guard(), socket.socketpair()
    connection = Connection(near_end)
    before = threading.Thread(target=begin, args=(guard, connection, 0.2))
    before.start()
    before.join()
    begin(guard, connection, 10.0)
    with near_end, far_end:
        assert not is_cut_off(far_end)
    guard.close()


def test_a_name_of_many_addresses_that_do_not_answer_takes_no_longer_than_one(
    build_fetcher, monkeypatch
):
    class Silent(socket.socket):
        def connect(self, address):
            time.sleep(min(self.gettimeout(), 0.2))
            raise TimeoutError

    addresses = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 9))] * 1000
    monkeypatch.setattr("crawler.http.connections.socket.getaddrinfo", lambda *_: addresses)
    monkeypatch.setattr("crawler.http.connections.socket.socket", Silent)
    began = time.monotonic()
    ask = build_fetcher(tries=1, total_timeout_s=0.5, timeout_s=30.0).get
    assert failure(ask, "http://127.0.0.1:9/", robots=False) == ("timeout", True)
    assert time.monotonic() - began < 5.0
