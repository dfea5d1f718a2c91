import io
import time
from xml.parsers import expat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.sources.reading.xml_mending import mend, mend_bytes
from crawler.sources.reading.xml_records import read_records
from tests.crawler.shop_files import feed_item, rss_feed
from tests.fuzz.lenient_xml import documents, is_strict, strict_and_lenient


def titles(content):
    records = read_records(io.BytesIO(mend_bytes(content)), {"item"})
    return [record.error or record.fields["g:title"][0] for record in records]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Salt & pepper", "Salt & pepper"),
        ("a&b=1&amp;c;&d", "a&b=1&c;&d"),
        ("caf&eacute;&nbsp;au lait", "café\xa0au lait"),
        ("&LT;b&GT; &Amp; &unknown;", "<b> &Amp; &unknown;"),
        ("a < b <= 5 <3", "a < b <= 5 <3"),
        ("page\x0cbreak\x00", "page break"),
        ("&#0;&#x1F;&#X41;&#xD800;&#9999999;", "A"),
        ("end ]]> of", "end ]]> of"),
        ("<![CDATA[R&D &nbsp; <3]]>", "R&D &nbsp; <3"),
    ],
)
def test_an_entry_is_read_mended(written, read):
    feed = rss_feed(feed_item(0), feed_item(1, g_title=written), feed_item(2))
    assert titles(feed) == ["Hollis Clogs 0", read, "Hollis Clogs 2"]


@pytest.mark.parametrize(
    "before",
    [
        b"\n", b"\xef\xbb\xbf\n\n", b"<!-- cached --> ", b"Notice: undefined index\n",
        b"<br />\n<b>Warning</b>: in <b>/x.php</b> on line <b>3</b><br />\n", b"<?php\n?>",
        b"& <rss", b"Array ( [0] => 1 )",
    ],
)  # fmt: skip
@pytest.mark.parametrize("has_declaration", [True, False])
def test_what_stands_before_the_document_does_not_cost_it(before, has_declaration):
    feed = rss_feed(feed_item(1))
    feed = feed if has_declaration else feed.partition(b"?>\n")[2]
    assert titles(before + feed) == ["Hollis Clogs 1"]


@given(documents(), st.integers(1, 40))
def test_what_the_strict_reader_takes_the_lenient_one_reads_alike(content, size):
    strict, lenient = strict_and_lenient(content)
    assert strict is None or lenient == strict
    text = content.decode("utf-8", "replace")
    blocks = [text[start : start + size] for start in range(0, len(text), size)]
    assert "".join(mend(blocks)) == "".join(mend([text]))


def test_most_documents_of_that_are_not_well_formed_and_many_are():
    assert is_strict(rss_feed(feed_item(1)))
    with pytest.raises(expat.ExpatError):
        expat.ParserCreate().Parse(rss_feed(feed_item(1, g_title="&nbsp;")), True)


@pytest.mark.parametrize(
    "piece", ["&", "<", "<a", "&a", "<a b='", "]]", "<![CDATA[", "<!--", "<a ", "&#", "\x00", "<?"]
)
def test_time_grows_with_the_document(piece):
    began = time.process_time()
    mend_bytes((piece * (1_000_000 // len(piece))).encode())
    assert time.process_time() - began < 1.5
