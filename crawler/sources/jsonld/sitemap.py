"""Sitemaps: the addresses that a site names, and when each page last changed."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from crawler.errors import SourceError
from crawler.sources.reading.loose_values import read_url
from crawler.sources.reading.xml_records import XmlError, read_records

MAX_BYTES = 50 * 1024 * 1024
"""What the protocol allows a sitemap to have, unpacked."""
MAX_ADDRESSES = 50_000
"""The same for its addresses."""
WORD = re.compile(r"\S+")


@dataclass(frozen=True)
class SitemapEntry:
    """One address of a sitemap."""

    url: str
    changed: str = ""
    """When it last changed, as the site writes it; empty where it does not tell."""
    image_url: str = ""
    is_sitemap: bool = False
    """Another sitemap rather than a page."""


def parse_sitemap(content: bytes, url: str) -> tuple[list[SitemapEntry], int]:
    """Read a sitemap or an index of sitemaps: XML, a feed, or lines of text; gzipped or not.

    Args:
        content: What stands at *url*.
        url: Its address.

    Returns:
        Its entries, and how many could not be read.

    Raises:
        SourceError: If it is none, or larger than sitemaps may be.

    >>> parse_sitemap(b"https://shop.example/a https://shop.example/b", "")[0][1].url
    'https://shop.example/b'
    """
    # A file named .xml.gz is sent as it is: the fetcher unpacks what was packed for sending alone.
    content = unpack(content)
    stripped = content[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    # With null bytes it may be UTF-16, which the XML reader knows and lines of text do not.
    if stripped.startswith(b"<") or b"\x00" in stripped:
        return _parse_xml(content, url)
    text = content.decode("utf-8-sig", "replace")
    # One after the other: a file of short words has ten million of them.
    lines = [match[0] for match in islice(WORD.finditer(text), MAX_ADDRESSES)]
    entries = [SitemapEntry(address) for line in lines if (address := read_url(line, ""))]
    if lines and not entries:
        raise SourceError(f"{url} is no sitemap.", reason="no-sitemap")
    return entries, len(lines) - len(entries)


def unpack(content: bytes, *, max_bytes: int = MAX_BYTES) -> bytes:
    """Undo gzip, up to the size that a sitemap may have.

    Raises:
        SourceError: If it is larger, or broken.
    """
    if content.startswith(b"\x1f\x8b"):
        decompressor = zlib.decompressobj(wbits=31)
        try:
            # One byte more than allowed, to see that there is more.
            content = decompressor.decompress(content, max_bytes + 1)
        except zlib.error as error:
            raise SourceError(f"Its gzip is broken: {error}", reason="bad-gzip") from error
        if not decompressor.eof and len(content) <= max_bytes:
            raise SourceError("Its gzip breaks off.", reason="bad-gzip")
    if len(content) > max_bytes:
        raise SourceError(f"A sitemap of over {max_bytes} bytes.", reason="too-large")
    return content


def _parse_xml(content: bytes, url: str) -> tuple[list[SitemapEntry], int]:
    entries: list[SitemapEntry] = []
    broken = 0
    records = read_records(BytesIO(content), {"url", "sitemap", "item", "entry"})
    try:
        for record in islice(records, MAX_ADDRESSES):
            fields = _without_prefixes(record.fields)
            address = _first(fields, "loc", "link@href", "link")
            if target := read_url(address, url):
                changed = _first(fields, "lastmod", "updated", "pubDate")
                image = read_url(_first(fields, "image/loc"), url)
                entries.append(SitemapEntry(target, changed, image, record.name == "sitemap"))
            else:
                broken += 1
    except XmlError as error:
        raise SourceError(f"{url} is no sitemap: {error}.", reason="no-sitemap") from error
    # An empty sitemap is one, any other XML without an address is none.
    if not entries and b"<urlset" not in content and b"<sitemapindex" not in content:
        raise SourceError(f"{url} is no sitemap.", reason="no-sitemap")
    return entries, broken


def _without_prefixes(fields: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    plain: dict[str, Sequence[str]] = {}
    for name, texts in fields.items():
        # What prefix stands for which vocabulary is each site's own choice.
        parts = (part.rpartition(":")[2] for part in name.split("/"))
        plain.setdefault("/".join(parts), texts)
    return plain


def _first(fields: Mapping[str, Sequence[str]], *names: str) -> str:
    return next((fields[name][0] for name in names if name in fields), "")
