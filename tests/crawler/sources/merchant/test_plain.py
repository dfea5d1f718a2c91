import bz2
import io
import zipfile

import pytest

from crawler.sources.merchant.columns import FeedError
from crawler.sources.merchant.file import read_entries
from crawler.sources.merchant.plain import plain_file
from crawler.sources.merchant.product import parse_product
from tests.crawler.shop_files import feed_item, rss_feed, zipped
from tests.crawler.sources.merchant.unchanged import write

FEED = rss_feed(feed_item(1, g_brand="Größe"), feed_item(2))
TEXT = "id;title;link\nA-1;Größe 40;https://shop.example/p/1\n"


def in_zip(*files):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return stream.getvalue()


def entries(tmp_path, content, content_type=""):
    path, copy = write(tmp_path, content), tmp_path / "copy"
    plain_file(path, copy, max_bytes=1_000_000, content_type=content_type)
    return list(read_entries(copy if copy.exists() else path))


def said_to_be(encoding, codec):
    return FEED.decode().replace("UTF-8", encoding).encode(codec)


@pytest.mark.parametrize(
    "content",
    [
        zipped(FEED), zipped(FEED[:99]) + zipped(FEED[99:]), bz2.compress(FEED),
        in_zip(("a/feed.xml", FEED)), in_zip(("read me.md", "x" * 9999), ("f.xml", FEED)),
        zipped(b"\xef\xbb\xbf\n" + FEED), said_to_be("utf8", "utf-8"), said_to_be("x", "utf-16"),
        said_to_be("latin-1", "utf-8"), said_to_be("windows-1252", "cp1252"),
        said_to_be("iso-8859-1", "latin-1"), said_to_be("UTF-8", "latin-1"),
    ],
    ids=range(12),
)  # fmt: skip
def test_a_feed_is_read_however_it_is_packed_and_written(tmp_path, content):
    first, second = (parse_product(entry) for entry in entries(tmp_path, content))
    assert (first.source_id, first.brand, second.source_id) == ("A-1", "Größe", "A-2")


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(), TEXT.replace("\n", "\r").encode(), TEXT.encode("utf-16"),
        f"sep=;\n{TEXT}".encode(), f"\n\n{TEXT}".encode(), TEXT.encode("cp1252"),
        f'"# Required | An id, unique.";"# Required | A title"\n{TEXT}'.encode(),
        TEXT.replace("\n", '\n# Required | An id;# Optional\n', 1).encode(),
        f"<br />\n<b>Notice</b>: x<br />\n{TEXT}".encode(), in_zip(("feed.csv", TEXT)),
    ],
    ids=range(10),
)  # fmt: skip
def test_text_with_columns_is_read_whatever_stands_before_them(tmp_path, content):
    (entry,) = entries(tmp_path, content)
    assert (entry.fields["id"], entry.fields["title"]) == (["A-1"], ["Größe 40"])


def test_what_the_server_says_is_listened_to(tmp_path):
    content = "id\ttitle\n1\tサンダル\n".encode("cp932")
    (entry,) = entries(tmp_path, content, "text/plain; charset=Shift_JIS")
    assert entry.fields["title"] == ["サンダル"]


def test_a_feed_that_is_plain_is_read_where_it_lies(tmp_path):
    (tmp_path / "copy").write_bytes(b"of an earlier feed")
    assert len(entries(tmp_path, FEED)) == 2
    assert not (tmp_path / "copy").exists()


@pytest.mark.parametrize(
    "content",
    [b"", b" \n", in_zip(), in_zip(("feed.xml", bytes(2_000_000))), in_zip(("f.xml", FEED))[:-30],
     bz2.compress(FEED)[:-9]],
    ids=range(6),
)  # fmt: skip
def test_what_cannot_be_unpacked_is_refused(tmp_path, content):
    with pytest.raises(FeedError):
        entries(tmp_path, content)


def test_addresses_may_be_relative_and_currencies_small(tmp_path):
    item = feed_item(1, g_link="/p/1", g_image_link="../i/my 1.jpg", g_price="9.00 eur")
    (entry,) = entries(
        tmp_path, rss_feed(item).replace(b"<item>", b"<product>").replace(b"</item>", b"</product>")
    )
    product = parse_product(entry, base="https://shop.example/feeds/a.xml")
    assert product.url == "https://shop.example/p/1"
    assert product.image_urls == ("https://shop.example/i/my%201.jpg",)
    assert (product.price, product.currency) == (9.0, "EUR")


@pytest.mark.parametrize(
    "stated", ["Shoes/Clogs", "Shoes » Clogs", "Shoes | Clogs", "Shoes &gt; Clogs"]
)
def test_categories_have_the_separators_that_shops_write(tmp_path, stated):
    (entry,) = entries(tmp_path, rss_feed(feed_item(1, g_product_type=stated)))
    assert parse_product(entry).category == "Shoes > Clogs"
