"""The numbers of a profile."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import IntArray
from prodcat.explore.catalogue import Catalogue
from prodcat.explore.colour_names import COLOURS
from prodcat.explore.picture_facts import PictureFacts
from prodcat.taxonomy.paths import join_path

LARGEST = 20
SHOWN_ROWS = 500
"""Products that a button shows at most."""
SIZE_STEPS = (1, 3, 10, 30, 100, 300, 1000)
"""Where the groups of category sizes begin."""
BINS = 24


@dataclass(frozen=True)
class Count:
    """How many products are of something."""

    name: str
    count: int
    rows: tuple[int, ...]
    """The first of them."""


@dataclass(frozen=True)
class Level:
    """One level of the tree, the roots being level 1."""

    level: int
    categories: int
    """That have products, at or below them."""
    products: int
    """Labelled at this level or deeper."""
    labels: int
    """Labelled at this level itself."""


@dataclass(frozen=True)
class Histogram:
    """How often values fall between edges."""

    edges: tuple[float, ...]
    """One more than there are counts."""
    counts: tuple[int, ...]
    """Of from one edge to just below the next; of the last up to its end."""
    median: float
    low: float
    high: float
    """One in twenty values is below, and one in twenty above."""
    log: bool
    """Each bin is as many times wider than the one before."""

    @property
    def total(self) -> int:
        """Number of values."""
        return sum(self.counts)


@dataclass(frozen=True)
class PriceLevel:
    """Prices of the products of one category."""

    category: str
    products: int
    low: float
    median: float
    high: float
    """One in twenty is below ``low``, and one in twenty above ``high``."""


@dataclass(frozen=True)
class Profile:
    """What a catalogue holds."""

    products: int
    levels: tuple[Level, ...]
    largest: tuple[Count, ...]
    category_sizes: tuple[tuple[str, int], ...]
    """Products of a category → how many categories have so many."""
    missing: tuple[Count, ...]
    """Part → products without it."""
    broken_pictures: int
    name_lengths: Histogram | None
    """In characters."""
    description_lengths: Histogram | None
    picture_sides: Histogram | None
    """Of the longer side, in pixels."""
    picture_sizes: tuple[Count, ...]
    """The commonest, such as ``60 × 80``."""
    colours: tuple[Count, ...]
    prices: Histogram | None
    prices_by_category: tuple[PriceLevel, ...]
    columns: tuple[tuple[str, int, tuple[Count, ...]], ...]
    """Name of a column, its different values, and the commonest of them."""


def count_profile(catalogue: Catalogue, facts: PictureFacts | None) -> Profile:
    """Count what a catalogue holds.

    Args:
        catalogue: The products.
        facts: What their pictures are like; None where they were not opened.
    """
    labels = [join_path(path) if path else None for path in catalogue.paths]
    by_label = Counter(label for label in labels if label)
    sides: Histogram | None = None
    sizes: tuple[Count, ...] = ()
    colours: tuple[Count, ...] = ()
    if facts is not None and facts.present.any():
        sides = histogram(facts.sizes[facts.present].max(axis=1))
        shown = [f"{w} × {h}" if w else None for w, h in facts.sizes.tolist()]
        sizes = commonest(shown, 6)
        named = [COLOURS[code] if code >= 0 else None for code in facts.colours.tolist()]
        colours = commonest(named, len(COLOURS))
    there = catalogue.prices[np.isfinite(catalogue.prices)]
    columns = []
    for name, values in catalogue.columns.items():
        different = len({value for value in values if value})
        if different > 1:
            columns.append((name, different, commonest(values, LARGEST)))
    return Profile(
        products=len(catalogue),
        levels=_levels(catalogue),
        largest=commonest(labels, LARGEST),
        category_sizes=_category_sizes(list(by_label.values())),
        missing=_missing(catalogue),
        broken_pictures=0 if facts is None else facts.broken,
        name_lengths=histogram([len(name) for name in catalogue.names if name]),
        description_lengths=histogram([len(text) for text in catalogue.descriptions if text]),
        picture_sides=sides,
        picture_sizes=sizes,
        colours=colours,
        prices=histogram(there),
        prices_by_category=_prices(catalogue),
        columns=tuple(columns),
    )


def commonest(values: Sequence[str | None], most: int) -> tuple[Count, ...]:
    """Return the commonest texts, the commonest first; None and the empty text are none.

    >>> [(c.name, c.count, c.rows) for c in commonest(["a", "b", None, "b"], 1)]
    [('b', 2, (1, 3))]
    """
    rows: dict[str, list[int]] = {}
    counts: Counter[str] = Counter()
    for row, value in enumerate(values):
        if value:
            counts[value] += 1
            some = rows.setdefault(value, [])
            if len(some) < SHOWN_ROWS:
                some.append(row)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
    return tuple(Count(name, count, tuple(rows[name])) for name, count in ordered)


def histogram(values: ArrayLike) -> Histogram | None:
    """Count values in bins of equal width, or of equal ratio where they differ by far.

    Returns:
        None of no values.

    >>> histogram([1, 1, 2]).counts[0], histogram([1, 1, 2]).median
    (2, 1.0)
    """
    numbers = np.asarray(values, dtype=np.float64)
    if not len(numbers):
        return None
    low, median, high = np.percentile(numbers, [5, 50, 95]).tolist()
    least, most = float(numbers.min()), float(numbers.max())
    log = least > 0 and most > 20 * least
    whole = bool((numbers == np.rint(numbers)).all())
    if least == most:
        edges = np.array([least, least + 1])
    elif log:
        edges = np.geomspace(least, most, BINS + 1)
    elif whole:
        # No bin of one whole number beside one of two.
        step = max(1, -(-(int(most - least) + 1) // BINS))
        edges = np.arange(least, most + step + 1, step)
    else:
        edges = np.linspace(least, most, BINS + 1)
    # The ends after rounding are not quite those of the values.
    edges[0], edges[-1] = min(edges[0], least), max(edges[-1], most)
    counts, _ = np.histogram(numbers, edges)
    return Histogram(tuple(edges.tolist()), tuple(counts.tolist()), median, low, high, log)


def _levels(catalogue: Catalogue) -> tuple[Level, ...]:
    categories: list[set[tuple[str, ...]]] = [set() for _ in range(catalogue.levels)]
    products, labels = [0] * catalogue.levels, [0] * catalogue.levels
    for path in catalogue.paths:
        for level in range(len(path or ())):
            categories[level].add(tuple(path or ())[: level + 1])
            products[level] += 1
        if path:
            labels[len(path) - 1] += 1
    return tuple(
        Level(level + 1, len(categories[level]), products[level], labels[level])
        for level in range(catalogue.levels)
    )


def _category_sizes(sizes: Sequence[int]) -> tuple[tuple[str, int], ...]:
    if not sizes:
        return ()
    places: IntArray = np.searchsorted(SIZE_STEPS, sizes, side="right") - 1
    counts = np.bincount(places, minlength=len(SIZE_STEPS)).tolist()
    names = [f"{a} to {b - 1}" for a, b in pairwise(SIZE_STEPS)]
    return tuple(zip([*names, f"{SIZE_STEPS[-1]:,} or more"], counts, strict=True))


def _missing(catalogue: Catalogue) -> tuple[Count, ...]:
    absent = {
        "name": [not name for name in catalogue.names],
        "description": [not text for text in catalogue.descriptions],
        "picture": (~catalogue.has_picture).tolist(),
        "category": [not path for path in catalogue.paths],
    }
    if np.isfinite(catalogue.prices).any():
        absent["price"] = np.isnan(catalogue.prices).tolist()
    counts = []
    for part, flags in absent.items():
        rows = [row for row, flag in enumerate(flags) if flag]
        counts.append(Count(part, len(rows), tuple(rows[:SHOWN_ROWS])))
    return tuple(counts)


def _prices(catalogue: Catalogue) -> tuple[PriceLevel, ...]:
    by_top: dict[str, list[float]] = {}
    # Of a single root, which is all there is, the level below says more.
    tops = {path[0] for path in catalogue.paths if path}
    depth = 2 if len(tops) == 1 else 1
    for path, price in zip(catalogue.paths, catalogue.prices.tolist(), strict=True):
        if path and np.isfinite(price):
            by_top.setdefault(join_path(path[:depth]), []).append(price)
    levels = []
    for category, prices in by_top.items():
        low, median, high = np.percentile(prices, [5, 50, 95]).tolist()
        levels.append(PriceLevel(category, len(prices), low, median, high))
    levels.sort(key=lambda level: (-level.products, level.category))
    return tuple(levels[:LARGEST])
