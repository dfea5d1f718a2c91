"""ShopStyle's filters, to split what has more products than one query shows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.errors import SourceError
from crawler.sources.reading.loose_values import read_objects, read_word

WINDOW = 5000
"""Products of one query that can be reached by offset."""
MAX_TOGETHER = 20
"""Filters of one query, so that addresses stay short."""
# It becomes a part of an address and of a task's key, where nothing else may stand.
FILTER_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True)
class FilterKind:
    """One way to split."""

    name: str
    """As ``/products/histogram`` calls it."""
    key: str
    """Its list in the answer."""
    prefix: str


FILTER_KINDS = (
    FilterKind("Price", "priceHistogram", "p"),
    FilterKind("Brand", "brandHistogram", "b"),
)


def next_kind(filters: Sequence[str]) -> FilterKind | None:
    """Return by what to split further; None when nothing is left.

    >>> next_kind([]).name, next_kind(["p31"]).name, next_kind(["p31", "b7"])
    ('Price', 'Brand', None)
    """
    used = {name[:1] for name in filters}
    return next((kind for kind in FILTER_KINDS if kind.prefix not in used), None)


def split_histogram(answer: Mapping[str, Any], kind: FilterKind) -> Iterator[tuple[list[str], int]]:
    """Yield groups of filters, each with its number of products, as large as a query shows.

    A filter that alone has more is a group of its own.

    Raises:
        SourceError: If the answer has no such list.

    >>> entries = [{"id": "1", "count": 3000}, {"id": "2", "count": 1500}, {"id": "4", "count": 9}]
    >>> list(split_histogram({"brandHistogram": entries}, FILTER_KINDS[1]))
    [(['b1', 'b2', 'b4'], 4509)]
    >>> entries[1]["count"] = 6000
    >>> list(split_histogram({"priceHistogram": entries}, FILTER_KINDS[0]))
    [(['p1'], 3000), (['p2'], 6000), (['p4'], 9)]
    """
    if not isinstance(answer.get(kind.key), list):
        raise SourceError(f"The histogram has no {kind.key}.", reason="no-histogram")
    group: list[str] = []
    total = 0
    for entry in read_objects(answer[kind.key]):
        filter_id, count = read_word(entry.get("id")), entry.get("count")
        # The type itself: True is an int, too.
        if not FILTER_ID.fullmatch(filter_id) or type(count) is not int or count < 1:
            continue
        if group and (total + count > WINDOW or len(group) == MAX_TOGETHER):
            yield group, total
            group, total = [], 0
        group.append(kind.prefix + filter_id)
        total += count
    if group:
        yield group, total
