"""What the fetcher must not fetch: hostile bodies, private addresses, what robots.txt forbids."""

import gzip
import time
import zlib

import pytest

from tests.crawler.site import failure, port_of, reply

MB = 1 << 20


def test_a_body_that_announces_two_gigabytes_is_not_read(site, build_fetcher):
    site.answers["/"] = reply(b"", Content_Length=str(2 << 30))
    assert failure(build_fetcher(), f"{site.url}/").reason == "too-large"


def test_a_body_without_end_is_not_read_beyond_the_limit(site, build_fetcher):
    sent = []

    def flood(connection, headers):
        connection.sendall(reply(Content_Length=""))
        for _ in range(2000):
            connection.sendall(bytes(MB))
            sent.append(MB)

    site.answers["/"] = flood
    assert failure(build_fetcher(max_bytes=3 * MB), f"{site.url}/").reason == "too-large"
    assert sum(sent) < 100 * MB


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_not_decompressed_beyond_the_limit(site, build_fetcher, encoding):
    pack = gzip.compress if encoding == "gzip" else zlib.compress
    site.answers["/"] = reply(pack(bytes(5 * MB), 1), Content_Encoding=encoding)
    assert failure(build_fetcher(max_bytes=MB), f"{site.url}/").reason == "too-large"


@pytest.mark.parametrize("hops", [1, 2, 30])
def test_redirects_that_lead_nowhere_are_told(site, build_fetcher, hops):
    for hop in range(hops):
        site.answers[f"/{hop}"] = reply(b"", 302, Location=f"/{(hop + 1) % hops}")
    assert failure(build_fetcher(), f"{site.url}/0").reason == "redirects"
    assert len(site.requests) < 10


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("http://10.0.0.1/admin", "private-address"),
        ("http://127.0.0.2:9/", "private-address"),
        ("http://127.0.0.1:6379/", "private-address"),
        ("http://169.254.169.254/latest/meta-data/", "private-address"),
        ("http://[::ffff:10.0.0.1]/", "private-address"),
        ("file:///etc/passwd", "scheme"),
        ("ftp://127.0.0.1/", "scheme"),
        ("http://name:word@shop.example/", "bad-url"),
    ],
)
def test_a_redirect_into_the_private_network_is_refused(site, build_fetcher, target, reason):
    site.answers["/"] = reply(b"", 302, Location=target)
    assert failure(build_fetcher(), f"{site.url}/").reason == reason


@pytest.mark.parametrize(
    "target", ["http://[::1", "//[/", "http://127.0.0.1:port/", "http://127.0.0.1:99999/"]
)
def test_a_redirect_to_what_is_no_address_is_an_error_of_fetching(site, build_fetcher, target):
    site.answers["/"] = reply(b"", 302, Location=target)
    assert failure(build_fetcher(), f"{site.url}/").reason == "bad-url"


def test_private_addresses_are_refused_where_they_are_not_allowed(site, build_fetcher):
    error = failure(build_fetcher(allow_private=False), f"{site.url}/")
    assert (error.reason, error.retryable) == ("private-address", False)
    assert site.requests == []


def test_a_name_that_resolves_to_a_private_address_is_refused(site, build_fetcher):
    error = failure(build_fetcher(allow_private=False), f"http://localhost:{port_of(site)}/")
    assert error.reason == "private-address"
    assert site.requests == []


def test_a_connection_that_is_kept_is_checked_for_each_request(site, build_fetcher):
    site.answers["/"] = reply(b"")
    fetcher = build_fetcher()
    fetcher.get(f"http://localhost:{port_of(site)}/", robots=False)
    site.answers["/away"] = reply(b"", 302, Location=f"http://localhost:{port_of(site)}/")
    error = failure(fetcher, f"{site.url}/away", robots=False)
    assert error.reason == "private-address"


def test_robots_txt_is_obeyed(site, build_fetcher):
    site.answers["/robots.txt"] = reply(b"User-agent: *\nDisallow: /private\nAllow: /private/a$")
    site.answers |= {path: reply(b"") for path in ("/private/a", "/private/b", "/public")}
    fetcher = build_fetcher()
    fetcher.get(f"{site.url}/public")
    fetcher.get(f"{site.url}/private/a")
    error = failure(fetcher, f"{site.url}/private/b")
    assert (error.reason, error.retryable) == ("robots", False)
    assert "/private/b" not in site.paths
    assert site.paths.count("/robots.txt") == 1


def test_a_redirect_does_not_lead_around_robots_txt(site, build_fetcher):
    site.answers["/robots.txt"] = reply(b"User-agent: *\nDisallow: /private")
    site.answers["/public"] = reply(b"", 302, Location="/private/b")
    assert failure(build_fetcher(), f"{site.url}/public").reason == "robots"


def test_a_site_without_robots_txt_allows_all(site, build_fetcher):
    site.answers["/"] = reply(b"hello")
    assert build_fetcher().get(f"{site.url}/").content == b"hello"


def test_a_site_whose_robots_txt_is_broken_is_left_alone(site, build_fetcher):
    site.answers |= {"/robots.txt": reply(b"", 500), "/": reply(b"hello")}
    error = failure(build_fetcher(), f"{site.url}/")
    assert (error.reason, error.retryable) == ("robots-unreachable", True)
    assert "/" not in site.paths


def test_the_crawl_delay_of_robots_txt_is_kept(site, build_fetcher):
    site.answers |= {"/robots.txt": reply(b"User-agent: prodcat\nCrawl-delay: 0.3")}
    site.answers["/"] = reply(b"")
    fetcher = build_fetcher()
    began = time.monotonic()
    for _ in range(3):
        fetcher.get(f"{site.url}/")
    assert time.monotonic() - began >= 0.6


def test_a_robots_txt_of_many_wildcards_keeps_nobody_busy(site, build_fetcher):
    rule = f"User-agent: *\nDisallow: /{'*a' * 40}b$\n"
    path = "/" + "a" * 3000
    site.answers |= {"/robots.txt": reply(rule.encode()), path: reply(b"hello")}
    began = time.monotonic()
    assert build_fetcher().get(site.url + path).content == b"hello"
    assert time.monotonic() - began < 5.0
