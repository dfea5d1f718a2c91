"""Which side a product is on: train, val or test, near-duplicates kept together."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from prodcat.config import DataConfig
from prodcat.corpus.product_row import ProductRow
from prodcat.data.groups import Edge, Groups
from prodcat.data.split_marks import read_marks
from prodcat.data.split_record import CutTie, Split
from prodcat.errors import CorpusError

SIDES = ("train", "val", "test")
# Shorter descriptions, such as a brand's slogan, say nothing about being the same product.
LEAST_DESCRIPTION = 60
LEAST_TIED = 4
"""So many products a group may have in the smallest of corpora."""
MOST_TIED = 0.04
"""Largest share of all products in a group: a side made of such groups can still come within half
of it, two points, of any share."""
SLACK = 0.015
"""How far a side's share may be from what is asked before its boundary moves."""
KINDS = ("group", "picture", "description", "name")
Key = tuple[str, str]
"""Kind, of `KINDS`, and what products share."""
COLOURS = frozenset(
    re.findall(
        r"\w+",
        "beige black blue bronze brown charcoal copper coral cream gold gray green grey khaki"
        " lavender lime magenta maroon mauve metallic multi multicolor mustard navy nude olive"
        " orange peach pink purple red rose rust silver skin steel tan taupe teal turquoise"
        " white yellow",
    )
)


def choose_sides(rows: Sequence[ProductRow], config: DataConfig) -> list[str]:
    """Return each product's side alone, as `choose_split` does."""
    return choose_split(rows, config).sides


def choose_split(rows: Sequence[ProductRow], config: DataConfig) -> Split:
    """Put each product on a side, and say what had to be cut or taken for it.

    Raises:
        CorpusError: If the corpus's own split is asked for and it has none, if a product is
            marked with what is no side, or a side is empty that is needed.
    """
    marks = [row.split for row in rows]
    is_split = any(mark.strip() for mark in marks)
    if config.split == "corpus" and not is_split:
        raise CorpusError(
            "data.split is 'corpus', but no product of the corpus is marked train, val or test."
            " Import a split column, or set data.split=grouped."
        )
    if config.split == "grouped" or not is_split:
        split = split_products(rows, config.val_share, config.test_share)
    else:
        split = Split(read_marks(marks))
        if "val" not in split.sides and "train" in split.sides:
            split = _take_val(rows, split.sides, config.val_share)
    for side in ("train", "val"):
        if side not in split.sides:
            raise CorpusError(
                f"No product is on the side {side!r} of the split, among {len(rows)} with a"
                " category. Training needs products to learn from and others to check itself on."
            )
    return split


def _take_val(rows: Sequence[ProductRow], sides: Sequence[str], val_share: float) -> Split:
    """Move some groups of the training products to validation."""
    places = [place for place, side in enumerate(sides) if side == "train"]
    made = split_products([rows[place] for place in places], val_share, 0.0)
    by_place = dict(zip(places, made.sides, strict=True))
    return Split(
        [by_place.get(place, side) for place, side in enumerate(sides)],
        made.cut,
        made.chained,
        val_from_train=made.sides.count("val"),
    )


def split_products(rows: Sequence[ProductRow], val_share: float, test_share: float) -> Split:
    """Put whole groups of near-duplicates on a side, in the order of a hash of their names.

    Of 100 products or more, val and test have the shares that are asked for within two points;
    of fewer, as near as groups allow. The split is the same on every machine, and:

    - another *val_share* moves no product into the test or out of it;
    - a group's place in the order depends on its first product's id alone. When others come, it
      changes sides only if it stands where one side ends and the next begins, if a product with a
      smaller id joins it, or if what ties it becomes too large or small enough.
    """
    keys = [list(_keys(row)) for row in rows]
    sides = ["train"] * len(rows)
    cut: dict[tuple[str, str], CutTie] = {}
    chained = 0
    end = 0.0
    # The test comes first, with ties that its own share decides on, and knows nothing of val's.
    for side, share in (("test", test_share), ("val", val_share)):
        if not share:
            continue
        end += share
        places = [place for place, its in enumerate(sides) if its == "train"]
        ties = tie([keys[i] for i in places], most_tied(len(rows), share))
        groups = [rows[places[first]].id for first in ties.firsts]
        wanted = share * len(rows)
        chosen = fill_side(groups, wanted, slack=SLACK * len(rows), end=end)
        for place, group in zip(places, groups, strict=True):
            if group in chosen:
                sides[place] = side
        cut = {(one.kind, one.example): one for one in ties.cut} | cut
        chained = max(chained, ties.chained)
    return Split(sides, tuple(cut.values()), chained)


def most_tied(products: int, share: float) -> int:
    """Return how many products a group may have: half of the side, or `MOST_TIED` of all.

    >>> most_tied(1000, 0.1), most_tied(1000, 0.05), most_tied(30, 0.1)
    (40, 25, 4)
    """
    return max(LEAST_TIED, int(min(share / 2, MOST_TIED) * products))


def fill_side(groups: Sequence[str], wanted: float, *, slack: float, end: float) -> set[str]:
    """Choose the groups of a side: those whose hash comes first.

    The side ends where hashes pass *end*, unless it then has too many or too few products; then
    it ends as soon as it has not.

    Args:
        groups: Group of each product that is not on a side yet.
        wanted: Products that the side should have.
        slack: So many more or fewer are near enough.
        end: Share of all hashes, 0 to 1, that lie before the side's end.

    >>> sorted(fill_side(["a", "a", "b", "c"], 1, slack=0, end=0.2))
    ['c']
    >>> sorted(fill_side(["a", "a", "b", "c"], 2, slack=0, end=0.2))
    ['b', 'c']
    """
    sizes = Counter(groups)
    chosen: set[str] = set()
    taken = 0
    for group in sorted(sizes, key=_place):
        too_few = taken < wanted - slack
        too_many = taken + sizes[group] > wanted + slack
        if too_few and too_many:
            # The nearer of both; but an empty side is of no use, however small it should be.
            goes_on = not taken or taken + sizes[group] / 2 <= wanted
        elif too_few or too_many:
            goes_on = too_few
        else:
            goes_on = _place(group) < end
        if not goes_on:
            break
        chosen.add(group)
        taken += sizes[group]
    return chosen


def _place(group: str) -> float:
    return int.from_bytes(sha256(group.encode()).digest()[:8]) / 2**64


def group_products(rows: Sequence[ProductRow], *, most: int | None = None) -> list[str]:
    """Name the group of near-duplicates that each product belongs to.

    Products are together when they share the corpus's own group, the same picture, the same
    long description, or the same name but for colours, numbers and case; and so is
    whatever hangs together through others.

    Args:
        rows: The products.
        most: Products that a group may have. What more of them share ties none of them, and
            where a group would become larger through others, it is not joined any further.
    """
    ties = tie([list(_keys(row)) for row in rows], len(rows) if most is None else most)
    return [rows[first].id for first in ties.firsts]


@dataclass(frozen=True)
class Ties:
    """What hangs together."""

    firsts: list[int]
    """Place of the first product of each one's group."""
    cut: list[CutTie]
    chained: int
    """Ties cut because through others their groups would have become too large."""


def tie(keys: Sequence[Sequence[Key]], most: int) -> Ties:
    """Tie the products that share a key, as kind and value, into groups of at most *most*."""
    shared = Counter(key for of_row in keys for key in of_row)
    cut = [CutTie(*key, count, len(keys)) for key, count in shared.items() if count > most]
    groups = Groups(len(keys), most)
    groups.join(_edges(keys, {key for key, count in shared.items() if count <= most}))
    return Ties([groups.root(i) for i in range(len(keys))], cut, groups.chained)


def _edges(keys: Sequence[Sequence[Key]], tying: Collection[Key]) -> Iterator[Edge]:
    """Yield each product with the one before it that has the same key."""
    latest: dict[Key, int] = {}
    # The surest ties first: should a group become too large, it is the others that are cut.
    for kind in KINDS:
        for i, of_row in enumerate(keys):
            for key in of_row:
                if key[0] == kind and key in tying:
                    # After a cut the next who share the key join those behind it.
                    yield latest.get(key, i), i
                    latest[key] = i


def _keys(row: ProductRow) -> Iterable[Key]:
    if row.group_id:
        yield "group", row.group_id
    if row.image_sha256:
        yield "picture", row.image_sha256
    if len(row.description) > LEAST_DESCRIPTION:
        yield "description", row.description.lower()
    name = normalise_name(row.name)
    if name:
        yield "name", name


def normalise_name(name: str) -> str:
    """Reduce a name to what near-duplicates share.

    >>> normalise_name("Nike Men Blue T-Shirt 42")
    'nike men t shirt'
    """
    words = re.findall(r"\w+", name.lower())
    return " ".join(w for w in words if w not in COLOURS and not any(c.isdigit() for c in w))
