"""Where the products of one tree's categories would be in the other, where both have products."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from prodcat.taxonomy.tree import Taxonomy
from prodcat.trees.matching.ngrams import Index, Vocabulary, words

SHARE_WEIGHT = 6.0
"""How much all products of a category together weigh, in log odds."""
LEAST_PRODUCTS = 3
"""Fewer say nothing of a category."""
MOST_PRODUCTS = 100
"""Of a category; more say no more."""
LEAST_ALIKE = 0.15
"""A product whose name is less like those of any category is of none."""


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """A product whose category is known in a tree."""

    id: str
    """The same in both trees where the product is the same; any other text elsewhere."""
    name: str
    category: str
    """Its id in that tree."""


def product_shares(
    left: Taxonomy,
    right: Taxonomy,
    left_products: Sequence[KnownProduct],
    right_products: Sequence[KnownProduct],
) -> dict[tuple[str, str], float]:
    """Count where the products of one tree's categories are in the other.

    A product that is in both trees is where it is; any other goes to the category whose products'
    names are most like its own (nearest centroid of TF-IDF).

    Returns:
        (left id, right id) → share of the left category's products, those of the categories below
        it included, that is in the right one or below it.

    >>> trees = [Taxonomy.from_paths([(a, "x"), (a, "y")]) for a in "ab"]
    >>> ours = [KnownProduct(str(i), "red boots", "a > x") for i in range(4)]
    >>> theirs = [KnownProduct("0", "", "b > x"), KnownProduct("9", "blue boots", "b > y")]
    >>> shares = product_shares(*trees, ours, theirs)
    >>> shares["a > x", "b > y"], shares["a > x", "b > x"], shares["a", "b"]
    (0.75, 0.25, 1.0)
    """
    ours = [each for each in _some(left_products) if each.category in left]
    theirs = [each for each in right_products if each.category in right]
    places = {each.id: each.category for each in theirs}
    counts: Counter[tuple[str, str]] = Counter()
    sizes: Counter[str] = Counter()
    others = _nearest([each for each in ours if each.id not in places], theirs)
    for each in ours:
        other = places.get(each.id) or others.get(each.id)
        if other is None:
            continue
        above = left.ancestors(each.category)
        sizes.update(above)
        counts.update((a, b) for a in above for b in right.ancestors(other))
    return {
        (a, b): count / sizes[a] for (a, b), count in counts.items() if sizes[a] >= LEAST_PRODUCTS
    }


def _some(products: Sequence[KnownProduct]) -> list[KnownProduct]:
    seen: Counter[str] = Counter()
    some = []
    for each in products:
        if seen[each.category] < MOST_PRODUCTS:
            seen[each.category] += 1
            some.append(each)
    return some


def _nearest(ours: Sequence[KnownProduct], theirs: Sequence[KnownProduct]) -> Mapping[str, str]:
    """Return product id → the category whose products have the most similar names."""
    names: dict[str, list[str]] = defaultdict(list)
    for each in _some(theirs):
        if each.name:
            names[each.category].append(each.name)
    if not names or not ours:
        return {}
    profiles = [" ".join(texts) for texts in names.values()]
    vocabulary = Vocabulary(words, profiles)
    index = Index(vocabulary.rows(profiles), len(vocabulary))
    rows, categories = vocabulary.rows(each.name for each in ours), list(names)
    found = {}
    for place, each in enumerate(ours):
        scores = index.scores(*rows.row(place))
        best = int(np.argmax(scores))
        if scores[best] >= LEAST_ALIKE:
            found[each.id] = categories[best]
    return found
