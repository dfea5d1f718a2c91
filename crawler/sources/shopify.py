"""Shopify stores, through the ``/products.json`` that each one publishes.

A page number times its size may not exceed 25,000. What lies beyond is reached through the
store's collections, each of which has pages of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from crawler.errors import FetchError, SourceError
from crawler.http.addresses import host_of
from crawler.http.fetcher import Fetcher
from crawler.items import Item, SkippedEntry, Task, Visit
from crawler.sources.reading.json_pages import fetch_json
from crawler.sources.reading.loose_values import (
    path_categories,
    path_id,
    read_list,
    read_objects,
    read_path,
    read_price,
    read_text,
    read_url,
    read_word,
    unique,
)
from crawler.sources.reading.store_url import read_store_url, source_name
from prodcat.errors import ConfigError
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import split_path
from prodcat.taxonomy.tree import Category

# Both are Shopify's own limits: more of a page is not given, and a later page is refused.
PAGE_SIZE = 250
LAST_PAGE = 25_000 // PAGE_SIZE
LABELS = ("type", "collection")
CATCH_ALL = frozenset({"all", "frontpage"})
"""Collections that every store has, and that say nothing of a product."""


class Shopify:
    """All the products of one Shopify store."""

    def __init__(
        self,
        store: str,
        *,
        label: str = "type",
        collections: Sequence[str] = (),
        name: str | None = None,
    ) -> None:
        """Prepare to visit a store.

        Args:
            store: Its address.
            label: What the category is: the ``type`` that a product states, which may be
                none, or the handle of the ``collection`` that it is found in.
            collections: Handles of the only collections to visit, instead of all products.
            name: What its products' ids begin with; made from the address if not given.

        Raises:
            ConfigError: If the address is none, or the label another.
        """
        if label not in LABELS:
            raise ConfigError(f"Unknown label {label!r}. Choose one of: {', '.join(LABELS)}.")
        self.store = read_store_url(store)
        self.name = name or source_name("shopify", self.store)
        self.label = label
        self.collections = tuple(collections)
        self.host = host_of(self.store)
        self.scope = " ".join([self.store, f"label={label}", *self.collections])
        """What makes this another crawl than one with other settings."""

    def seeds(self) -> Iterable[Task]:
        """Begin with the collections that are named, else with all collections or products."""
        if self.collections:
            return [collection_task(handle) for handle in self.collections]
        if self.label == "collection":
            return [collections_task()]
        return [products_task()]

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:
        """Fetch and read one page."""
        visits = {
            "products": self._visit_products,
            "collection": self._visit_collection,
            "collections": self._visit_collections,
        }
        return visits[task.kind](task.data, fetcher)

    def _visit_products(self, data: dict[str, Any], fetcher: Fetcher) -> Visit:
        page = data["page"]
        try:
            entries = self._fetch("/products.json", "products", page, fetcher)
        except FetchError as error:
            if error.status == 400 and page > 1:  # the limit, lower than we know it
                # Products that the collections show again have the same ids, and count once.
                return Visit(tasks=(collections_task(),))
            raise
        # Empty: the end. Not changed: the tasks of further pages are there from an earlier crawl.
        if not entries:
            return Visit()
        # One page leads to the next: no answer says how many there are.
        following = products_task(page + 1) if page < LAST_PAGE else collections_task()
        return replace(self._read(entries, f"page {page}"), tasks=(following,))

    def _visit_collection(self, data: dict[str, Any], fetcher: Fetcher) -> Visit:
        page, handle = data["page"], data["collection"]
        place = f"/collections/{quote(handle, safe='')}/products.json"
        entries = self._fetch(place, "products", page, fetcher)
        if not entries:
            return Visit()
        visit = self._read(entries, f"{handle} page {page}", data)
        entries_so_far = data["seen"] + len(entries)
        if page == LAST_PAGE:
            reason = f"the store shows no more than {LAST_PAGE * PAGE_SIZE} of it"
            return replace(visit, skipped=(*visit.skipped, SkippedEntry(handle, reason)))
        # Without a count only an empty page tells where a collection ends.
        if data["count"] is None or entries_so_far < data["count"]:
            following = collection_task(**{**data, "page": page + 1, "seen": entries_so_far})
            return replace(visit, tasks=(following,))
        return visit

    def _visit_collections(self, data: dict[str, Any], fetcher: Fetcher) -> Visit:
        page = data["page"]
        entries = self._fetch("/collections.json", "collections", page, fetcher)
        if not entries:
            return Visit()
        # Like products, collections end with an empty page: the store does not count them.
        following = (collections_task(page + 1),) if page < LAST_PAGE else ()
        return Visit(tasks=(*parse_collections(entries), *following))

    def _fetch(self, place: str, key: str, page: int, fetcher: Fetcher) -> list[Any] | None:
        """Fetch the entries of a page; None where it has not changed."""
        answer = fetch_json(fetcher, self.store + place, {"limit": PAGE_SIZE, "page": page})
        if answer.not_modified:
            return None
        entries = answer.value.get(key) if isinstance(answer.value, dict) else None
        if not isinstance(entries, list):
            raise SourceError(f"{self.store}{place} has no list of {key}.", reason=f"no-{key}")
        return entries

    def _read(
        self, entries: Sequence[Any], place: str, collection: dict[str, Any] | None = None
    ) -> Visit:
        """Read the products of a page, those that are none, and their categories."""
        handle = collection["collection"] if collection else None
        items, skipped = [], []
        for number, entry in enumerate(entries, start=1):
            try:
                items.append(
                    parse_product(
                        entry, self.store, source=self.name, label=self.label, collection=handle
                    )
                )
            except SourceError as error:
                skipped.append(SkippedEntry(f"{place} product {number}", error.reason))
        if collection and self.label == "collection":
            # A collection that was named by hand has no title: its list was never read.
            title = collection["title"] or collection["collection"]
            categories: tuple[Category, ...] = (Category(collection["collection"], title),)
        else:
            categories = path_categories(
                split_path(item.category) for item in items if item.category
            )
        return Visit(tuple(items), categories=categories, skipped=tuple(skipped))


def products_task(page: int = 1) -> Task:
    """Return the task of one page of all products."""
    return Task("products", str(page), {"page": page})


def collections_task(page: int = 1) -> Task:
    """Return the task of one page of the list of collections."""
    return Task("collections", str(page), {"page": page})


def collection_task(
    collection: str, *, title: str = "", count: int | None = None, page: int = 1, seen: int = 0
) -> Task:
    """Return the task of one page of a collection."""
    data = {"collection": collection, "title": title, "count": count, "page": page, "seen": seen}
    return Task("collection", f"{collection}/{page}", data)


def parse_collections(entries: Sequence[Any]) -> list[Task]:
    """Turn entries of ``/collections.json`` into the tasks of their first pages.

    The large ones come first: where the collection is the label, a product in several is then
    labelled with the smallest, which says most of it.

    >>> entries = [{"handle": "boots", "products_count": 9}, {"handle": "shoes"}, {"handle": "all"}]
    >>> [task.key for task in parse_collections(entries)]
    ['shoes/1', 'boots/1']
    """
    tasks = []
    for entry in read_objects(entries):
        handle, count = read_word(entry.get("handle")), entry.get("products_count")
        count = count if isinstance(count, int) and not isinstance(count, bool) else None
        # A collection without a count may have any number of products, one with 0 has none.
        if handle and handle not in CATCH_ALL and count != 0:
            title = clean_text(read_word(entry.get("title")))
            tasks.append(collection_task(handle, title=title, count=count))
    # Those that do not tell how large they are may be large.
    return sorted(tasks, key=lambda task: -(task.data["count"] or 10**9))


def parse_product(
    product: Any,
    store: str,
    *,
    source: str = "shopify",
    label: str = "type",
    collection: str | None = None,
) -> Item:
    """Turn one entry of ``/products.json`` into an item.

    Args:
        product: The entry.
        store: The address of the store.
        source: What the product's id begins with.
        label: What the category is, ``type`` or ``collection``.
        collection: Handle of the collection that it was found in.

    Raises:
        SourceError: If it is no product, or has no id.

    >>> item = parse_product(
    ...     {"id": 7, "title": "Clogs", "product_type": "Shoes"}, "https://shop.example"
    ... )
    >>> item.source_id, item.name, item.category
    ('7', 'Clogs', 'Shoes')
    """
    if not isinstance(product, dict):
        raise SourceError("An entry is no product.", reason="no-product")
    source_id = read_word(product.get("id"))
    if not source_id:
        raise SourceError("A product has no id.", reason="no-id")
    handle = read_word(product.get("handle"))
    # Shops write one type, or a path of several levels.
    kind = path_id(read_path(product.get("product_type")))
    category = collection if label == "collection" and collection else kind
    prices = [read_price(v.get("price")) for v in read_objects(product.get("variants"))]
    images = [*read_list(product.get("images")), *read_list(product.get("image"))]
    return Item(
        source=source,
        source_id=source_id,
        name=read_text(product.get("title")),
        description=read_text(product.get("body_html")),
        # Quoted whole, so that no handle leads out of the folder.
        url=f"{store}/products/{quote(handle, safe='')}" if handle else "",
        category=category,
        categories=(category,) if category else (),
        crawled=collection,
        image_urls=unique(
            read_url(image.get("src") if isinstance(image, dict) else image, store)
            for image in images
        ),
        brand=clean_text(read_word(product.get("vendor"))),
        price=min((price for price in prices if price is not None), default=None),
        updated_at=read_word(product.get("updated_at")),
    )
