"""ShopStyle, through its API: the category tree, then the products of every leaf.

A query shows 5,000 products at most. Where more are asked for, a leaf is split by price
filters, and a price that alone has more by brands.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from crawler.errors import CrawlStopped, FetchError, SourceError
from crawler.http.addresses import check_url, host_of
from crawler.http.fetcher import Fetcher
from crawler.http.statuses import is_busy
from crawler.items import Item, SkippedEntry, Task, Visit
from crawler.sources.reading.loose_values import read_word
from crawler.sources.shopstyle.products import SIZES, parse_product
from crawler.sources.shopstyle.tree import leaves_below, parse_categories
from crawler.sources.shopstyle.windows import WINDOW, next_kind, split_histogram
from prodcat.errors import ConfigError

API = "https://api.shopstyle.com/api/v2"
PAGE_SIZE = 50
REFUSED_KEY = (401, 403)
# A shorter key is found in texts that have nothing to do with it.
MIN_KEY_CHARS = 6


@dataclass(frozen=True)
class ShopStyleSettings:
    """What to crawl of ShopStyle."""

    category: str = ""
    """Id or number of the category to start at; empty for the whole tree."""
    per_category: int = 1000
    """Most products of each leaf."""
    locale: str = ""
    site: str = ""
    """Such as www.shopstyle.co.uk; empty for the API's own."""
    api: str = API
    image_size: str = "XLarge"
    """The picture to fetch is the best at or below this size."""

    def __post_init__(self) -> None:
        if self.image_size not in SIZES:
            raise ConfigError(
                f"Unknown picture size {self.image_size!r}. Choose one of: {', '.join(SIZES)}."
            )
        if self.per_category < 1:
            raise ConfigError(f"per_category ({self.per_category}) must be at least 1.")
        try:
            check_url(self.api)
        except FetchError as error:
            raise ConfigError(f"The address of the API is none: {error}") from error


class ShopStyle:
    """The products of ShopStyle's categories."""

    name = "shopstyle"

    def __init__(self, pid: str, settings: ShopStyleSettings | None = None) -> None:
        if not pid.strip():
            raise ConfigError("ShopStyle needs a partner id: --pid KEY.")
        self._pid = pid.strip()
        self.settings = settings or ShopStyleSettings()
        self.host = host_of(self.settings.api)
        self.scope = " ".join(
            f"{name}={value}" for name, value in vars(self.settings).items() if value
        )
        """What makes this another crawl than one with other settings."""

    def seeds(self) -> Iterable[Task]:
        """Begin with the tree."""
        return [Task("categories", "all")]

    def visit(self, task: Task, fetcher: Fetcher) -> Visit:
        """Fetch and read the tree, a page of products, or the counts to split a leaf by."""
        visits = {
            "categories": self._visit_categories,
            "page": self._visit_page,
            "window": self._visit_window,
        }
        return visits[task.kind](task, fetcher)

    def _visit_categories(self, _: Task, fetcher: Fetcher) -> Visit:
        answer = self._call(fetcher, "categories")
        # Unchanged, and so are the tasks that it led to: they are in the corpus.
        if answer is None:
            return Visit()
        nodes = parse_categories(answer)
        start = self.settings.category
        if start and not any(start in node.names for node in nodes):
            start = self._ask_for_category(fetcher)
        tasks = tuple(page_task(leaf) for leaf in leaves_below(nodes, start))
        return Visit(categories=tuple(node.category for node in nodes), tasks=tasks)

    def _ask_for_category(self, fetcher: Fetcher) -> str:
        """Let the API say which category is meant by a number or an old id."""
        name = self.settings.category
        try:
            # Whole, even if it was asked for before: "not modified" would not tell the id.
            answer = self._call(fetcher, "categories", cat=name, depth=1, again=True) or {}
        except FetchError as error:
            if error.status == 404:
                raise CrawlStopped(f"ShopStyle has no category {name!r:.80}.") from error
            raise
        metadata = answer.get("metadata")
        root = metadata.get("root") if isinstance(metadata, dict) else None
        return read_word(root.get("id")) if isinstance(root, dict) else name

    def _visit_page(self, task: Task, fetcher: Fetcher) -> Visit:
        data = task.data
        category, offset, most = data["category"], data["offset"], data["most"]
        filters = data["filters"]
        limit = self.settings.per_category if most is None else most
        answer = self._call(
            fetcher,
            "products",
            cat=category,
            fl=filters,
            offset=offset,
            limit=min(PAGE_SIZE, limit - offset),
        )
        if answer is None:
            return Visit()
        metadata = answer.get("metadata")
        total = read_count(metadata, "total")
        if offset == 0 and limit > WINDOW < total:
            # Its products come again with the parts, so those of this page are left to them.
            return Visit(tasks=(window_task(category, filters, limit),))
        products = answer.get("products") or []
        if not isinstance(products, list):
            raise SourceError(f"The products of {category} are no list.", reason="no-products")
        end = min(total, limit, WINDOW)
        # Else a shop that answers nothing for a moment would lose the rest of the category.
        if not products and offset < end:
            raise SourceError(
                f"{category} has {total} products, but shows none from the {offset}th on.",
                reason="no-products",
            )
        items, skipped = [], []
        for number, product in enumerate(products[: limit - offset]):
            try:
                item = parse_product(product, category, size=self.settings.image_size)
                items.append(self._without_key(item))
            except SourceError as error:
                skipped.append(SkippedEntry(f"{category} {offset + number}", error.reason))
        # The first page names all others, so that they can be fetched side by side; the API may
        # show fewer a page than it is asked for.
        step = min(max(1, read_count(metadata, "limit")), PAGE_SIZE) if offset == 0 else PAGE_SIZE
        following = range(offset + step, end, step) if offset == 0 else ()
        tasks = tuple(page_task(category, filters, offset=at, most=most) for at in following)
        return Visit(tuple(items), tasks, skipped=tuple(skipped))

    def _visit_window(self, task: Task, fetcher: Fetcher) -> Visit:
        """Split what one query cannot show into several that can."""
        data = task.data
        category, filters, missing = data["category"], data["filters"], data["most"]
        kind = next_kind(filters)
        if kind is None:
            # One brand at one price: its first products are all that can be reached.
            reason = f"more than {WINDOW} of one brand and price"
            page = page_task(category, filters, most=min(missing, WINDOW))
            place = f"{category} {' '.join(filters)}"
            return Visit(tasks=(page,), skipped=(SkippedEntry(place, reason),))
        answer = self._call(
            fetcher, "products/histogram", cat=category, fl=filters, filters=kind.name
        )
        if answer is None:
            return Visit()
        tasks = []
        for added, count in split_histogram(answer, kind):
            if missing <= 0:
                break
            most = min(missing, count)
            narrower = [*filters, *added]
            if count > WINDOW:
                tasks.append(window_task(category, narrower, most))
            else:
                tasks.append(page_task(category, narrower, most=most))
            missing -= most
        return Visit(tasks=tuple(tasks))

    def _call(
        self, fetcher: Fetcher, method: str, *, again: bool = False, **params: Any
    ) -> dict[str, Any] | None:
        """Call the API; None where nothing has changed.

        The key is our leave to call it, so robots.txt is not asked; for pictures it is.
        """
        settings = self.settings
        common = {"pid": self._pid, "format": "json", "locales": settings.locale}
        query = {k: v for k, v in {**common, "site": settings.site, **params}.items() if v != ""}
        try:
            answer = fetcher.json(
                f"{settings.api.rstrip('/')}/{method}",
                params=query,
                conditional=not again,
                robots=False,
            )
        except FetchError as error:
            # No other request would fare better: this ends the crawl, not one task.
            if error.status in REFUSED_KEY:
                raise key_refused(read_error(error.body)) from error
            raise
        if answer is not None and not isinstance(answer, dict):
            raise SourceError(f"{method} did not answer with an object.", reason="no-object")
        if answer and "errorCode" in answer:
            raise api_error(answer, method)
        return answer

    def _without_key(self, item: Item) -> Item:
        """Make sure that no address brings our key into the corpus."""
        texts = (item.url, item.name, item.description, *item.image_urls)
        if not any(self._pid in text for text in texts) or len(self._pid) < MIN_KEY_CHARS:
            return item
        images = tuple(url for url in item.image_urls if self._pid not in url)
        return replace(item, url="" if self._pid in item.url else item.url, image_urls=images)


def page_task(
    category: str, filters: Iterable[str] = (), *, offset: int = 0, most: int | None = None
) -> Task:
    """Fetch a page of a category; *most* limits a part of one, None is the crawl's own limit."""
    filters = list(filters)
    # `most` is no part of the key: the same page is one task, however many are wanted of it.
    data = {"category": category, "filters": filters, "offset": offset, "most": most}
    return Task("page", " ".join([category, *filters, str(offset)]), data)


def window_task(category: str, filters: Iterable[str], most: int) -> Task:
    """Split a category, or a part of one, that has more than one query can show."""
    filters = list(filters)
    data = {"category": category, "filters": filters, "most": most}
    return Task("window", " ".join([category, *filters]), data)


def read_count(metadata: Any, name: str) -> int:
    """Read a number of the metadata.

    Raises:
        SourceError: If it is not there; nothing would tell where a category ends.
    """
    value = metadata.get(name) if isinstance(metadata, dict) else None
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise SourceError(f"A page of products has no {name}.", reason=f"no-{name}")
    return value


def read_error(body: bytes) -> Mapping[str, Any]:
    """Read the body of an error, as far as it is one."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def key_refused(error: Mapping[str, Any]) -> CrawlStopped:
    """Say that the key is wrong, without showing it."""
    name = read_word(error.get("errorName")) or "401"
    return CrawlStopped(
        f"ShopStyle does not accept the partner id ({name:.60}). Check it: --pid KEY,"
        " or the environment variable PRODCAT_SHOPSTYLE_PID."
    )


def api_error(answer: Mapping[str, Any], method: str) -> CrawlStopped | FetchError:
    """Turn an error that came with status 200 into what it is."""
    code = answer["errorCode"]
    status = code if isinstance(code, int) and not isinstance(code, bool) else 0
    # The number of the error is that of a status, and so is its meaning.
    if status in REFUSED_KEY:
        return key_refused(answer)
    name = read_word(answer.get("errorName")) or read_word(answer.get("errorMessage"))
    return FetchError(
        f"{method} answered with error {status} ({name:.100}).",
        reason=f"api-{status}",
        status=status,
        retryable=is_busy(status),
    )
