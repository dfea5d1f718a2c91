"""What a map shows, apart from how: products, their places, their colours and what is told of them.

Whatever stands here may be strangers' text: the page shows it as text. Only the HTML of a `Panel`
is written as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import Float32Array, IntArray
from prodcat.errors import InputError
from prodcat.wording import shown

TONES = ("good", "bad", "quiet")
"""Colours that mean something, for groups such as right and wrong."""


@dataclass(frozen=True)
class ClusterLabel:
    """Words at a place of a layout."""

    x: float
    y: float
    text: str
    size: int
    """Products that it speaks for; of two that would overlap, the larger is shown."""


@dataclass(frozen=True)
class MapLayout:
    """A place for each product; a tab of the page."""

    name: str
    """Such as ``UMAP``; unlike that of every other layout."""
    about: str
    """One sentence under the map: of what, how, and how faithful."""
    xy: Float32Array
    """Places, (N, 2), in any unit; y grows upwards. A product with NaN is not drawn."""
    labels: tuple[ClusterLabel, ...] = ()


@dataclass(frozen=True)
class ColourBy:
    """A partition of the products, to colour and filter by."""

    name: str
    """Such as ``category, level 1``; unlike that of every other partition."""
    codes: IntArray
    """Each product's group, (N,), an index of `names`; -1 for none."""
    names: tuple[str, ...]
    tones: Mapping[str, str] = field(default_factory=dict)
    """Name of a group → one of `TONES`, where its colour should mean that."""
    ordered: bool = False
    """The groups follow one another, as prices do: a ramp of colours, in the order given."""
    in_card: bool = True
    """A product's card tells its group."""


@dataclass(frozen=True)
class Fact:
    """Something that a product's card tells, beside its name, its id and its groups."""

    name: str
    values: Sequence[str | None]
    """Of each product; None and the empty text are not told."""


@dataclass(frozen=True)
class Panel:
    """A tab of the page beside the map, such as the profile of the corpus.

    Its HTML is written as it is: whatever comes from strangers must be escaped in it, and scripts
    in it do not run. The page gives it ``.scroll``, tables, ``.card``, ``.gallery`` and the
    colours ``var(--text)``, ``--quiet``, ``--line``, ``--panel``, ``--link``, ``--good``,
    ``--bad``, light and dark. Two attributes it makes alive, with indices of products:
    ``<button data-show="12 55">`` shows these products on the map and in the list, and
    ``<span data-picture="12"></span>`` becomes the product's picture.
    """

    name: str
    """On the tab."""
    html: str


class Pictures(Protocol):
    """The products' pictures, one after another; a list of bytes is one."""

    def __len__(self) -> int:
        """Return the number of products."""
        ...

    def __getitem__(self, row: int, /) -> bytes | None:
        """Return an encoded picture of any format and size; None where there is none."""
        ...


@dataclass(frozen=True)
class MapData:
    """All that the page of a map shows of N products.

    Raises:
        InputError: If anything is not of N products, or there is no layout.
    """

    title: str
    ids: Sequence[str]
    names: Sequence[str]
    layouts: tuple[MapLayout, ...]
    """The first is shown first."""
    colourings: tuple[ColourBy, ...] = ()
    """The first is shown first."""
    facts: tuple[Fact, ...] = ()
    pictures: Pictures | None = None
    panels: tuple[Panel, ...] = ()
    about: str = ""
    """A line under the title."""
    notes: tuple[str, ...] = ()
    """What a reader must know: what was left out, and how to read the map."""

    def __post_init__(self) -> None:
        if not self.layouts:
            raise InputError("A map needs at least one layout, and found none.")
        counts = {"names": len(self.names)}
        if self.pictures is not None:
            counts["pictures"] = len(self.pictures)
        counts |= {f"colours by {c.name!r}": len(c.codes) for c in self.colourings}
        counts |= {f"values of {fact.name!r}": len(fact.values) for fact in self.facts}
        for what, count in counts.items():
            if count != self.n:
                raise InputError(f"Expected {self.n} {what}, as many as ids, found {count}.")
        for layout in self.layouts:
            if layout.xy.shape != (self.n, 2):
                raise InputError(
                    f"Expected places of shape ({self.n}, 2) for {layout.name!r},"
                    f" found {layout.xy.shape}."
                )
        for colouring in self.colourings:
            _check_codes(colouring)

    @property
    def n(self) -> int:
        """Number of products."""
        return len(self.ids)


def _check_codes(colouring: ColourBy) -> None:
    codes, groups = colouring.codes, len(colouring.names)
    if len(codes) and not -1 <= codes.min() <= codes.max() < groups:
        raise InputError(
            f"Codes of {colouring.name!r} run from {codes.min()} to {codes.max()};"
            f" expected -1 to {groups - 1}, indices of its names."
        )
    unknown = set(colouring.tones.values()) - set(TONES)
    if unknown:
        raise InputError(f"Unknown tone {min(unknown)!r}. Choose one of: {', '.join(TONES)}.")


def by_text(name: str, values: Sequence[str | None], *, in_card: bool = True) -> ColourBy:
    """Return the partition by equal texts; None and the empty text are no group.

    >>> by_text("source", ["shop", None, "other", "shop"]).names
    ('shop', 'other')
    """
    places: dict[str, int] = {}
    codes = [places.setdefault(value, len(places)) if value else -1 for value in values]
    return ColourBy(name, np.array(codes, np.int64), tuple(places), in_card=in_card)


def by_number(name: str, values: ArrayLike, *, groups: int = 8, in_card: bool = True) -> ColourBy:
    """Return the partition of numbers, such as prices, into groups of about equal counts.

    Args:
        name: On the page.
        values: Of each product, (N,); NaN for none.
        groups: How many at most; fewer where many values are equal.
        in_card: As in `ColourBy`.

    >>> by_number("price", [1, 2, 3, 40, float("nan")], groups=2).names
    ('1 to 2', '3 to 40')
    """
    numbers = np.asarray(values, np.float64)
    known = np.flatnonzero(np.isfinite(numbers))
    codes = np.full(len(numbers), -1, np.int64)
    if not len(known):
        return ColourBy(name, codes, (), ordered=True, in_card=in_card)
    # By the share of products below each value, so that equal values stay together.
    _, inverse, counts = np.unique(numbers[known], return_inverse=True, return_counts=True)
    below = np.cumsum(counts) - counts
    _, group_of = np.unique(below * groups // len(known), return_inverse=True)
    codes[known] = group_of[inverse]
    names = []
    for group in range(codes.max() + 1):
        within = numbers[codes == group]
        low, high = shown_number(within.min()), shown_number(within.max())
        names.append(low if low == high else f"{low} to {high}")
    return ColourBy(name, codes, _unlike(names), ordered=True, in_card=in_card)


def shown_number(value: float) -> str:
    """Write a number briefly.

    >>> shown_number(1250.0), shown_number(0.12345)
    ('1,250', '0.1235')
    """
    return shown(int(value)) if value == int(value) else shown(float(value))


def _unlike(names: Sequence[str]) -> tuple[str, ...]:
    """Number what would read the same after rounding."""
    return tuple(
        name if names.count(name) == 1 else f"{name} ({place + 1})"
        for place, name in enumerate(names)
    )
