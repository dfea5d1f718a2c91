import threading
from dataclasses import replace

import pytest

from crawler.commands.status import read_status
from crawler.engine.progress import CrawlOutcome
from crawler.items import Visit
from crawler.pictures.waiting import fetch_waiting
from prodcat.corpus.store import Corpus
from prodcat.importing import import_products
from tests.crawler.crawls import QUICK, QUICK_FETCH, rows
from tests.crawler.pictures.tables import drawn, hang, pictures_asked, write_table
from tests.crawler.shelf import Shelf, crawl, item
from tests.crawler.site import Site, port_of, reply

STATUS = "select source_id, image_status, image_sha256 is not null from products order by id"


def take(path, table, **options):
    with Corpus.open(path, create=True) as corpus:
        return import_products(table, corpus, source_name="shop", **options)


def fetch(path, **settings):
    return fetch_waiting(path, "shop", replace(QUICK, **settings))


def counts(summary):
    return {counted.outcome: counted.count for counted in summary.outcomes}


@pytest.fixture
def taken(site, tmp_path, path):
    """Import a table of names that the site may have pictures for."""

    def take_names(*names):
        addresses = {str(n): f"{site.url}/{name}" for n, name in enumerate(names)}
        return take(path, write_table(tmp_path / "export.csv", addresses))

    return take_names


def test_the_pictures_of_an_imported_table_are_fetched_and_kept(site, taken, path):
    hang(site, "a.jpg", "b.jpg")
    imported = taken("a.jpg", "b.jpg")
    assert (imported.pictures, imported.pictures_waiting) == (0, 2)
    assert imported.reasons == ()  # an address is nothing wrong

    summary = fetch(path)

    assert (summary.outcome, summary.fetched, summary.left) == (CrawlOutcome.COMPLETE, 2, 0)
    assert counts(summary) == {"stored": 2}
    with Corpus.open(path) as corpus:
        pictures = [corpus.images.read(row.image_sha256) for row in corpus.rows()]
    assert pictures == [drawn(0), drawn(1)]


def test_an_address_is_asked_once_however_many_products_have_it(site, taken, path):
    hang(site, "a.jpg")
    taken("a.jpg", "a.jpg", "a.jpg")
    assert counts(fetch(path)) == {"stored": 1}
    assert pictures_asked(site) == ["/a.jpg"]
    assert rows(path, STATUS) == [(str(n), "stored", 1) for n in range(3)]


def test_what_failed_is_told_by_reason_and_in_the_product(site, taken, path):
    hang(site, "a.jpg")
    site.answers["/page.jpg"] = reply(b"<html>Sorry</html>", Content_Type="text/html")
    site.answers["/huge.jpg"] = reply(b"", Content_Length=str(10**12))
    site.answers["/busy.jpg"] = reply(b"", 503)
    site.answers["/robots.txt"] = reply(b"User-agent: *\nDisallow: /secret/\n")
    taken("a.jpg", "none.jpg", "page.jpg", "huge.jpg", "secret/b.jpg", "busy.jpg")

    summary = fetch(path)

    failed = ("not found", "not a picture", "too large", "refused by robots.txt", "status 503")
    assert counts(summary) == {"stored": 1} | dict.fromkeys(failed, 1)
    assert [counted.outcome for counted in summary.outcomes if counted.again] == ["status 503"]
    assert summary.outcome is CrawlOutcome.FAILURES
    assert "/secret/b.jpg" not in site.paths
    statuses = [status for _, status, _ in rows(path, STATUS)]
    assert statuses == ["stored", "status-404", "unreadable", "too-large", "robots", "status-503"]


def test_what_failed_for_good_is_not_asked_again_and_the_rest_is(site, taken, path):
    site.answers["/busy.jpg"] = reply(b"", 503)
    taken("none.jpg", "busy.jpg")
    fetch(path)
    site.requests.clear()
    hang(site, "none.jpg", "busy.jpg")

    summary = fetch(path)

    assert pictures_asked(site) == ["/busy.jpg"]
    assert counts(summary) == {"stored": 1, "not found": 1}
    assert summary.outcome is CrawlOutcome.COMPLETE
    assert counts(fetch(path, again=True)) == {"stored": 2}


def test_a_host_that_fails_run_after_run_is_left_alone_in_the_end(site, taken, path):
    site.answers["/busy.jpg"] = reply(b"", 503)
    taken("busy.jpg")
    for _ in range(3):
        last = fetch(path)
    site.requests.clear()
    assert last.outcome is CrawlOutcome.COMPLETE  # there is nothing that a further run would do
    fetch(path)
    assert pictures_asked(site) == []


@pytest.mark.parametrize("way", ["direct", "redirect"])
def test_private_addresses_are_refused(site, taken, path, way):
    hang(site, "a.jpg")
    allow_private = way == "redirect"
    if way == "redirect":
        with Site() as other:
            hang(other, "inner.jpg")
            site.answers["/a.jpg"] = reply(
                b"", 302, Location=f"http://localhost:{port_of(other)}/inner.jpg"
            )
            taken("a.jpg")
            summary = fetch(path, fetch=replace(QUICK_FETCH, allow_private=allow_private))
            assert other.paths == []
    else:
        taken("a.jpg")
        summary = fetch(path, fetch=replace(QUICK_FETCH, allow_private=allow_private))
        assert site.paths == []
    assert counts(summary) == {"private address, not asked": 1}


def test_a_run_that_is_stopped_goes_on_without_asking_twice(site, taken, path):
    names = [f"{n}.jpg" for n in range(12)]
    hang(site, *names)
    taken(*names)
    stop = threading.Event()
    seen = site.answers["/5.jpg"]

    def stopping(connection, headers):
        stop.set()
        connection.sendall(seen)

    site.answers["/5.jpg"] = stopping
    few = replace(QUICK, fetch=replace(QUICK_FETCH, workers=1))
    first = fetch_waiting(path, "shop", few, stop=stop)
    assert first.outcome is CrawlOutcome.INTERRUPTED
    assert first.left > 0
    site.answers["/5.jpg"] = seen

    second = fetch(path)

    assert (second.outcome, second.left, counts(second)) == (
        *(CrawlOutcome.COMPLETE, 0),
        {"stored": 12},
    )
    assert first.fetched + second.fetched == 12
    assert len(pictures_asked(site)) <= 13  # the one that was under way


def test_importing_again_keeps_what_was_fetched_and_changes_nothing(site, taken, path):
    hang(site, "a.jpg")
    taken("a.jpg", "none.jpg")
    fetch(path)
    site.requests.clear()

    again = taken("a.jpg", "none.jpg")

    assert (again.is_unchanged, again.pictures, again.pictures_waiting) == (True, 1, 0)
    fetch(path)
    assert pictures_asked(site) == []


def test_a_product_whose_address_is_another_gets_the_other_picture(site, taken, path):
    hang(site, "a.jpg", "b.jpg")
    taken("a.jpg")
    fetch(path)
    assert taken("b.jpg").pictures_waiting == 1
    assert counts(fetch(path)) == {"stored": 1}  # of the first address no product is left
    with Corpus.open(path) as corpus:
        (row,) = corpus.rows()
        assert corpus.images.read(row.image_sha256) == drawn(1)


def test_a_later_product_has_what_is_known_of_its_address(site, taken, path):
    hang(site, "a.jpg")
    taken("a.jpg", "none.jpg")
    fetch(path)
    site.requests.clear()
    taken("a.jpg", "none.jpg", "a.jpg", "none.jpg")
    fetch(path)
    assert pictures_asked(site) == []
    assert [status for _, status, _ in rows(path, STATUS)] == ["stored", "status-404"] * 2


def test_a_product_that_is_an_address_alone_comes_in(site, tmp_path, path):
    hang(site, "a.jpg", "b.jpg")
    table = tmp_path / "bare.csv"
    table.write_text(f"image\n{site.url}/a.jpg\n{site.url}/b.jpg\n", encoding="utf-8")
    assert take(path, table).added == 2
    assert fetch(path).fetched == 2


def test_pages_of_a_crawl_are_left_alone(site, path):
    hang(site, "a.jpg")
    shelf = Shelf({"1": Visit(items=(item(1, image_urls=(f"{site.url}/a.jpg",)),))})
    crawl(shelf, path, pictures=False)
    with Corpus.open(path) as corpus, corpus.transaction():
        corpus.db.execute("update crawl_tasks set status = 'waiting'")
    summary = fetch_waiting(path, "shelf", QUICK)
    assert (summary.fetched, shelf.visited) == (1, ["1"])
    with Corpus.open(path) as corpus:
        (host,) = [row for row in read_status(corpus).hosts if row.pictures_done]
    assert rows(path, "select status from crawl_tasks where kind = 'page'") == [("waiting",)]
    assert host.pictures_done == 1


def test_how_far_it_is_is_told(site, taken, path):
    hang(site, "a.jpg", "b.jpg")
    taken("a.jpg", "b.jpg", "none.jpg")
    seen = []
    fetch_waiting(path, "shop", QUICK, on_progress=lambda *at: seen.append(at))
    assert seen[-1] == (3, 3)
