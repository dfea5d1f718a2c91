"""What is in a corpus: its categories, what its products lack, and what looks odd."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from prodcat.corpus.corrections import CorrectionCounts, count_corrections
from prodcat.corpus.fetched_pictures import count_waiting
from prodcat.corpus.import_log import ReasonCount, read_reasons
from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import label_terms
from prodcat.corpus.store import Corpus
from prodcat.corpus.stored_trees import SHOPS_OWN, tree_that_counts
from prodcat.product import PARTS
from prodcat.taxonomy.paths import SEPARATOR
from prodcat.taxonomy.tree import Taxonomy

LISTED = 10
"""How many of the largest and of the smallest categories are named."""
EXAMPLES = 3
# A comma with a space behind it is one of a name, such as "Bags, Belts".
SIGNS = re.compile(r"[>»›→|/\\;]|,(?=\S)|::|&gt;")
ID = re.compile(r"\d+|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
TINY = 3
"""A category with fewer products can be in train, validation and test at most by chance."""

IDENTICAL = {"name": "name", "description": "description", "picture": "image_sha256"}
"""Part → the column that is the same in duplicates."""
NO_TEXT = "(no text)"


@dataclass(frozen=True)
class LevelCount:
    """One level of the tree, the roots being level 1."""

    level: int
    categories: int
    """Categories of this level that have products, at or below them."""
    products: int
    """Products whose label is of this level or deeper."""
    labels: int
    """Products whose label is of this level itself."""


@dataclass(frozen=True)
class CategoryCount:
    """A category and the products labelled with it."""

    category: str
    products: int


@dataclass(frozen=True)
class DuplicateCount:
    """Products that are the same in one part."""

    part: str
    """name, description or picture."""
    groups: int
    products: int


@dataclass(frozen=True)
class Oddity:
    """Labels worth a look. They are reported, never corrected."""

    kind: str
    count: int
    """Groups of products, or categories: whatever the kind speaks of."""
    products: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class CorpusReport:
    """What `prodcat corpus` shows."""

    file: str
    products: int
    sources: dict[str, int]
    splits: dict[str, int]
    """Products by the split that their source names; the empty name stands for none."""
    nodes: int
    """Categories in the tree."""
    leaves: int
    labels: int
    """Categories that are the label of some product."""
    levels: tuple[LevelCount, ...]
    largest: tuple[CategoryCount, ...]
    smallest: tuple[CategoryCount, ...]
    missing: dict[str, int]
    """Products without name, description, image or category."""
    parts: dict[str, int]
    """Products by which parts they have, such as ``name+image``."""
    pictures: int
    """Different pictures that products have."""
    lost_pictures: int
    """Pictures that products have, but whose file is gone."""
    duplicates: tuple[DuplicateCount, ...]
    oddities: tuple[Oddity, ...]
    rejections: tuple[ReasonCount, ...]
    """What the latest import of each file had to say."""
    corrections: CorrectionCounts
    """What people decided of labels; the counts above go by the labels that count."""
    pictures_waiting: int = 0
    """Products that have the web address of a picture which nobody has fetched."""
    tree: str = ""
    """Name of the tree that labels are told in; empty for the shops' own."""
    gone: dict[str, int] = field(default_factory=dict)
    """Category that this tree has no place for, and why → products of which their shop says it."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def describe_corpus(corpus: Corpus) -> CorpusReport:
    """Count what is in a corpus.

    Raises:
        CorpusError: If it cannot be read, or two sources share an id for other categories.
    """
    tree = corpus.taxonomy()
    with translated_errors(corpus.path):
        labels = f"({corpus.select(('category_id',))})"
        by_label = dict(_query(corpus, f"label, count(*) from {labels} group by 1"))
        # Null is a group like any other, but no label.
        unlabelled = by_label.pop(None, 0)
        parts = _count_parts(corpus)
        hashes = _query(corpus, "distinct image_sha256 from products where image_sha256 <> ''")
        by_size = sorted(by_label.items(), key=lambda item: (-item[1], item[0]))
        counts = [CategoryCount(_path_text(tree, label), n) for label, n in by_size]
        return CorpusReport(
            file=corpus.path.name,
            products=sum(parts.values()),
            sources=dict(_query(corpus, "source, count(*) from products group by 1 order by 1")),
            splits=dict(_query(corpus, "split, count(*) from products group by 1 order by 1")),
            nodes=len(tree),
            leaves=len(tree.leaf_ids),
            labels=len(by_label),
            levels=_count_levels(tree, by_label),
            largest=tuple(counts[:LISTED]),
            # Backwards from the end, so that the smallest of all comes first.
            smallest=tuple(counts[: -LISTED - 1 : -1]),
            missing={
                **{part: sum(n for p, n in parts.items() if part not in p) for part in PARTS},
                "category": unlabelled,
            },
            parts={"+".join(p) or "nothing": n for p, n in parts.most_common()},
            pictures=len(hashes),
            lost_pictures=sum(digest not in corpus.images for (digest,) in hashes),
            duplicates=tuple(_count_duplicates(corpus)),
            oddities=tuple(_find_oddities(corpus, tree, by_label)),
            rejections=tuple(read_reasons(corpus)),
            corrections=count_corrections(corpus),
            pictures_waiting=count_waiting(corpus),
            tree=tree_that_counts(corpus.db),
            gone=_count_gone(corpus),
        )


def _count_gone(corpus: Corpus) -> dict[str, int]:
    if tree_that_counts(corpus.db) == SHOPS_OWN:
        return {}
    terms, own = label_terms(corpus.db), corpus.taxonomy(own=True)
    stated = _query(
        corpus,
        f"p.category_id, count(*) from products p{terms.joins}"
        f" where p.category_id is not null and ({terms.stated}) is null group by 1 order by 2 desc",
    )
    why = dict(
        _query(
            corpus, "old_id, reason from category_changes where new_id is null order by change_id"
        )
    )
    return {
        f"{_path_text(own, category)} ({why.get(category) or 'gone'})": count
        for category, count in stated
    }


def _query(corpus: Corpus, what: str, *values: Any) -> list[Any]:
    rows = corpus.db.execute(f"select {what}", values).fetchall()
    # Whoever wrote to the corpus by other means may have put bytes where a text belongs.
    return [tuple(NO_TEXT if isinstance(v, bytes) else v for v in row) for row in rows]


def _path_text(tree: Taxonomy, label: str) -> str:
    # A label that the tree does not have is shown as the source wrote it.
    return SEPARATOR.join(tree.path(label)) if label in tree else label


def _count_parts(corpus: Corpus) -> Counter[tuple[str, ...]]:
    counted = _query(
        corpus,
        # In the order of `PARTS`, which names these columns below.
        "name <> '', description <> '', image_sha256 is not null, count(*)"
        " from products group by 1, 2, 3",
    )
    return Counter(
        {
            # A row is one longer than the parts: its last is the number of products.
            tuple(part for part, has in zip(PARTS, row, strict=False) if has): row[-1]
            for row in counted
        }
    )


def _count_levels(tree: Taxonomy, by_label: dict[str, int]) -> tuple[LevelCount, ...]:
    categories: dict[int, set[str]] = {}
    products: Counter[int] = Counter()
    labels: Counter[int] = Counter()
    for label, count in by_label.items():
        # Of a label that the tree does not have, no level is known; it is among the oddities.
        if label not in tree:
            continue
        above = tree.ancestors(label)
        labels[len(above)] += count
        for level, category in enumerate(above, 1):
            categories.setdefault(level, set()).add(category)
            products[level] += count
    return tuple(
        LevelCount(level, len(categories[level]), products[level], labels[level])
        for level in sorted(categories)
    )


def _count_duplicates(corpus: Corpus) -> Iterable[DuplicateCount]:
    for part, column in IDENTICAL.items():
        # To SQL null is not unequal to the empty text either, so this leaves out both.
        groups, products = _query(
            corpus,
            "count(*), coalesce(sum(n), 0) from"  # noqa: S608
            f" (select count(*) as n from products where {column} <> '' group by {column})"
            " where n > 1",
        )[0]
        yield DuplicateCount(part, groups, products)


def _find_oddities(corpus: Corpus, tree: Taxonomy, by_label: dict[str, int]) -> Iterable[Oddity]:
    terms = label_terms(corpus.db)
    for part in ("name", "picture"):
        column = IDENTICAL[part]
        labels = (
            f"(select p.{column} as {column}, {terms.stated} as stated"  # noqa: S608
            f" from products p{terms.joins})"
        )
        # count(distinct …) passes over null by itself; the list of ids must be told to.
        groups = (
            f"from (select {column} as same, count(*) as n,"  # noqa: S608
            " count(distinct stated) as labels, json_group_array(distinct stated)"
            " filter (where typeof(stated) = 'text') as ids"
            f" from {labels} where {column} <> '' group by {column}) where labels > 1"
        )
        count, products = _query(corpus, f"count(*), coalesce(sum(n), 0) {groups}")[0]
        examples = _query(corpus, f"same, ids {groups} order by n desc, same limit {EXAMPLES}")
        yield Oddity(
            f"same {part}, several categories",
            count,
            products,
            tuple(
                f"{same:.40}: {', '.join(_path_text(tree, i) for i in sorted(json.loads(ids)))}"
                for same, ids in examples
            ),
        )
    kinds: dict[str, list[str]] = {"internal": [], "unknown": [], "leaf": []}
    for label in by_label:
        kinds[tree.kind(label)].append(label)
    tiny = [label for label, count in by_label.items() if count < TINY]
    empty = [leaf for leaf in tree.leaf_ids if leaf not in by_label]
    yield _odd("label that is no leaf", kinds["internal"], tree, by_label)
    yield _odd("label that the tree does not have", kinds["unknown"], tree, by_label)
    yield _odd(f"category with fewer than {TINY} products", tiny, tree, by_label)
    yield _odd("leaf without products", empty, tree, by_label)
    paths = {label: tree.path(label) if label in tree else (label,) for label in by_label}
    unsplit = [label for label, path in paths.items() if len(path) == 1 and SIGNS.search(path[0])]
    # A single one is a name such as "Hats/Caps"; many are paths that were not cut.
    if len(unsplit) >= 0.2 * len(paths):
        yield _odd("category of one level with a separator in it", unsplit, tree, by_label)
    ids = [label for label, path in paths.items() if all(map(ID.fullmatch, path))]
    yield _odd("category that is an id, not a name", ids, tree, by_label)
    alike: dict[str, list[str]] = {}
    for label, path in paths.items():
        alike.setdefault("".join(SEPARATOR.join(path).casefold().split()), []).append(label)
    spelt = [labels for labels in alike.values() if len(labels) > 1]
    yield Oddity(
        "categories that differ in case or spaces alone",
        len(spelt),
        sum(by_label[label] for labels in spelt for label in labels),
        tuple(" / ".join(_path_text(tree, i) for i in sorted(g)) for g in spelt[:EXAMPLES]),
    )


def _odd(kind: str, labels: Sequence[str], tree: Taxonomy, by_label: dict[str, int]) -> Oddity:
    largest = sorted(labels, key=lambda label: (-by_label.get(label, 0), label))[:EXAMPLES]
    products = sum(by_label.get(label, 0) for label in labels)
    return Oddity(kind, len(labels), products, tuple(_path_text(tree, label) for label in largest))
