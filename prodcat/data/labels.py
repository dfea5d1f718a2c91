"""From a corpus to what a run learns: its categories, and the products of each side."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from prodcat.config import DataConfig
from prodcat.corpus.product_row import ProductRow
from prodcat.corpus.store import Corpus
from prodcat.data.splits import SIDES, choose_split
from prodcat.errors import CorpusError
from prodcat.inputs.text import clean_or_absent
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class LabelledRows:
    """The products of one side, with the index of each one's leaf."""

    rows: tuple[ProductRow, ...]
    labels: tuple[int, ...]
    """-1 where the category is none of the task's leaves."""
    paths: tuple[CategoryPath, ...]
    """Path of each one's category."""

    def take(self, places: Iterable[int]) -> "LabelledRows":
        """Return those at these places."""
        chosen = list(places)
        return LabelledRows(
            tuple(self.rows[i] for i in chosen),
            tuple(self.labels[i] for i in chosen),
            tuple(self.paths[i] for i in chosen),
        )

    def __add__(self, other: "LabelledRows") -> "LabelledRows":
        """Return the products of both."""
        return LabelledRows(
            self.rows + other.rows, self.labels + other.labels, self.paths + other.paths
        )


@dataclass(frozen=True)
class LearningTask:
    """What a run learns.

    A category that products carry directly is a leaf of the task, also where it has
    children in the tree: a product may be labelled with an internal node. So is one that
    products of small categories below it are taught as.
    """

    taxonomy: Taxonomy
    leaf_ids: tuple[str, ...]
    """Category of each logit, (C,)."""
    sides: dict[str, LabelledRows]
    """train, val and test: the products of the leaves."""
    untaught: dict[str, LabelledRows]
    """The same sides: products of categories that are no leaf, since they have too few to learn
    from. Nothing is learnt from them, but what is promised for all products holds for them too."""
    left_out: dict[str, dict[str, int]]
    """How many products of each side nothing is learnt from, by reason."""
    pooled: dict[CategoryPath, CategoryPath] = field(default_factory=dict)
    """Category too small to be taught → its nearest ancestor that is large enough: its products
    teach that one, and are answered with it."""
    notes: tuple[str, ...] = ()
    """What had to be cut or taken to split the products, and what of them is lost, a line each."""

    @property
    def leaf_paths(self) -> tuple[CategoryPath, ...]:
        """Path of each logit, (C,)."""
        return tuple(self.taxonomy.path(leaf) for leaf in self.leaf_ids)

    def judged(self, side: str) -> LabelledRows:
        """Return all the products of a side that a model is measured on."""
        return self.sides[side] + self.untaught[side]

    @property
    def counts(self) -> list[int]:
        """Training products of each leaf, (C,)."""
        counts = Counter(self.sides["train"].labels)
        return [counts[i] for i in range(len(self.leaf_ids))]


def build_task(
    corpus: Corpus, config: DataConfig, *, reads: bool = True, sees: bool = True
) -> LearningTask:
    """Read the products that have a category, and lay them on their sides.

    Args:
        corpus: Where they are.
        config: Settings.
        reads: Whether the model reads names and descriptions; if not, products that have
            nothing else are left out.
        sees: The same for pictures.

    Raises:
        CorpusError: If too few are left to train on, or all pictures are lost that a model
            would go by alone.
    """
    rows = list(corpus.rows(with_category=True))
    if not rows:
        raise CorpusError(
            f"{corpus.path} has no product with a category. Import some with"
            " `prodcat import SOURCE corpus.db --category COLUMN`."
        )
    taxonomy = corpus.taxonomy()
    # Before `as_read`: sides go by the texts as they are stored, so that no product changes sides
    # when texts are read otherwise.
    split = choose_split(rows, config)
    sides = split.sides
    rows = [as_read(row) for row in rows]
    notes = list(split.notes)
    if decided := sum(row.is_decided for row in rows):
        notes.append(f"{decided:,} of {len(rows):,} labels are those that people decided on.")
    if sees:
        pictured = sum(row.image_sha256 is not None for row in rows)
        rows = [without_lost_picture(row, corpus) for row in rows]
        found = sum(row.image_sha256 is not None for row in rows)
        if pictured and not found and not reads:
            raise CorpusError(
                f"None of the {pictured:,} pictures of {corpus.path} is in {corpus.images.root},"
                " and the model of these settings reads nothing else. Put the folder of pictures"
                " back beside the corpus, or train with a text encoder."
            )
        if found < pictured:
            notes.append(
                f"{pictured - found:,} of {pictured:,} pictures are not in {corpus.images.root};"
                " their products are taken without them."
            )
    usable = [
        _reason(row, side, taxonomy, reads=reads, sees=sees)
        for row, side in zip(rows, sides, strict=True)
    ]
    sizes = Counter(
        row.category_id
        for row, side, reason in zip(rows, sides, usable, strict=True)
        if side == "train" and not reason and row.category_id is not None
    )
    pool = pool_categories(sizes, taxonomy, max(1, config.min_products))
    # In the order of the tree, which is that of ids, so that the same corpus gives the same
    # logits.
    leaf_ids = tuple(c for c in taxonomy.categories if c in set(pool.values()))
    if len(leaf_ids) < 2:
        raise CorpusError(
            f"{len(leaf_ids)} categories have {config.min_products} or more training products;"
            " at least 2 are needed. Lower data.min_products, or import more products."
        )
    number = {leaf: i for i, leaf in enumerate(leaf_ids)}
    # Of a category without any training product, too, the nearest ancestor that is a leaf.
    above = {c: _nearest(c, pool, taxonomy) for c in taxonomy.categories}
    left_out: dict[str, Counter[str]] = {side: Counter() for side in (*SIDES, "none")}
    chosen: dict[str, list[ProductRow]] = {side: [] for side in SIDES}
    untaught: dict[str, list[ProductRow]] = {side: [] for side in SIDES}
    for row, side, reason in zip(rows, sides, usable, strict=True):
        if not reason and above[row.category_id or ""] is None:
            reason = f"category has fewer than {config.min_products} training products"
            untaught[side].append(row)
        if reason:
            left_out[side or "none"][reason] += 1
        else:
            chosen[side].append(row)
    if not chosen["val"]:
        raise CorpusError(
            "No validation product has a category that is learnt and a part to go by: of"
            f" {sum(left_out['val'].values())} on that side, all are left out."
            " Lower data.min_products, or raise data.val_share."
        )

    def labelled(side: list[ProductRow]) -> LabelledRows:
        ids = [row.category_id or "" for row in side]  # the latter for mypy: all rows have one
        labels = tuple(number.get(above[category] or "", -1) for category in ids)
        return LabelledRows(tuple(side), labels, tuple(map(taxonomy.path, ids)))

    return LearningTask(
        taxonomy=taxonomy,
        leaf_ids=leaf_ids,
        sides={side: labelled(products) for side, products in chosen.items()},
        untaught={side: labelled(products) for side, products in untaught.items()},
        left_out={side: dict(reasons) for side, reasons in left_out.items() if reasons},
        pooled={
            taxonomy.path(category): taxonomy.path(leaf)
            for category, leaf in pool.items()
            if category != leaf
        },
        notes=tuple(notes),
    )


def pool_categories(sizes: Mapping[str, int], taxonomy: Taxonomy, least: int) -> dict[str, str]:
    """Return what each category's products teach: itself, or an ancestor where it is too small.

    From the bottom up, a category with fewer than *least* products hands them to its parent.

    Args:
        sizes: Category → its training products.
        taxonomy: The tree.
        least: Products that are enough to be taught.

    Returns:
        Category with products → what they teach; without those that stay too small at the top.

    >>> tree = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)])
    >>> pool_categories({"Shoes > Boots": 2, "Shoes > Clogs": 1, "Bags": 1}, tree, 3)
    {'Shoes > Boots': 'Shoes', 'Shoes > Clogs': 'Shoes'}
    """
    members = {category: [category] for category, size in sizes.items() if size}
    counts = Counter({category: sizes[category] for category in members})
    taught: dict[str, str] = {}
    for category in sorted(taxonomy.categories, key=lambda c: -len(taxonomy.path(c))):
        if category not in members:
            continue
        if counts[category] >= least:
            taught |= dict.fromkeys(members[category], category)
        elif (parent := taxonomy.parent(category)) is not None:
            members.setdefault(parent, []).extend(members[category])
            counts[parent] += counts[category]
    return {category: taught[category] for category in sizes if category in taught}


def _nearest(category: str, pool: Mapping[str, str], taxonomy: Taxonomy) -> str | None:
    """Return what answers a product of the category: it or its nearest ancestor that is taught."""
    if category in pool:
        return pool[category]
    leaves = set(pool.values())
    return next((c for c in reversed(taxonomy.ancestors(category)) if c in leaves), None)


def as_read(row: ProductRow) -> ProductRow:
    """Return a product with its texts as a model reads them: what says nothing is absent."""
    name, description = clean_or_absent(row.name), clean_or_absent(row.description)
    if (name, description) == (row.name, row.description):
        return row
    return replace(row, name=name, description=description)


def without_lost_picture(row: ProductRow, corpus: Corpus) -> ProductRow:
    """Return a product as it is, or without its picture if the file of that is gone."""
    if row.image_sha256 is None or row.image_sha256 in corpus.images:
        return row
    return replace(row, image_sha256=None)


def _reason(row: ProductRow, side: str, taxonomy: Taxonomy, *, reads: bool, sees: bool) -> str:
    """Say why a product takes no part; empty where it does."""
    if not side:
        return "on no side of the corpus's split"
    if row.category_id not in taxonomy:
        return "category is not in the tree"
    if not (row.name or row.description or row.image_sha256):
        return "neither name, description nor picture"
    if not ((reads and (row.name or row.description)) or (sees and row.image_sha256)):
        return "no part that the model reads"
    return ""
