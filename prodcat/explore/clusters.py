"""Groups of products that lie together on a layout, labelled by the words that set them apart."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.explore.map_data import ClusterLabel, MapLayout
from prodcat.explore.words import distinctive_words
from prodcat.search.lists import fit_centres, nearest_lists
from prodcat.wording import clean

FEWEST = 30
"""Products of which a map gets labels."""
MOST = 60
"""Labels of a map at most."""
SMALLEST = 5
"""Products that a label must speak for."""
ROUNDS = 30
SEED = 0
TRIED = 20_000
"""Products that the groups are found on; of more a sample, and all are counted to them."""


def label_clusters(layout: MapLayout, names: Sequence[str]) -> MapLayout:
    """Return the layout with labels.

    Args:
        layout: Places of N products.
        names: Their names, (N,).
    """
    rows = np.flatnonzero(np.isfinite(layout.xy).all(axis=1))
    if len(rows) < FEWEST:
        return layout
    places = layout.xy[rows].astype(np.float32)
    count = int(np.clip(np.sqrt(len(rows)) / 3, 4, MOST))
    groups = k_means(places, count)
    words = distinctive_words([names[row] for row in rows.tolist()], groups, count=count)
    labels = []
    for group in range(count):
        members = np.flatnonzero(groups == group)
        if len(members) < SMALLEST or not words[group]:
            continue
        # On a product, not between two lumps of them.
        centre = np.median(places[members], axis=0)
        nearest = members[((places[members] - centre) ** 2).sum(axis=1).argmin()]
        x, y = places[nearest].tolist()
        labels.append(ClusterLabel(x, y, clean(" ".join(words[group]), 40), len(members)))
    labels.sort(key=lambda label: (-label.size, label.text))
    return replace(layout, labels=tuple(labels))


def k_means(points: Float32Array, count: int) -> IntArray:
    """Return the group of each point by k-means, started by k-means++.

    Arthur and Vassilvitskii (2007). The seed is fixed.

    Args:
        points: (N, D).
        count: Number of groups; some may stay empty where points are equal.

    >>> k_means(np.array([[0.0], [0.1], [9.0], [9.1]]), 2).tolist() in ([0, 0, 1, 1], [1, 1, 0, 0])
    True
    """
    rng = np.random.default_rng(SEED)
    tried = points
    if len(points) > TRIED:
        tried = points[rng.choice(len(points), TRIED, replace=False)]
    start = _start(tried, min(count, len(tried)), rng)
    return nearest_lists(points, fit_centres(tried, start, rounds=ROUNDS))


def _start(
    points: Float32Array,
    count: int,
    rng: np.random.Generator,
) -> Float32Array:
    centres = [points[rng.integers(len(points))]]
    squared = ((points - centres[0]) ** 2).sum(axis=1)
    while len(centres) < count:
        total = float(squared.sum())
        if total <= 0:
            break
        row = int(np.searchsorted(np.cumsum(squared), rng.random() * total))
        centres.append(points[min(row, len(points) - 1)])
        squared = np.minimum(squared, ((points - centres[-1]) ** 2).sum(axis=1))
    return np.stack(centres)
