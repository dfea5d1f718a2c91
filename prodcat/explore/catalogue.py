"""The products that a map shows, wherever they come from, as columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError, ImageError, InputError
from prodcat.explore.map_data import Pictures
from prodcat.inputs.image_store import ImageStore, is_hash
from prodcat.product import PathLike, Product
from prodcat.taxonomy.paths import CategoryPath

if TYPE_CHECKING:
    from prodcat.taxonomy.tree import Taxonomy

SEED = 0
TEXTS = ("id", "source", "name", "description", "brand", "currency", "split")
COLUMNS = (*TEXTS, "price", "category_id", "image_sha256")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """N products."""

    title: str
    ids: Sequence[str]
    names: Sequence[str]
    descriptions: Sequence[str]
    paths: Sequence[CategoryPath | None]
    """Their labels; None for none."""
    pictures: Pictures
    has_picture: BoolArray
    """(N,)"""
    prices: Float64Array
    """(N,); NaN for none."""
    columns: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Whatever else there is, such as brand and source: name → texts, empty for none."""
    numbers: Mapping[str, Float64Array] = field(default_factory=dict)
    """Further columns of numbers, (N,) each; NaN for none."""
    total: int = 0
    """Products that there are; more than N where only a sample was taken."""
    rows: IntArray | None = None
    """Which of them the sample is of, (N,); None for all."""

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def levels(self) -> int:
        """Levels of the deepest label."""
        return max((len(path) for path in self.paths if path), default=0)

    def product(self, row: int) -> Product:
        """Return one product as a model reads it; its picture as encoded bytes."""
        return Product(
            name=self.names[row] or None,
            description=self.descriptions[row] or None,
            image=self.pictures[row],
        )


class StoredPictures:
    """The pictures of products, from the folder beside a corpus.

    Args:
        store: The folder.
        hashes: Of the products' pictures; None for none.
    """

    def __init__(self, store: ImageStore, hashes: Sequence[str | None]) -> None:
        self.store = store
        self.hashes = hashes

    def __len__(self) -> int:
        return len(self.hashes)

    def __getitem__(self, row: int, /) -> bytes | None:
        digest = self.hashes[row]
        if not is_hash(digest):
            return None
        try:
            return self.store.read(str(digest))
        except (ImageError, InputError, OSError):
            # Its file is gone; the product is shown without.
            return None


def read_catalogue(corpus: PathLike, *, limit: int | None = None) -> Catalogue:
    """Read the products of a corpus, in the order of their ids.

    Args:
        corpus: The file.
        limit: Products at most; of more, a sample is drawn, the same every time.

    Raises:
        CorpusError: If it is none, or has no products.
        InputError: If *limit* is below 1.
    """
    path = Path(corpus)
    with Corpus.open(path, read_only=True) as opened:
        tree = _tree(opened)
        total = opened.count()
        if not total:
            raise CorpusError(f"{path} has no products. Import some with `prodcat import`.")
        chosen = draw_rows(total, limit)
        wanted = None if chosen is None else set(chosen.tolist())
        cursor = opened.db.execute(f"{opened.select(COLUMNS)} order by id")
        rows = [row for i, row in enumerate(cursor) if wanted is None or i in wanted]
        images = opened.images
    by_name: dict[str, Sequence[Any]] = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    hashes = [digest or None for digest in by_name["image_sha256"]]
    known: dict[str | None, CategoryPath | None] = {None: None, "": None}
    for label in set(by_name["category_id"]) - known.keys():
        known[label] = tree.path(label) if label in tree else (label,)
    prices = [np.nan if price is None else price for price in by_name["price"]]
    return Catalogue(
        title=path.stem,
        ids=by_name["id"],
        names=by_name["name"],
        descriptions=by_name["description"],
        paths=[known[label] for label in by_name["category_id"]],
        pictures=StoredPictures(images, hashes),
        has_picture=np.array([is_hash(digest) for digest in hashes], dtype=np.bool_),
        prices=np.array(prices, dtype=np.float64),
        columns={name: by_name[name] for name in ("brand", "source", "split", "currency")},
        total=total,
        rows=chosen,
    )


def _tree(corpus: Corpus) -> "Taxonomy":
    try:
        return corpus.taxonomy()
    except CorpusError:
        # Two shops with ids in common: each label is then shown as it stands.
        from prodcat.taxonomy.tree import Taxonomy

        return Taxonomy([])


def draw_rows(total: int, limit: int | None) -> IntArray | None:
    """Return the rows of a sample in their order; None for all of them.

    Raises:
        InputError: If *limit* is below 1.

    >>> draw_rows(5, 10) is None, len(draw_rows(100, 10))
    (True, 10)
    """
    if limit is not None and limit < 1:
        raise InputError(f"A map shows at least one product, but limit is {limit}.")
    if limit is None or total <= limit:
        return None
    chosen = np.random.default_rng(SEED).choice(total, limit, replace=False)
    return np.sort(chosen).astype(np.int64)
