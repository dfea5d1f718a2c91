import gzip

import pytest
from protego import Protego

from crawler.http.robots import parser_delay_s
from tests.crawler.site import failure, reply

RULES = "User-agent: *\nDisallow: /secret/\nCrawl-delay: 0\n"


WRITTEN = [
    RULES.encode("utf-8-sig"),
    RULES.encode("utf-16"),
    RULES.encode("utf-16-le"),
    b"\xfe\xff" + RULES.encode("utf-16-be"),
    gzip.compress(RULES.encode()),
    gzip.compress(RULES[:20].encode()) + gzip.compress(RULES[20:].encode()),
    gzip.compress(gzip.compress(RULES.encode("utf-8-sig"))),
    RULES.replace("\n", "\r").encode(),
    RULES.replace("\n", "\r\r\n").encode("utf-8-sig"),
    b"# \xe9\xe8 caf\xe9\n\xef\xbb\xbf" + RULES.encode(),
    b"\xef\xbb\xbf\xef\xbb\xbf" + RULES.encode(),
]


@pytest.mark.parametrize("content", WRITTEN, ids=map(str, range(len(WRITTEN))))
def test_rules_are_obeyed_however_they_are_written(site, build_fetcher, content):
    site.answers |= {"/robots.txt": reply(content), "/p": reply(b"page"), "/secret/": reply(b"?")}
    fetcher = build_fetcher()
    assert failure(fetcher, f"{site.url}/secret/").reason == "robots"
    assert fetcher.get(f"{site.url}/p").content == b"page"
    assert "/secret/" not in site.paths


@pytest.mark.parametrize("encoding", ["none", "utf-8", "binary", "identity, identity", ","])
def test_an_encoding_that_names_nothing_packs_nothing(site, build_fetcher, encoding):
    site.answers["/"] = reply(b"text", Content_Encoding=encoding)
    assert build_fetcher().get(f"{site.url}/").content == b"text"


def test_broken_gzip_of_rules_is_no_leave(site, build_fetcher):
    site.answers["/robots.txt"] = reply(gzip.compress(RULES.encode())[:-9])
    assert failure(build_fetcher(tries=1), f"{site.url}/p").reason == "robots-unreachable"


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("Crawl-delay: 5", 5.0),
        ("Crawl-delay: 999", 60.0),
        ("Crawl-delay: nan", 0.0),
        ("Request-rate: 2/5", 2.5),
        (f"Request-rate: 1/{'9' * 400}", 60.0),
        (f"Request-rate: {'9' * 400}/1", 0.0),
        (f"Request-rate: {'9' * 400}/{'9' * 400}", 1.0),
    ],
)
def test_a_delay_is_one_of_at_most_a_minute_whatever_is_asked_for(asked, seconds):
    rules = Protego.parse(f"User-agent: *\n{asked}\n")
    assert parser_delay_s(rules, "prodcat") == seconds
