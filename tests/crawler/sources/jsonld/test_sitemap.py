import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.errors import SourceError
from crawler.sources.jsonld.sitemap import MAX_BYTES, parse_sitemap
from tests.crawler.shop_files import rss_feed, sitemap_index, urlset, zipped

URL = "https://shop.example/sitemap.xml"


def test_addresses_come_with_their_change_and_picture():
    content = urlset(
        "<loc>https://shop.example/p/1</loc><lastmod>2026-10-01</lastmod>"
        "<image:image><image:loc>https://cdn.example/1.jpg</image:loc></image:image>",
        "<loc> /p/2 </loc>",
    )
    (first, second), broken = parse_sitemap(content, URL)
    assert (first.url, first.changed) == ("https://shop.example/p/1", "2026-10-01")
    assert first.image_url == "https://cdn.example/1.jpg"
    assert (second.url, second.changed, broken) == ("https://shop.example/p/2", "", 0)


def test_the_parameters_of_a_shopify_sitemap_are_kept():
    address = "https://shop.example/sitemap_products_1.xml?from=1&amp;to=9"
    (entry,), _ = parse_sitemap(sitemap_index(f"<loc>{address}</loc>"), URL)
    assert entry.url == "https://shop.example/sitemap_products_1.xml?from=1&to=9"
    assert entry.is_sitemap


def test_a_gzipped_sitemap_is_unpacked():
    (entry,), _ = parse_sitemap(zipped(urlset("<loc>https://shop.example/p/1</loc>")), URL)
    assert entry.url == "https://shop.example/p/1"


def test_elements_may_have_any_prefix():
    content = urlset("<loc>/p/1</loc>").replace(b"<loc", b"<s:loc").replace(b"/loc>", b"/s:loc>")
    (entry,), _ = parse_sitemap(content, URL)
    assert entry.url == "https://shop.example/p/1"


def test_lines_of_text_and_feeds_are_sitemaps_too():
    lines, broken = parse_sitemap(b"\xef\xbb\xbfhttps://shop.example/a\r\nnothing\r\n", URL)
    assert ([entry.url for entry in lines], broken) == (["https://shop.example/a"], 1)
    feed = rss_feed("<item><link>https://shop.example/p/1</link></item>")
    assert parse_sitemap(feed, URL)[0][0].url == "https://shop.example/p/1"


def test_a_broken_address_is_counted_and_the_others_are_kept():
    content = urlset("<loc>https://shop.example/p/1</loc>", "<loc><b></loc>", "<loc></loc>")
    entries, broken = parse_sitemap(content, URL)
    assert ([entry.url for entry in entries], broken) == (["https://shop.example/p/1"], 2)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!doctype html><html><body>404</body></html>", "no-sitemap"),
        (b"not found", "no-sitemap"),
        (zipped(urlset("<loc>/a</loc>"))[:40], "bad-gzip"),
        (zipped(b"x")[:4] + b"\xff" * 50, "bad-gzip"),
        (zipped(bytes(MAX_BYTES + 1)), "too-large"),
        (b'<!DOCTYPE urlset [<!ENTITY x "y">]><urlset/>', "no-sitemap"),
    ],
)
def test_what_is_no_sitemap_is_refused(content, reason):
    with pytest.raises(SourceError) as caught:
        parse_sitemap(content, URL)
    assert caught.value.reason == reason


@pytest.mark.slow
def test_lines_of_millions_of_words_are_read_to_the_limit_alone():
    began = time.process_time()
    with pytest.raises(SourceError):
        parse_sitemap(b"ab " * 10_000_000, URL)
    assert time.process_time() - began < 8.0


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    with contextlib.suppress(SourceError):
        parse_sitemap(content, URL)
