"""Items as products of the corpus: cleaned, checked, and refused where nothing is in them."""

import math
from dataclasses import dataclass

from crawler.engine.picture_lists import MAX_PICTURES
from crawler.items import Item
from prodcat.corpus.new_product import NewProduct
from prodcat.inputs.text import clean_text

MAX_ID_CHARS = 300
MAX_WORD_CHARS = 300
MAX_URL_CHARS = 4000


@dataclass(frozen=True)
class Record:
    """One item, ready to be written."""

    product: NewProduct
    """The product without its picture, which is asked for later."""
    image_urls: tuple[str, ...]
    """Best first."""
    listed: tuple[str, ...]
    crawled: str | None

    @property
    def id(self) -> str:
        """Its id in the corpus."""
        return self.product.id


def build_record(item: Item) -> Record | str:
    """Turn an item into a product; return the reason where it is none.

    >>> build_record(Item("shop", "1", name="<b>Boots</b>")).product.name
    'Boots'
    >>> build_record(Item("shop", "1"))
    'no name, description or picture'
    """
    source_id = plain(item.source_id, MAX_ID_CHARS)
    if not source_id:
        return "no id"
    name, description = clean_text(item.name), clean_text(item.description)
    # An address that cannot be stored does not cost the product its picture.
    urls = dict.fromkeys(plain(url, MAX_URL_CHARS) for url in item.image_urls)
    image_urls = tuple(filter(None, urls))[:MAX_PICTURES]
    if not (name or description or image_urls):
        return "no name, description or picture"
    price, group = item.price, plain(item.group, MAX_ID_CHARS)
    product = NewProduct(
        source=item.source,
        source_id=source_id,
        url=plain(item.url, MAX_URL_CHARS),
        name=name,
        description=description,
        brand=clean_text(item.brand)[:MAX_WORD_CHARS],
        price=float(price) if price is not None and math.isfinite(price) else None,
        currency=plain(item.currency, MAX_WORD_CHARS),
        locale=plain(item.locale, MAX_WORD_CHARS),
        category_id=plain(item.category or "", MAX_URL_CHARS) or None,
        # With the source: two shops may number their groups alike.
        group_id=f"{item.source}:{group}" if group else "",
    )
    listed = tuple(c for c in (plain(c, MAX_URL_CHARS) for c in item.categories) if c)
    return Record(product, image_urls, listed, plain(item.crawled or "", MAX_URL_CHARS) or None)


def plain(text: str, max_chars: int) -> str:
    r"""Return a short text that a database takes; empty when it is too long to be one.

    >>> plain(" a\ud800b\x00 ", 10), plain("abc", 2)
    ('a?b', '')
    """
    # JSON can hold half of a surrogate pair, which no database takes.
    text = text.strip().encode("utf-8", "replace").decode().replace("\x00", "")
    text = text.strip()
    return text if len(text) <= max_chars else ""
