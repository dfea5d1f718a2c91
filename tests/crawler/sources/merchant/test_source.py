import contextlib
import csv
import io
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.items import Task
from crawler.sources.merchant import source as merchant
from crawler.sources.merchant.columns import FeedError
from crawler.sources.merchant.file import read_entries
from crawler.sources.merchant.plain import plain_file
from crawler.sources.merchant.product import parse_product
from crawler.sources.merchant.source import MerchantFeed
from prodcat.errors import ConfigError
from tests.crawler.shop_files import feed_item, rss_feed, zipped
from tests.crawler.shop_pages import Page, ShopServer, StaticSite
from tests.crawler.sources.merchant.unchanged import UnchangedShop, write
from tests.crawler.walking import fetcher, walk

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Shop</title>
<entry><id>tag:shop,1</id><g:id>A-1</g:id><title>Clogs</title><summary>Cork</summary>
<link href="https://shop.example/p/1"/><g:image_link>https://cdn.example/1.jpg</g:image_link>
<g:price>15,00 EUR</g:price></entry>
<entry><id>tag:shop,2</id><title>Boots</title><link href="https://shop.example/p/2"/></entry>
</feed>"""
COLUMNS = ["id", "title", "description", "link", "image link", "price", "product type"]


def table(*rows, delimiter="\t"):
    file = io.StringIO()
    csv.writer(file, delimiter=delimiter, lineterminator="\r\n").writerows([COLUMNS, *rows])
    return file.getvalue().encode()


def row(number, **changes):
    cells = dict(
        zip(
            COLUMNS,
            [f"A-{number}", f"Clogs {number}", "Cork", f"https://shop.example/p/{number}",
             f"https://cdn.example/{number}.jpg", "15.00 USD", "Women > Shoes"],
            strict=True,
        )
    )  # fmt: skip
    return list((cells | changes).values())


def read(tmp_path, content, start=0):
    return list(read_entries(write(tmp_path, content), start=start))


def ids(entries):
    return [entry.error or entry.fields["id"][0] for entry in entries]


def crawl(path, tmp_path, **options):
    return walk(MerchantFeed(str(path), tmp_path / "feeds", **options))


def test_an_item_of_rss_becomes_an_item(tmp_path):
    (entry,) = read(tmp_path, rss_feed(feed_item(3)))
    item = parse_product(entry, source="merchant-shop")
    assert (item.source, item.source_id, item.name) == ("merchant-shop", "A-3", "Hollis Clogs 3")
    assert item.description == "Cork & leather."
    assert item.url == "https://shop.example/p/3"
    assert item.category == "Women > Shoes > Clogs"
    assert item.image_urls == ("https://cdn.example/3.jpg",)
    assert (item.price, item.currency, item.brand) == (15.0, "USD", "Northfield")
    assert item.group == "G-1"


def test_an_entry_of_atom_becomes_an_item(tmp_path):
    clogs, boots = (parse_product(entry) for entry in read(tmp_path, ATOM.encode()))
    assert (clogs.source_id, clogs.name, clogs.description) == ("A-1", "Clogs", "Cork")
    assert (clogs.url, clogs.price, clogs.currency) == ("https://shop.example/p/1", 15.0, "EUR")
    assert (boots.source_id, boots.url) == ("tag:shop,2", "https://shop.example/p/2")


@pytest.mark.parametrize("delimiter", ["\t", ",", "|"])
def test_a_row_of_text_becomes_an_item(tmp_path, delimiter):
    content = table(row(1, description='A "fine"\nclog, with\ttabs'), row(2), delimiter=delimiter)
    first, second = (parse_product(entry) for entry in read(tmp_path, content))
    assert first.description == 'A "fine"\nclog, with\ttabs'
    assert (second.source_id, second.category) == ("A-2", "Women > Shoes")
    assert second.image_urls == ("https://cdn.example/2.jpg",)


def test_an_open_quote_costs_no_other_row(tmp_path):
    lines = table(row(1), row(2), row(3)).decode().replace("Clogs 2", '"Clogs 2')
    entries = read(tmp_path, lines.encode())
    assert ids(entries) == ["A-1", "A-2", "A-3"]
    assert entries[1].fields["title"] == ['"Clogs 2']


def test_rows_of_odd_lengths_and_blank_lines_are_taken_as_they_are(tmp_path):
    content = table(row(1)) + b"\r\n\t\t\r\nA-2\r\nA-3\tBoots\t" + b"\t".join([b"x"] * 20)
    entries = read(tmp_path, content)
    assert ids(entries) == ["A-1", "A-2", "A-3"]


def test_text_of_another_encoding_is_read(tmp_path):
    content = table(row(1, title="Café")).decode().encode("cp1252")
    assert read(tmp_path, content)[0].fields["title"] == ["Café"]


@pytest.mark.parametrize("kind", ["xml", "text"])
def test_reading_can_start_at_any_entry(tmp_path, kind):
    numbers = range(6)
    items = rss_feed(*map(feed_item, numbers))
    rows = table(*(row(i, description="two\nlines") for i in numbers))
    content = items if kind == "xml" else rows
    entries = read(tmp_path, content)
    assert len(entries) == 6
    for number, entry in enumerate(entries):
        assert read(tmp_path, content, entry.start or 0)[: 6 - number] == entries[number:]


@pytest.mark.parametrize("content", [b"hello\nworld\n", b"<html><p>404</html>", b"\x00" * 50])
def test_what_is_no_feed_is_refused(tmp_path, content):
    with pytest.raises(FeedError):
        read(tmp_path, content)


def test_a_line_without_end_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("crawler.sources.merchant.columns.MAX_LINE_BYTES", 1000)
    entries = read(tmp_path, table(row(1), row(2, description="x" * 5000), row(3)))
    assert ids(entries) == ["A-1", "a line without end", "A-3"]


@pytest.mark.slow
def test_rows_of_open_quotes_take_time_that_grows_with_the_file(tmp_path):
    # Alone as well as behind another of them, this line leaves a quote open.
    content = table() + (b'q"\t"' + b"a" * 9_000 + b"\n") * 300
    began = time.process_time()
    assert len(read(tmp_path, content)) == 300
    assert time.process_time() - began < 10.0


@given(st.binary(max_size=300), st.sampled_from([b"", b"id\ttitle\n", b"<rss><item>"]))
def test_any_bytes_are_read_or_refused(tmp_path_factory, noise, beginning):
    path = tmp_path_factory.getbasetemp() / "noise.feed"
    path.write_bytes(beginning + noise)
    with contextlib.suppress(FeedError):
        list(read_entries(path))


def test_a_feed_is_read_in_slices(tmp_path, monkeypatch):
    monkeypatch.setattr(merchant, "SLICE_PRODUCTS", 4)
    broken = feed_item(5, g_title="<b>Salt")
    feed = rss_feed(*map(feed_item, range(5)), broken, *map(feed_item, range(6, 10)))
    outcome = crawl(write(tmp_path, feed), tmp_path)
    assert len(outcome.items) == 9
    assert outcome.failed == {}
    assert outcome.skipped == [("entry 6", "broken-entry")]
    assert [task.data.get("done") for task in outcome.tasks.values()] == [None, 0, 4, 8]
    assert "Women > Shoes" in outcome.categories


def test_any_slice_can_be_the_first_after_a_break(tmp_path, monkeypatch):
    monkeypatch.setattr(merchant, "SLICE_PRODUCTS", 3)
    path = write(tmp_path, rss_feed(*map(feed_item, range(8))))
    tasks = [t for t in crawl(path, tmp_path).tasks.values() if t.kind == "slice"]
    later = MerchantFeed(str(path), tmp_path / "feeds").visit(tasks[1], fetcher())
    assert [item.source_id for item in later.items] == ["A-3", "A-4", "A-5"]


def test_a_feed_that_changes_meanwhile_is_read_from_its_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr(merchant, "SLICE_PRODUCTS", 3)
    path = write(tmp_path, rss_feed(*map(feed_item, range(8))))
    tasks = [t for t in crawl(path, tmp_path).tasks.values() if t.kind == "slice"]
    write(tmp_path, rss_feed(*map(feed_item, range(20))))
    visit = MerchantFeed(str(path), tmp_path / "feeds").visit(tasks[1], fetcher())
    assert visit.items == ()
    assert [task.data["offset"] for task in visit.tasks] == [0]


@pytest.mark.parametrize("change", [zipped, lambda c: c, lambda c: c.decode().encode("utf-16")])
def test_a_feed_from_the_web_is_kept_and_read(tmp_path, change):
    text = table(*map(row, range(5)))
    content = change(text)
    with ShopServer(StaticSite({"/f?key=secret": Page(content, "text/plain")})) as server:
        source = MerchantFeed(f"{server.url}/f?key=secret", tmp_path / "feeds", name="m")
        outcome = walk(source)
        assert len(outcome.items) == 5
        assert not any("secret" in f"{task}" for task in outcome.tasks.values())
        (tmp_path / "feeds" / "m.feed").unlink()
        again = walk(source)
        assert again.failed == {}
        assert server.requests["/f?key=secret"] == 2


def test_a_feed_that_has_not_changed_is_read_from_where_it_was_kept(tmp_path):
    kept = write(tmp_path, table(row(1)), "m.feed")
    source = MerchantFeed("https://shop.example/f", tmp_path, name="m")
    source.visit(Task("feed", "feed"), UnchangedShop())
    assert kept.read_bytes() == table(row(1))
    assert list(tmp_path.iterdir()) == [kept]


def test_an_unchanged_feed_that_somebody_removed_is_fetched_again(tmp_path):
    source = MerchantFeed("https://shop.example/f", tmp_path, name="m")
    source.visit(Task("feed", "feed"), UnchangedShop(table(row(1))))
    assert (tmp_path / "m.feed").read_bytes() == table(row(1))


def test_what_may_be_a_key_in_the_address_is_named_as_secret(tmp_path):
    source = MerchantFeed("https://shop.example/f?lang=en&key=s%2Fecret", tmp_path)
    assert source.secrets == ("s/ecret",)


def test_a_feed_that_is_gone_fails_with_its_reason(tmp_path):
    with ShopServer(StaticSite({})) as server:
        outcome = walk(MerchantFeed(f"{server.url}/f", tmp_path))
    assert outcome.failed == {"feed:feed": "status-404"}


@pytest.mark.parametrize(
    "content", [b"hello", zipped(b"id\ttitle\n" * 100)[:-10], b"<!DOCTYPE a [<!ENTITY x 'y'>]><a/>"]
)
def test_a_broken_feed_fails_with_its_reason(tmp_path, content):
    outcome = crawl(write(tmp_path, content), tmp_path)
    assert list(outcome.failed.values()) == ["bad-feed"]


def test_a_gzip_bomb_is_refused(tmp_path):
    path = write(tmp_path, zipped(bytes(10_000_000)))
    with pytest.raises(FeedError, match="more than"):
        plain_file(path, tmp_path / "plain", max_bytes=1_000_000)
    assert not (tmp_path / "plain").exists()


@pytest.mark.slow
def test_memory_stays_flat(tmp_path, monkeypatch):
    def peak(items):
        path = write(tmp_path, rss_feed(*map(feed_item, range(items))))
        source = MerchantFeed(str(path), tmp_path / "feeds")
        client, count = fetcher(), 0
        tracemalloc.start()
        (task,) = source.seeds()
        while True:
            visit = source.visit(task, client)
            count += len(visit.items)
            if not visit.tasks:
                break
            (task,) = visit.tasks
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == items
        return size

    monkeypatch.setattr(merchant, "SLICE_PRODUCTS", 50)
    peak(10)
    # Of feeds that are longer than a block of what is read at once.
    assert peak(6000) < 1.2 * peak(2000)


def test_what_is_neither_address_nor_file_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="No feed"):
        MerchantFeed(str(tmp_path / "none.xml"), tmp_path)
    with pytest.raises(ConfigError, match="product_type"):
        MerchantFeed("https://shop.example/feed.xml", tmp_path, label="type")
