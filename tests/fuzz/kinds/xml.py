"""Feeds and sitemaps: whole, packed, cut, mutated, and grown where growing may hurt."""

import contextlib
import gzip
import io
import random
from pathlib import Path

from crawler.errors import SourceError
from crawler.sources.jsonld.sitemap import parse_sitemap
from crawler.sources.merchant.columns import FeedError
from crawler.sources.merchant.file import read_entries
from crawler.sources.merchant.plain import plain_file
from crawler.sources.merchant.product import parse_product
from crawler.sources.reading.xml_records import XmlError, read_records
from tests.crawler.shop_files import feed_item, rss_feed, sitemap_index, urlset
from tests.fuzz.mutating import mutated

ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Clogs</title>'
    b'<link href="https://shop.example/p/1"/><summary>Cork</summary></entry></feed>'
)
TEXT = b'id\ttitle\tprice\r\nA-1\tClogs\t15.00 USD\r\nA-2\t"Bo\tots"\t7\r\n'
SOME_PRODUCTS = 2000
"""A crawl reads 500 in one go; what is long in reading shows in the records alone."""
WORDS = (
    *(b"<item>", b"</item>", b"<entry>", b"<url>", b"<loc>", b"</loc>", b"<sitemap>", b"<b/>"),
    *(
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"&amp;",
        b"&#0;",
        b"&#x10FFFF;",
        b"&x;",
        b"<?p",
        b"?>",
    ),
    *(
        b"<!DOCTYPE a [",
        b'<!ENTITY x "y">',
        b"]>",
        b' a="b"',
        b' xmlns:g="x"',
        b'"',
        b"'",
        b"<",
        b">",
    ),
    *(b"\xef\xbb\xbf", b"\xff\xfe", b"\x1f\x8b", b'encoding="utf-16"', b"\xe9", b"\t", b"a,"),
)
GROWING = (
    *(b"<item><a>", b"<item>", b"<item>&</item>", b"<item><id>1</id></item>", b"<b></b>", b"a"),
    *(
        b"&amp;",
        b"\n",
        b"<item a='",
        b"<a b='c'/>",
        b"<![CDATA[a]]>",
        b"<!-- -->",
        b"<url><loc>/a</loc></url>",
    ),
    *(b"<item>&b", b"a > b > ", b"<g:id>1</g:id>", b"id\t", b'"', b"\x00"),
)


def make(draw: random.Random, folder: Path) -> None:
    """Write one file."""
    items = [feed_item(number) for number in range(draw.randint(0, 6))]
    content = draw.choice(
        (
            rss_feed(*items),
            ATOM,
            TEXT,
            urlset("<loc>/p/1</loc><lastmod>2026-10-01</lastmod>", "<loc> /p/2 </loc>"),
            sitemap_index("<loc>/a.xml</loc>", "<loc>/b.xml</loc>"),
            b"https://shop.example/a\nhttps://shop.example/b\n",
        )
    )
    if draw.random() < 0.3:
        place, piece = draw.randint(0, len(content)), draw.choice(GROWING)
        number = draw.choice((100, 10_000, (1 << 20) // len(piece)))
        content = content[:place] + piece * number + content[place:]
    if draw.random() < 0.8:
        content = mutated(draw, content, words=WORDS)
    if draw.random() < 0.15:
        content = content.decode("utf-8", "replace").encode("utf-16")
    if draw.random() < 0.15:
        content = gzip.compress(content, 1, mtime=0)
        if draw.random() < 0.5:
            content = mutated(draw, content, most=2)
    (folder / "file").write_bytes(content)


def run(folder: Path) -> None:
    """Read it as a feed, as a sitemap, and as bare records from any of them on."""
    file = folder / "file"
    content = file.read_bytes()
    with contextlib.suppress(SourceError):
        entries, _ = parse_sitemap(content, "https://shop.example/sitemap.xml")
        assert all(entry.url.lower().startswith(("http://", "https://")) for entry in entries)
    with contextlib.suppress(FeedError):
        read_feed(file, folder / "plain")
    with contextlib.suppress(XmlError):
        records = list(read_records(io.BytesIO(content), {"item", "entry"}))
        starts = [record.start for record in records]
        assert starts == sorted(starts)
        whole = [record for record in records if not record.error]
        for record in whole[1:3]:
            again = read_records(io.BytesIO(content), {"item", "entry"}, start=record.start)
            assert next(again) == record, "reading from a record on gives another one"


def read_feed(file: Path, unpacked: Path) -> None:
    """Read a feed as a crawl does."""
    plain_file(file, unpacked, max_bytes=64 << 20)
    for number, entry in enumerate(read_entries(unpacked if unpacked.exists() else file)):
        if number < SOME_PRODUCTS:
            with contextlib.suppress(SourceError):
                parse_product(entry)
