"""How each category fares, and those with about as many training products."""

from collections import Counter
from collections.abc import Mapping

import numpy as np

from prodcat.analyze.findings.summary import CategoryRow, ClassSize
from prodcat.measures.significance import wilson
from prodcat.runs.side import Side

SIZES = ((0, 2), (3, 9), (10, 29), (30, 99), (100, 299), (300, None))
"""Training products of a category, from and to."""


def category_rows(side: Side, train_products: Mapping[str, int]) -> tuple[CategoryRow, ...]:
    """Describe every leaf that a product has or was answered with, the most harmful first.

    A wrong product harms two leaves: the one it is missing from and the one it is in.
    """
    size = len(side.paths)
    # A product that is rightly answered with an ancestor of its category is one of that ancestor's.
    truth = np.where(side.right, side.best, side.labels)
    n, answered = np.bincount(truth, minlength=size), np.bincount(side.best, minlength=size)
    right = np.bincount(truth[side.right], minlength=size)
    wrong = ~side.right
    confused = Counter(zip(truth[wrong].tolist(), side.best[wrong].tolist(), strict=True))
    mostly: dict[int, int] = {}
    # Of answers that are equally frequent the first of the tree, so that reports stay equal.
    for (label, answer), _ in sorted(confused.items(), key=lambda pair: (-pair[1], pair[0])):
        mostly.setdefault(label, answer)
    rows = []
    for leaf in np.flatnonzero(n + answered).tolist():
        both, hits = int(n[leaf] + answered[leaf]), int(right[leaf])
        rows.append(
            CategoryRow(
                path=side.paths[leaf],
                n=int(n[leaf]),
                answered=int(answered[leaf]),
                train_products=train_products.get(side.paths[leaf]),
                precision=hits / int(answered[leaf]) if answered[leaf] else None,
                recall=hits / int(n[leaf]) if n[leaf] else None,
                f1=2 * hits / both,
                # A hit is in both counts, so it is taken off twice.
                harm=both - 2 * hits,
                mostly_taken_for=side.paths[mostly[leaf]] if leaf in mostly else "",
            )
        )
    # By harm, not by F1, which is lowest in categories of one or two products.
    return tuple(sorted(rows, key=lambda row: (-row.harm, -row.n, row.path)))


def class_sizes(side: Side, train_products: Mapping[str, int]) -> tuple[ClassSize, ...]:
    """Accuracy by how many training products a category has; sizes of none are left out."""
    # Of a category that the run does not tell of it is not known, so it is of no size.
    of_path = np.array([train_products.get(path, -1) for path in side.paths], dtype=np.int64)
    of_product = of_path[side.labels]
    sizes = []
    for low, high in SIZES:
        most = np.inf if high is None else high
        rows = (of_product >= low) & (of_product <= most)
        if not rows.any():
            continue
        sizes.append(
            ClassSize(
                low=low,
                high=high,
                categories=len(np.unique(side.labels[rows])),
                n=int(rows.sum()),
                accuracy=wilson(int(side.right[rows].sum()), int(rows.sum())),
            )
        )
    return tuple(sizes)
