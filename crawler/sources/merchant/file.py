"""The entries of a Google Merchant feed, one at a time: RSS, Atom or text with columns."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from crawler.http.text import decode
from crawler.sources.merchant.columns import FeedEntry, FeedError, read_columns
from crawler.sources.merchant.plain import is_xml_text
from crawler.sources.reading.xml_mending import EDGE_CHARS
from crawler.sources.reading.xml_records import XmlError, read_records
from prodcat.inputs.plain_files import open_plain

FIRST_RECORD = re.compile(rb"<(?:[\w.-]{1,40}:)?(item|entry|product)[\s>]")
"""The elements that feeds call their products by; the first one is that of the feed."""
FIRST_RECORD_BYTES = 1024 * 1024
FOREIGN_PREFIXES = frozenset({"c", "atom", "content", "dc", "media", "itunes", "rss"})
"""Of elements that are not the feed's own."""


def read_entries(path: Path, *, start: int = 0) -> Iterator[FeedEntry]:
    """Yield the entries in little memory, those that cannot be read with their error.

    Args:
        path: A plain file, see `plain_file`.
        start: Where the entry begins that is to be the first one; 0 for the first of all.

    Raises:
        FeedError: If it is no feed.
    """
    with open_plain(path) as file:
        beginning = file.read(EDGE_CHARS)
        if not beginning.strip():
            return
        if is_xml_text(decode(beginning)):
            yield from _read_xml(file, start)
        else:
            yield from read_columns(file, start)


def _read_xml(file: BinaryIO, start: int) -> Iterator[FeedEntry]:
    file.seek(0)
    first = FIRST_RECORD.search(file.read(FIRST_RECORD_BYTES))
    # Of a shop's own making the products are called so; those of RSS may have such an element.
    names = {first[1].decode()} if first else {"item", "entry"}
    try:
        for record in read_records(file, names, start=start):
            yield FeedEntry(record.start, own_fields(record.fields), record.error)
    except XmlError as error:
        raise FeedError(str(error)) from error


def own_fields(fields: dict[str, list[str]]) -> dict[str, list[str]]:
    """Name the texts of an element by attribute alone; the feed's own words come first.

    >>> own_fields({"title": ["RSS"], "g:title": ["Google's"], "g:shipping/g:price": ["5 USD"]})
    {'title': ["Google's"]}
    """
    plain: dict[str, list[str]] = {}
    prefixed: dict[str, list[str]] = {}
    for name, texts in fields.items():
        prefix, _, local = name.rpartition(":")
        if "/" not in name and prefix not in FOREIGN_PREFIXES:
            (prefixed if prefix else plain)[local] = texts
    return plain | prefixed
