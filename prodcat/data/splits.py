"""Which side a product is on: train, val or test, near-duplicates kept together."""

import logging
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256

from prodcat.config import DataConfig
from prodcat.corpus.store import ProductRow
from prodcat.data.split_marks import read_marks
from prodcat.errors import CorpusError

logger = logging.getLogger(__name__)

SIDES = ("train", "val", "test")
# Shorter descriptions, such as a brand's slogan, say nothing about being the same product.
LEAST_DESCRIPTION = 60
LEAST_TIED = 5
"""So many products a group may have in the smallest of corpora."""
LEAST_PRODUCTS = 100
"""Of fewer, groups alone decide how near the sides come to their shares."""
FAR_OFF, NEAR = 0.015, 0.005
"""Share of all products that a side may be off before it is filled, and after."""
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
    """Return each product's side: ``train``, ``val``, ``test``, or empty to leave it out.

    What had to be cut or taken from another side is logged.

    Raises:
        CorpusError: If the corpus's own split is asked for and it has none, if a product is
            marked with what is no side, or a side is empty that is needed.
    """
    marks = [row.split for row in rows]
    if config.split == "corpus" and not any(mark.strip() for mark in marks):
        raise CorpusError(
            "data.split is 'corpus', but no product of the corpus is marked train, val or test."
            " Import a split column, or set data.split=grouped."
        )
    if config.split == "grouped" or not any(mark.strip() for mark in marks):
        sides = split_groups(tied(rows, config), config.val_share, config.test_share)
    else:
        sides = read_marks(marks)
        if "val" not in sides and "train" in sides:
            _take_val(rows, sides, config)
    for side in ("train", "val"):
        if side not in sides:
            raise CorpusError(
                f"No product is on the side {side!r} of the split, among {len(rows)} with a"
                " category. Training needs products to learn from and others to check itself on."
            )
    return sides


def _take_val(rows: Sequence[ProductRow], sides: list[str], config: DataConfig) -> None:
    """Move some groups of the training products to validation, in place."""
    places = [place for place, side in enumerate(sides) if side == "train"]
    groups = tied([rows[place] for place in places], config)
    for place, side in zip(places, split_groups(groups, config.val_share, 0.0), strict=True):
        sides[place] = side
    logger.warning(
        "The split column marks no validation products; %s of the %s training products, about"
        " data.val_share, are taken for it.",
        f"{sides.count('val'):,}",
        f"{len(places):,}",
    )


def split_groups(groups: Sequence[str], val_share: float, test_share: float) -> list[str]:
    """Put whole groups on a side, by a hash of their name: the same side on every machine.

    Of 100 products or more each side has the share that is asked for, within two points, if
    groups allow: where their hashes fall too far from it, the side is filled in the order of the
    hashes. So a product may change sides when others come, but few do.

    >>> split_groups(["a", "a", "b", "c"], val_share=0.4, test_share=0.2)
    ['train', 'train', 'val', 'test']
    """
    sizes = Counter(groups)
    order = sorted(sizes, key=_place)
    # The test's part comes first: another val_share moves no product into the test or out of it.
    test = _fill(order, sizes, len(groups), 0.0, test_share)
    rest = [group for group in order if group not in test]
    val = _fill(rest, sizes, len(groups), test_share, val_share)
    side = dict.fromkeys(order, "train") | dict.fromkeys(val, "val") | dict.fromkeys(test, "test")
    return [side[group] for group in groups]


def _place(group: str) -> float:
    return int.from_bytes(sha256(group.encode()).digest()[:8]) / 2**64


def _fill(
    order: Sequence[str], sizes: Mapping[str, int], products: int, start: float, share: float
) -> set[str]:
    """Choose the groups whose hash falls into a side; others too where that is far off."""
    by_hash = {group for group in order if start <= _place(group) < start + share}
    wanted = share * products
    off = abs(sum(sizes[group] for group in by_hash) - wanted)
    if products < LEAST_PRODUCTS or off <= FAR_OFF * products:
        return by_hash
    chosen: set[str] = set()
    taken = 0
    for group in sorted(order, key=lambda group: _place(group) < start):
        if taken >= wanted - NEAR * products:
            break
        if taken + sizes[group] <= wanted + NEAR * products:
            chosen.add(group)
            taken += sizes[group]
    return chosen


def tied(rows: Sequence[ProductRow], config: DataConfig) -> list[str]:
    """Name the group of each product, with none larger than half of the smallest side.

    A picture that stands for a missing one, a text on shipping, a name that half the shop has: what
    ties more products than a side can bear does not tie, and is logged.
    """
    shares = [share for share in (config.val_share, config.test_share) if share > 0]
    most = max(LEAST_TIED, int(min(shares, default=1.0) * len(rows) / 2))
    return group_products(rows, most=most, tell=logger.warning)


def group_products(
    rows: Sequence[ProductRow],
    *,
    most: int | None = None,
    tell: Callable[..., None] = logger.debug,
) -> list[str]:
    """Name the group of near-duplicates that each product belongs to.

    Products are together when they share the corpus's own group, the same picture, the same
    long description, or the same name but for colours, numbers and case; and so is
    whatever hangs together through others.

    Args:
        rows: The products.
        most: Products that a group may have. What more of them share ties none of them, and
            where a group would become larger through others, it is not joined any further.
        tell: Logs what is cut.
    """
    parent, sizes = list(range(len(rows))), [1] * len(rows)

    def root(i: int) -> int:
        # Each step also shortens the way for the next who asks (path halving, van Leeuwen and van
        # der Weide 1977).
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    keys = [list(_keys(row)) for row in rows]
    shared = Counter(key for of_row in keys for key in of_row)
    largest = len(rows) if most is None else most
    for (kind, value), count in shared.items():
        if count > largest:
            tell(
                "The same %s is shared by %s of %s products (%.60s): too many to keep on one side,"
                " so it does not tie them.",
                kind,
                f"{count:,}",
                f"{len(rows):,}",
                value,
            )
    first: dict[tuple[str, str], int] = {}
    cut = 0
    # The surest ties first: should a group become too large, it is the others that are cut.
    for kind in ("group", "picture", "description", "name"):
        for i, of_row in enumerate(keys):
            for key in of_row:
                if key[0] != kind or shared[key] > largest:
                    continue
                a, b = root(first.setdefault(key, i)), root(i)
                if a == b:
                    continue
                if sizes[a] + sizes[b] > largest:
                    cut += 1
                    continue
                # The smaller index stays the root, so the first product of a group names it.
                parent[max(a, b)] = min(a, b)
                sizes[min(a, b)] = sizes[a] + sizes[b]
    if cut:
        tell(
            "%s ties between products are cut, since their groups would have had more than %s.",
            f"{cut:,}",
            f"{largest:,}",
        )
    return [rows[root(i)].id for i in range(len(rows))]


def _keys(row: ProductRow) -> Iterable[tuple[str, str]]:
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
