"""Sitemaps: the addresses that a site names, and when each page last changed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from urllib.parse import urljoin

from crawler.errors import FetchError, SourceError
from crawler.http import packed
from crawler.http.text import decode
from crawler.sources.reading.loose_values import read_url
from crawler.sources.reading.xml_mending import begins_late, mend_bytes
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
    written: str = ""
    """The same as the site writes it, where that is another form."""
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
    text = plain_sitemap(content)
    if text.startswith("<"):
        return _parse_xml(mend_bytes(text.encode("utf-8", "replace")), url)
    # One after the other: a file of short words has ten million of them.
    lines = [match[0] for match in islice(WORD.finditer(text), MAX_ADDRESSES)]
    entries = [entry for line in lines if (entry := _entry(line, ""))]
    if lines and not entries:
        raise SourceError(f"{url} is no sitemap.", reason="no-sitemap")
    return entries, len(lines) - len(entries)


def plain_sitemap(content: bytes, content_type: str = "") -> str:
    """Return the text of a sitemap: unpacked, decoded, without what stands before it.

    Args:
        content: What was fetched, or what this returned in UTF-8.
        content_type: The header of that name.

    Raises:
        SourceError: If it is larger than it may be, or its gzip is broken.
    """
    try:
        # A file named .xml.gz is sent as it is: the fetcher unpacks what was packed for sending.
        content = packed.unpack(content, max_bytes=MAX_BYTES)
    except FetchError as error:
        raise SourceError(f"A sitemap that cannot be read: {error}", reason=error.reason) from error
    text = decode(content, content_type)
    return text[begins_late(text) :].lstrip()


def _parse_xml(content: bytes, url: str) -> tuple[list[SitemapEntry], int]:
    entries: list[SitemapEntry] = []
    broken = 0
    records = read_records(BytesIO(content), {"url", "sitemap", "item", "entry"})
    try:
        for record in islice(records, MAX_ADDRESSES):
            fields = _without_prefixes(record.fields)
            address = _first(fields, "loc", "link@href", "link")
            if entry := _entry(address, url):
                changed = _first(fields, "lastmod", "updated", "pubDate")
                image = read_url(_first(fields, "image/loc"), url)
                is_sitemap = record.name == "sitemap"
                entries.append(
                    replace(entry, changed=changed, image_url=image, is_sitemap=is_sitemap)
                )
            else:
                broken += 1
    except XmlError as error:
        raise SourceError(f"{url} is no sitemap: {error}.", reason="no-sitemap") from error
    # An empty sitemap is one, any other XML without an address is none.
    if not entries and b"<urlset" not in content and b"<sitemapindex" not in content:
        raise SourceError(f"{url} is no sitemap.", reason="no-sitemap")
    return entries, broken


def _entry(address: str, base: str) -> SitemapEntry | None:
    url = read_url(address, base)
    if not url:
        return None
    written = urljoin(base, address.strip())
    return SitemapEntry(url, "" if written == url else written)


def _without_prefixes(fields: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    plain: dict[str, Sequence[str]] = {}
    for name, texts in fields.items():
        # What prefix stands for which vocabulary is each site's own choice.
        parts = (part.rpartition(":")[2] for part in name.split("/"))
        plain.setdefault("/".join(parts), texts)
    return plain


def _first(fields: Mapping[str, Sequence[str]], *names: str) -> str:
    return next((fields[name][0] for name in names if name in fields), "")
