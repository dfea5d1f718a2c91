import pytest

from crawler.engine.progress import CrawlOutcome
from crawler.items import SkippedEntry, Visit
from tests.crawler.shelf import Shelf, crawl, item


def skipped(number, reason):
    return tuple(SkippedEntry(f"entry {n:02}", reason) for n in range(number))


@pytest.mark.parametrize(
    ("visit", "note"),
    [
        (Visit(), "No product was found, and nothing that could be one."),
        (Visit(skipped=skipped(3, "no-id")), '3 left out as "no-id", such as entry 00.'),
        (
            Visit((item(1),), skipped=(SkippedEntry("/map.xml", "40 addresses of other hosts"),)),
            'Of 41 entries 40 are no products: 40 left out as "addresses of other hosts"',
        ),
        (Visit((item(1),), skipped=skipped(12, "no-product")), '12 left out as "no-product"'),
    ],
)
def test_a_crawl_that_brought_little_says_so_each_time(path, visit, note):
    for _ in range(2):
        summary = crawl(Shelf({"1": visit}), path)
        assert summary.outcome is CrawlOutcome.FAILURES
        assert note in summary.note


@pytest.mark.parametrize(
    "visit",
    [
        Visit((item(1),)),
        Visit(tuple(map(item, range(9))), skipped=skipped(20, "no-product")),
        Visit(tuple(map(item, range(40))), skipped=skipped(20, "no-id")),
        Visit((item(1),), skipped=skipped(3, "no-id")),
    ],
)
def test_a_crawl_that_brought_enough_is_complete(path, visit):
    summary = crawl(Shelf({"1": visit}), path)
    assert (summary.outcome, summary.note) == (CrawlOutcome.COMPLETE, "")
