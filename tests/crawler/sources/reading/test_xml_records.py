import contextlib
import io
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.reading import xml_records
from crawler.sources.reading.xml_records import XmlError, read_records
from tests.crawler.shop_files import feed_item, rss_feed


def read(content, start=0):
    return list(read_records(io.BytesIO(content), {"item", "entry"}, start=start))


def ids(records):
    return ["broken" if record.error else record.fields["g:id"][0] for record in records]


def test_elements_within_others_are_told_apart():
    (record,) = read(rss_feed(feed_item(1)))
    assert record.name == "item"
    assert record.fields["g:price"] == ["15.00 USD"]
    assert record.fields["g:shipping/g:price"] == ["5.95 USD"]
    assert record.fields["g:description"] == ["Cork & leather."]


@pytest.mark.parametrize("encoding", ["UTF-8", "iso-8859-1", "shift_jis", "zlib", "utf-7"])
def test_reading_can_start_at_any_record_whatever_the_file_says_that_it_is(encoding):
    feed = rss_feed(*[feed_item(i, g_brand="Café") for i in range(5)])
    feed = feed.replace(b"UTF-8", encoding.encode())
    records = read(feed)
    assert ids(records) == [f"A-{i}" for i in range(5)]
    assert records[0].fields["g:brand"] == ["Café"]
    for number, record in enumerate(records):
        assert read(feed, record.start) == records[number:]


def test_a_long_text_is_cut_at_the_same_place_wherever_the_reading_starts():
    # In which pieces the parser tells it depends on where they lie in what is read at a time.
    long = "longtext" * (xml_records.MAX_TEXT_CHARS // 4)
    feed = rss_feed(*[feed_item(i, g_title=f"{'x' * 999 * i}{long}") for i in range(4)])
    records = read(feed)
    assert {len(record.fields["g:title"][0]) for record in records} == {xml_records.MAX_TEXT_CHARS}
    for number, record in enumerate(records):
        assert read(feed, record.start) == records[number:]


@pytest.mark.parametrize(
    "text", ["Salt & pepper", "<b>bold", "&nbsp;", "\x0b", "a < b", "</g:id>", "<![CDATA["]
)
def test_a_broken_record_is_passed_over_alone(text):
    feed = rss_feed(feed_item(0), feed_item(1, g_title=text), feed_item(2), feed_item(3))
    assert ids(read(feed)) == ["A-0", "broken", "A-2", "A-3"]


def test_a_file_that_breaks_off_gives_what_is_whole():
    feed = rss_feed(feed_item(0), feed_item(1))
    assert ids(read(feed[: feed.index(b"A-1") + 20])) == ["A-0", "broken"]


@pytest.mark.parametrize("content", [b"", b"hello", b"\x00\x01", b"<html><p>404</body></html>"])
def test_what_is_no_xml_is_refused(content):
    with pytest.raises(XmlError):
        read(content)


def test_declared_entities_are_refused():
    bomb = b'<!DOCTYPE a [<!ENTITY x "ha"><!ENTITY y "&x;&x;&x;">]><a><item>&y;</item></a>'
    with pytest.raises(XmlError, match="entities"):
        read(bomb)


def test_files_are_not_taken_in(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("password")
    with pytest.raises(XmlError, match="entities"):
        read(f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret}">]><a><item>&x;</item></a>'.encode())


def test_a_record_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(xml_records, "MAX_RECORD_BYTES", 200_000)
    records = read(b"<rss><item><title>" + b"<b></b>" * 60_000 + b"</title></item></rss>")
    assert [record.error for record in records] == ["a record of more than 200000 bytes"]


def test_elements_may_not_be_nested_without_end():
    records = read(b"<rss><item>" + b"<b>" * 1000 + b"</b>" * 1000 + b"</item></rss>")
    assert "deep" in records[0].error


NAMES = b"".join(b"<%b>" % (b"a" * 40_000) for _ in range(99))
COSTLY = {
    "text in pieces": b"<item><a>" + b"a<!-- -->" * 99_000 + b"</a></item></rss>",
    "texts that nobody closes": b"<item><![CDATA[" * 200_000,
    "records in records": b"<item><a>" * 200_000,
    "a record as the root": b"<item>&" * 200_000,
    "long names": b"<item>" + NAMES + b"<b>c</b>" * 99_000,
    "many broken records": b"<item>&</item>" * 20_000,
    "a long head": b"<!-- %b -->" % (b"a" * 900_000) + b"<item>&</item>" * 20_000,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("kind", COSTLY)
def test_time_grows_with_the_file_whatever_is_in_it(kind):
    content = COSTLY[kind] if "root" in kind else b"<rss>" + COSTLY[kind]
    began = time.process_time()
    with contextlib.suppress(XmlError):
        read(content)
    assert time.process_time() - began < 8.0


def test_a_record_of_names_without_end_is_passed_over_alone():
    long = f"<{'a' * 2000}>b</{'a' * 2000}>"
    records = read(rss_feed(feed_item(0), f"<item>{long}</item>", feed_item(2)))
    assert ids(records) == ["A-0", "broken", "A-2"]


@pytest.mark.slow
def test_memory_stays_flat():
    def peak(items):
        feed = io.BytesIO(rss_feed(*map(feed_item, range(items))))
        tracemalloc.start()
        count = sum(1 for _ in read_records(feed, {"item"}))
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == items
        return size

    peak(10)
    assert peak(4000) < 1.5 * peak(1000)


@given(st.binary(max_size=200), st.integers(0, 250))
def test_any_bytes_are_read_or_refused(noise, start):
    content = b"<rss><item><id>1</id></item>" + noise + b"<item><id>2</id></item></rss>"
    for place in (0, start):
        with contextlib.suppress(XmlError):
            read(content, place)
