"""Which side a product is on: train, val or test, near-duplicates kept together."""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256

from prodcat.config import DataConfig
from prodcat.corpus.store import ProductRow
from prodcat.errors import CorpusError

SIDES = ("train", "val", "test")
ALIASES = {"training": "train", "valid": "val", "validation": "val", "dev": "val"}
# Shorter descriptions, such as a brand's slogan, say nothing about being the same product.
LEAST_DESCRIPTION = 60
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

    Raises:
        CorpusError: If the corpus's own split is asked for and it has none, or a side is
            empty that is needed.
    """
    marks = [ALIASES.get(row.split.lower(), row.split.lower()) for row in rows]
    is_split = any(mark in SIDES for mark in marks)
    if config.split == "corpus" and not is_split:
        raise CorpusError(
            "data.split is 'corpus', but no product of the corpus is marked train, val or test."
            " Import a split column, or set data.split=grouped."
        )
    if config.split == "grouped" or not is_split:
        sides = split_groups(group_products(rows), config.val_share, config.test_share)
    else:
        sides = [mark if mark in SIDES else "" for mark in marks]
    for side in ("train", "val"):
        if side not in sides:
            raise CorpusError(
                f"No product is on the side {side!r} of the split, among {len(rows)} with a"
                " category. Training needs products to learn from and others to check itself on."
            )
    return sides


def split_groups(groups: Sequence[str], val_share: float, test_share: float) -> list[str]:
    """Put whole groups on a side, by a hash of their name: the same side on every machine.

    >>> split_groups(["a", "a", "b", "c"], val_share=0.4, test_share=0.2)
    ['train', 'train', 'val', 'test']
    """
    sides = []
    for group in groups:
        place = int.from_bytes(sha256(group.encode()).digest()[:8]) / 2**64
        if place < test_share:
            sides.append("test")
        else:
            sides.append("val" if place < test_share + val_share else "train")
    return sides


def group_products(rows: Sequence[ProductRow]) -> list[str]:
    """Name the group of near-duplicates that each product belongs to.

    Products are together when they share the corpus's own group, the same picture, the same
    long description, or the same name but for colours, numbers and case; and so is
    whatever hangs together through others.
    """
    parent = list(range(len(rows)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    first: dict[tuple[str, str], int] = {}
    for i, row in enumerate(rows):
        for key in _keys(row):
            a, b = root(first.setdefault(key, i)), root(i)
            parent[max(a, b)] = min(a, b)
    return [rows[root(i)].id for i in range(len(rows))]


def _keys(row: ProductRow) -> Iterable[tuple[str, str]]:
    if row.group_id:
        yield "group", row.group_id
    if row.image_sha256:
        yield "image", row.image_sha256
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
