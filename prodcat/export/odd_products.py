"""Chooses the products for which two readings of a model would answer differently, if any do."""

import re
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np

from prodcat.corpus.product_row import ProductRow
from prodcat.inputs.text import says_something

OF_EACH_KIND = 3

# ASCII letters and what stands between them; anything else is read by other rules.
PLAIN = re.compile(r"[\x20-\x7e]*")
KINDS: Sequence[Callable[[ProductRow], float]] = (
    lambda row: len(row.name),
    lambda row: -len(row.name),
    lambda row: len(row.description),
    lambda row: -len(row.description),
    lambda row: bool(row.name) and not says_something(row.name),
    lambda row: bool(row.description) and not says_something(row.description),
    lambda row: not row.name,
    lambda row: not row.description,
    lambda row: row.image_sha256 is None,
    lambda row: bool(row.image_sha256) and not says_something(row.name + row.description),
    lambda row: len(PLAIN.sub("", row.name + row.description)),
    lambda row: sum(letter.isdigit() for letter in row.name) / max(1, len(row.name)),
    lambda row: sum(letter.isupper() for letter in row.name) / max(1, len(row.name)),
    lambda row: max(map(len, (row.name + " " + row.description).split()), default=0),
    lambda row: row.name == row.description and bool(row.name),
)
"""How odd a product is, in each way that we know of; the most of each kind are taken."""


def choose_odd(rows: Sequence[ProductRow], count: int) -> tuple[ProductRow, ...]:
    """Choose products: the oddest of each kind, and others evenly spread.

    The first products of a corpus are much alike, and what a network and its exported graphs may
    read in two ways is rare: a text without a letter, one that is cut, a part that is absent.

    Args:
        rows: Products to choose from.
        count: How many, at most.

    Returns:
        They, in the order of *rows*.
    """
    chosen: dict[int, None] = {}
    for kind in KINDS:
        oddness = [kind(row) for row in rows]
        # Stable, so that among equals the first ones are taken, each time the same.
        order = sorted(range(len(rows)), key=lambda place: -oddness[place])
        # Many kinds are not there at all, and then their first products would be no odder.
        odd = [place for place in order[:OF_EACH_KIND] if oddness[place] > min(oddness)]
        chosen |= dict.fromkeys(odd)
    places = sorted(list(dict.fromkeys(chain(chosen, spread(len(rows), count))))[:count])
    return tuple(rows[place] for place in places)


def spread(total: int, count: int) -> list[int]:
    """Return *count* places, or all if there are fewer, evenly spread.

    >>> spread(9, 3), spread(2, 3)
    ([0, 4, 8], [0, 1])
    """
    places: list[int] = np.linspace(0, total - 1, min(count, total)).astype(int).tolist()
    return places
