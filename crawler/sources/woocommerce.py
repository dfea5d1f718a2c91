"""WooCommerce stores, through the Store API that each one publishes."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from crawler.errors import FetchError, SourceError
from crawler.http.addresses import host_of
from crawler.http.fetcher import Fetcher
from crawler.items import Item, SkippedEntry, Task, Visit
from crawler.sources.reading.json_pages import JsonPage, fetch_json
from crawler.sources.reading.loose_values import (
    read_currency,
    read_objects,
    read_price,
    read_text,
    read_url,
    read_word,
    unique,
)
from crawler.sources.reading.store_url import read_store_url, source_name
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.tree import Category

API, OLDER_API = "/wp-json/wc/store/v1", "/wp-json/wc/store"
"""Where the Store API is, and where it was before WooCommerce 6.4."""
PAGE_SIZE = 100
# A header may say anything; a task for each page is queued at once.
MAX_PAGES = 10_000
PLACEHOLDER = "uncategorized"
"""The category that WooCommerce gives to products without one."""
BRAND_ATTRIBUTES = frozenset({"brand", "pa_brand", "product_brand"})


class WooCommerce:
    """All the products of one WooCommerce store, with its category tree."""

    def __init__(
        self, store: str, *, categories: Sequence[str] = (), name: str | None = None
    ) -> None:
        """Prepare to visit a store.

        Args:
            store: Its address.
            categories: Ids or slugs of the only categories to visit, with all below them.
            name: What its products' ids begin with; made from the address if not given.

        Raises:
            ConfigError: If the address is none.
        """
        self.store = read_store_url(store)
        self.name = name or source_name("woocommerce", self.store)
        # The API takes several at once, and adds what is below them.
        self.categories = ",".join(categories)
        self.host = host_of(self.store)
        self._api = API
        self.scope = f"{self.store} {self.categories}".strip()
        """What makes this another crawl than one with other settings."""

    def seeds(self) -> Iterable[Task]:
        """Begin with the tree and the first page of products."""
        return [page_task("categories"), page_task("products", category=self.categories)]

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:
        """Fetch and read one page."""
        page = task.data["page"]
        params: dict[str, Any] = {"per_page": PAGE_SIZE, "page": page}
        # New products come last by id, so that pages do not shift while they are read.
        params |= {"orderby": "id", "order": "asc"}
        if task.kind == "categories":
            # Those without products, too: it is the whole tree that is to be known.
            place, params["hide_empty"] = "/products/categories", "false"
        else:
            place = "/products"
            if task.data.get("category"):
                params["category"] = task.data["category"]
        answer = self._fetch(place, params, fetcher)
        if answer.not_modified:
            return Visit()
        if not isinstance(answer.value, list):
            raise SourceError(f"{self.store}{self._api}{place} is no list.", reason="no-list")
        following = following_pages(answer.headers, page, len(answer.value))
        tasks = tuple(
            page_task(task.kind, number, category=task.data.get("category", ""))
            for number in following
        )
        if task.kind == "categories":
            return Visit(tasks=tasks, categories=parse_categories(answer.value))
        items, skipped = [], []
        for number, entry in enumerate(answer.value, start=1):
            try:
                items.append(parse_product(entry, source=self.name, store=self.store))
            except SourceError as error:
                skipped.append(SkippedEntry(f"page {page} product {number}", error.reason))
        return Visit(tuple(items), tasks, skipped=tuple(skipped))

    def _fetch(self, place: str, params: dict[str, Any], fetcher: Fetcher) -> JsonPage:
        """Fetch a page of the API, wherever the store has it."""
        try:
            return fetch_json(fetcher, self.store + self._api + place, params)
        except FetchError as error:
            if error.status != 404 or self._api == OLDER_API:
                raise
            answer = fetch_json(fetcher, self.store + OLDER_API + place, params)
            # Of all threads each may find it out: they find the same.
            self._api = OLDER_API
            return answer


def page_task(kind: str, page: int = 1, *, category: str = "") -> Task:
    """Return the task of one page."""
    key = f"{category}/{page}" if category else str(page)
    return Task(kind, key, {"page": page, **({"category": category} if category else {})})


def following_pages(headers: Mapping[str, str], page: int, entries: int) -> Sequence[int]:
    """Tell which pages to ask for after one.

    The first page names all others, so that they can be fetched side by side.

    Args:
        headers: Of the answer.
        page: Its number.
        entries: How many it has.

    >>> list(following_pages({"X-WP-TotalPages": "4"}, 1, 100))
    [2, 3, 4]
    >>> list(following_pages({"X-WP-TotalPages": "4"}, 3, 100)), list(following_pages({}, 3, 100))
    ([], [4])
    """
    total = headers.get("X-WP-TotalPages", "")
    # To Python ² is a digit, too, but no number.
    if total.isascii() and total.isdigit() and len(total) < 10:
        last = min(int(total), MAX_PAGES)
        if page == 1:
            return range(2, last + 1)
        # The store has grown since the first page was read.
        return [page + 1] if page == last and 'rel="next"' in headers.get("Link", "") else []
    return [page + 1] if entries >= PAGE_SIZE and page < MAX_PAGES else []


def parse_categories(entries: Sequence[Any]) -> tuple[Category, ...]:
    """Turn entries of ``/products/categories`` into nodes of the tree.

    >>> parse_categories([{"id": 9, "name": "Hats &amp; Caps", "parent": 0}])
    (Category(id='9', name='Hats & Caps', parent_id=None, full_name=''),)
    """
    nodes: dict[str, Category] = {}
    for entry in read_objects(list(entries)):
        category_id = read_word(entry.get("id"))
        name = clean_text(read_word(entry.get("name")))
        parent = read_word(entry.get("parent"))
        if category_id and name:
            # 0 is no category; one that is its own parent would be a ring.
            parent_id = None if parent in ("", "0", category_id) else parent
            nodes.setdefault(category_id, Category(category_id, name, parent_id))
    return tuple(nodes.values())


def parse_product(product: Any, *, source: str = "woocommerce", store: str = "") -> Item:
    """Turn one entry of ``/products`` into an item.

    Raises:
        SourceError: If it is no product, or has no id.

    >>> prices = {"price": "1105", "currency_code": "GBP", "currency_minor_unit": 2}
    >>> item = parse_product({"id": 34, "name": "Pennant", "prices": prices})
    >>> item.source_id, item.price, item.currency
    ('34', 11.05, 'GBP')
    """
    if not isinstance(product, dict):
        raise SourceError("An entry is no product.", reason="no-product")
    source_id = read_word(product.get("id"))
    if not source_id:
        raise SourceError("A product has no id.", reason="no-id")
    prices = product.get("prices")
    prices = prices if isinstance(prices, dict) else {}
    categories = list(read_objects(product.get("categories")))
    descriptions = [read_text(product.get(key)) for key in ("short_description", "description")]
    parent = read_word(product.get("parent"))
    return Item(
        source=source,
        source_id=source_id,
        name=read_text(product.get("name")),
        description="\n".join(text for text in descriptions if text),
        url=read_url(product.get("permalink"), f"{store}/"),
        category=choose_category(categories),
        categories=unique(read_word(category.get("id")) for category in categories),
        image_urls=unique(
            # A thumbnail is better than no picture.
            read_url(image.get("src") or image.get("thumbnail"), f"{store}/")
            for image in read_objects(product.get("images"))
        ),
        brand=find_brand(product),
        price=read_minor_units(prices.get("price"), prices.get("currency_minor_unit")),
        currency=read_currency(prices.get("currency_code")),
        # 0 where the product is no variation of another.
        group="" if parent == "0" else parent,
    )


def choose_category(categories: Sequence[Mapping[str, Any]]) -> str | None:
    """Choose the one that says most: the deepest, and the first of several.

    They are listed by name, parents and children alike. The address of each shows its depth.

    >>> shoes = {"id": 1, "slug": "shoes", "link": "https://a.example/product-category/shoes/"}
    >>> boots = {"id": 2, "slug": "boots", "link": shoes["link"] + "boots/"}
    >>> choose_category([shoes, boots])
    '2'
    >>> choose_category([{"id": 15, "slug": "uncategorized"}])
    """
    real = [
        category
        for category in categories
        if read_word(category.get("id")) and category.get("slug") != PLACEHOLDER
    ]
    if not real:
        return None
    return read_word(max(real, key=_depth)["id"])


def _depth(category: Mapping[str, Any]) -> int:
    try:
        path = urlsplit(read_word(category.get("link"))).path
    except ValueError:
        return 0
    return len([part for part in path.split("/") if part])


def find_brand(product: Mapping[str, Any]) -> str:
    """Return the brand, which older stores keep as an attribute.

    >>> find_brand({"attributes": [{"taxonomy": "pa_brand", "terms": [{"name": "Northfield"}]}]})
    'Northfield'
    """
    named = list(read_objects(product.get("brands")))
    for attribute in read_objects(product.get("attributes")):
        title = read_word(attribute.get("taxonomy")) or read_word(attribute.get("name"))
        if title.lower() in BRAND_ATTRIBUTES:
            named += read_objects(attribute.get("terms"))
    names = (clean_text(read_word(brand.get("name"))) for brand in named)
    return next((name for name in names if name), "")


def read_minor_units(amount: Any, digits: Any) -> float | None:
    """Turn an integer of cents, or what the currency has, into its price.

    >>> read_minor_units("1105", 2), read_minor_units("4900", 0), read_minor_units("", 2)
    (11.05, 4900.0, None)
    """
    price = read_price(amount)
    # Two is what most currencies have; True is an int, but no number of digits.
    if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= 10:
        digits = 2
    return None if price is None else round(price / 10**digits, digits)
