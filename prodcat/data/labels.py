"""From a corpus to what a run learns: its categories, and the products of each side."""

from collections import Counter
from dataclasses import dataclass, replace

from prodcat.config import DataConfig
from prodcat.corpus.store import Corpus, ProductRow
from prodcat.data.splits import SIDES, choose_sides
from prodcat.errors import CorpusError
from prodcat.inputs.text import clean_or_absent
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.tree import Taxonomy


@dataclass(frozen=True)
class LabelledRows:
    """The products of one side, with the index of each one's leaf."""

    rows: tuple[ProductRow, ...]
    labels: tuple[int, ...]


@dataclass(frozen=True)
class LearningTask:
    """What a run learns.

    A category that products carry directly is a leaf of the task, also where it has
    children in the tree: a product may be labelled with an internal node.
    """

    taxonomy: Taxonomy
    leaf_ids: tuple[str, ...]
    """Category of each logit, (C,)."""
    sides: dict[str, LabelledRows]
    """train, val and test."""
    left_out: dict[str, dict[str, int]]
    """How many products of each side take no part, by reason."""

    @property
    def leaf_paths(self) -> tuple[CategoryPath, ...]:
        """Path of each logit, (C,)."""
        return tuple(self.taxonomy.path(leaf) for leaf in self.leaf_ids)

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
        CorpusError: If too few are left to train on.
    """
    rows = list(corpus.rows(with_category=True))
    if not rows:
        raise CorpusError(
            f"{corpus.path} has no product with a category. Import some with"
            " `prodcat import SOURCE corpus.db --category COLUMN`."
        )
    taxonomy = corpus.taxonomy()
    sides = choose_sides(rows, config)
    rows = [as_read(row) for row in rows]
    usable = [
        _reason(row, side, taxonomy, reads=reads, sees=sees)
        for row, side in zip(rows, sides, strict=True)
    ]
    sizes = Counter(
        row.category_id
        for row, side, reason in zip(rows, sides, usable, strict=True)
        if side == "train" and not reason
    )
    leaf_ids = tuple(c for c in taxonomy.categories if sizes[c] >= max(1, config.min_products))
    if len(leaf_ids) < 2:
        raise CorpusError(
            f"{len(leaf_ids)} categories have {config.min_products} or more training products;"
            " at least 2 are needed. Lower data.min_products, or import more products."
        )
    number = {leaf: i for i, leaf in enumerate(leaf_ids)}
    left_out: dict[str, Counter[str]] = {side: Counter() for side in (*SIDES, "none")}
    chosen: dict[str, tuple[list[ProductRow], list[int]]] = {side: ([], []) for side in SIDES}
    for row, side, reason in zip(rows, sides, usable, strict=True):
        if not reason and row.category_id not in number:
            reason = f"category has fewer than {config.min_products} training products"
        if reason or row.category_id is None:
            left_out[side or "none"][reason] += 1
            continue
        chosen[side][0].append(row)
        chosen[side][1].append(number[row.category_id])
    if not chosen["val"][0]:
        raise CorpusError(
            "No validation product has a category that is learnt and a part to go by: of"
            f" {sum(left_out['val'].values())} on that side, all are left out."
            " Lower data.min_products, or raise data.val_share."
        )
    return LearningTask(
        taxonomy=taxonomy,
        leaf_ids=leaf_ids,
        sides={s: LabelledRows(tuple(r), tuple(labels)) for s, (r, labels) in chosen.items()},
        left_out={side: dict(reasons) for side, reasons in left_out.items() if reasons},
    )


def as_read(row: ProductRow) -> ProductRow:
    """Return a product with its texts as a model reads them: what says nothing is absent."""
    name, description = clean_or_absent(row.name), clean_or_absent(row.description)
    if (name, description) == (row.name, row.description):
        return row
    return replace(row, name=name, description=description)


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
