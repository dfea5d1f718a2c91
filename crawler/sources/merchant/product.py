"""One product of a Google Merchant feed."""

import re
from collections.abc import Mapping, Sequence

from crawler.errors import SourceError
from crawler.items import Item
from crawler.sources.merchant.columns import FeedEntry
from crawler.sources.reading.loose_values import (
    path_id,
    read_currency,
    read_path,
    read_price,
    read_url,
    read_word,
    unique,
)
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath

LABELS = ("product_type", "google_product_category")
NUMBERED = re.compile(r"\s*\d+\s*-\s+(?=\D)")
"""Google's own list writes ``187 - Apparel & Accessories > Shoes``."""


def parse_product(
    entry: FeedEntry, *, source: str = "merchant", label: str = "product_type", base: str = ""
) -> Item:
    """Turn one entry of a feed into an item.

    Args:
        entry: As the file has it.
        source: What the product's id begins with.
        label: Which attribute is the category; the other one where it is missing.
        base: The address of the feed, if it has one: what addresses are relative to.

    Raises:
        SourceError: If it cannot be read, or has no id.

    >>> fields = {"id": ["A1"], "title": ["Clogs"], "price": ["15.00 USD"]}
    >>> item = parse_product(FeedEntry(0, fields | {"product_type": ["Shoes > Clogs"]}))
    >>> item.source_id, item.name, item.category, item.price, item.currency
    ('A1', 'Clogs', 'Shoes > Clogs', 15.0, 'USD')
    """
    if entry.error:
        raise SourceError(entry.error, reason="broken-entry")
    fields = entry.fields
    # RSS and Atom have words of their own beside Google's, here and below.
    source_id = read_word(_first(fields, "id", "guid"))
    if not source_id:
        raise SourceError("An entry has no id.", reason="no-id")
    paths = read_categories(fields, label)
    # The main picture first: the others are taken where it is missing.
    url = read_url(_first(fields, "link", "link@href"), base)
    images = [*fields.get("image_link", ()), *_split_list(fields.get("additional_image_link", ()))]
    return Item(
        source=source,
        source_id=source_id,
        name=_first(fields, "title"),
        description=_first(fields, "description", "summary", "content"),
        url=url,
        category=path_id(paths[0]) if paths else None,
        categories=unique(path_id(path) or "" for path in paths),
        image_urls=unique(read_url(image, url or base) for image in images),
        brand=clean_text(read_word(_first(fields, "brand"))),
        price=read_price(_first(fields, "price")),
        currency=read_currency(_first(fields, "price")),
        locale=read_word(_first(fields, "content_language")),
        updated_at=read_word(_first(fields, "updated", "pubDate")),
        group=read_word(_first(fields, "item_group_id")),
    )


def read_categories(fields: Mapping[str, Sequence[str]], label: str) -> list[CategoryPath]:
    """Return the paths of the attribute that is the label, else of the other.

    >>> fields = {"product_type": ["Home > Shoes"], "google_product_category": ["187"]}
    >>> read_categories(fields, "product_type")
    [('Home', 'Shoes')]
    >>> read_categories(fields, "google_product_category")
    [('187',)]
    """
    for attribute in (label, *LABELS):
        texts = (NUMBERED.sub("", text, count=1) for text in fields.get(attribute, ()))
        stated = (read_path(_with_usual_separators(text)) for text in texts)
        if paths := [path for path in stated if path]:
            return paths
    return []


def _with_usual_separators(text: str) -> str:
    """Write a path with ``>``, whatever it has instead.

    >>> _with_usual_separators("Shoes/Clogs"), _with_usual_separators("Shoes > Clogs / Mules")
    ('Shoes > Clogs', 'Shoes > Clogs / Mules')
    """
    if ">" in text or "&gt;" in text:
        return text
    return re.sub(r"\s*[»›→|/]\s*", " > ", text)


def _first(fields: Mapping[str, Sequence[str]], *names: str) -> str:
    return next((fields[name][0].strip() for name in names if fields.get(name)), "")


def _split_list(texts: Sequence[str]) -> list[str]:
    """Split addresses that one column holds, at commas that a new address follows.

    Addresses may have commas of their own.
    """
    return [address for text in texts for address in re.split(r"\s*,\s*(?=https?://|//)", text)]
