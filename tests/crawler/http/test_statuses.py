import re
from pathlib import Path

import pytest

from crawler.http.statuses import BUSY, is_busy, meaning_of, robots_meaning
from tests.crawler.site import failure, reply

DOCS = Path(__file__).resolve().parents[3] / "docs" / "how-to" / "crawl-any-site.md"
WORDS = {
    "page": {"content": "read", "unchanged": "an error", "elsewhere": "followed",
             "later": "asked again", "never": "an error"},
    "robots": {"rules": "obeyed", "free": "nothing is forbidden", "closed": "nothing is fetched"},
}  # fmt: skip
TABLE = [200, 206, 301, 300, 304, 401, 403, 404, 408, 410, 420, 425, 429, 430, 451, 500, 503, 999]


def table_row(status):
    """What the page for users says of a status: of a page, and of robots.txt."""
    for line in DOCS.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        spans = re.findall(r"(\d{3})(?: to (\d{3}))?", cells[0]) if len(cells) == 3 else ()
        if any(int(first) <= status <= int(last or first) for first, last in spans):
            return cells[1], cells[2]
    raise AssertionError(f"{status} is not in the table")


@pytest.mark.parametrize("status", TABLE)
def test_the_table_in_the_docs_says_what_follows(status):
    page, robots = table_row(status)
    assert page.startswith(WORDS["page"][meaning_of(status).value])
    assert robots.startswith(WORDS["robots"][robots_meaning(status).value])


@pytest.mark.parametrize("status", [200, 204, 300, 401, 403, 404, 408, 429, 430, 451, 500, 503])
def test_what_robots_txt_answers_is_obeyed(site, build_fetcher, status):
    body = b"User-agent: *\nDisallow: /p" if status == 200 else b""
    site.answers |= {"/robots.txt": reply(body, status), "/p": reply(b"page")}
    fetcher = build_fetcher(tries=1)
    if robots_meaning(status).value == "free" or status == 204:
        assert fetcher.get(f"{site.url}/p").content == b"page"
    else:
        reason = failure(fetcher, f"{site.url}/p").reason
        assert reason == ("robots" if status == 200 else "robots-unreachable")
        assert "/p" not in site.paths


@pytest.mark.parametrize("status", sorted(BUSY))
@pytest.mark.parametrize("header", [{}, {"Retry_After": "0"}])
def test_a_server_that_says_later_is_waited_for(site, build_fetcher, status, header):
    site.answers["/"] = [reply(b"", status, **header), reply(b"at last")]
    assert build_fetcher().get(f"{site.url}/").content == b"at last"
    assert is_busy(status)


def test_a_robots_txt_that_redirects_without_end_forbids_nothing(site, build_fetcher):
    site.answers |= {"/robots.txt": reply(b"", 302, Location="/robots.txt"), "/p": reply(b"page")}
    assert build_fetcher(tries=1).get(f"{site.url}/p").content == b"page"
