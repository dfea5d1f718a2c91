"""A drawn catalogue with labels that were made wrong, and what it takes to check it."""

import numpy as np

from prodcat.review.checking import common_levels

PATHS = [
    *(("Women", "Shoes", leaf) for leaf in ("Boots", "Sandals", "Heels")),
    *(("Men", "Shoes", leaf) for leaf in ("Boots", "Sandals", "Loafers")),
    *(("Bags", leaf) for leaf in ("Totes", "Clutches", "Backpacks")),
]
COMMON = common_levels(PATHS)


class Catalogue:
    """Products of nine categories whose embeddings say which they are of, most of the time.

    Args:
        products: How many there are.
        wrong: How many of the labels are a sibling's.
        seed: Another one draws others.
    """

    def __init__(self, products=900, wrong=30, seed=0):
        rng = np.random.default_rng(seed)
        # The last categories are rare.
        share = np.array([8, 8, 8, 8, 8, 4, 2, 1, 1])
        self.right = rng.choice(9, size=products, p=share / share.sum())
        self.labels = self.right.copy()
        self.is_wrong = np.zeros(products, dtype=bool)
        self.is_wrong[rng.permutation(products)[:wrong]] = True
        for place in np.flatnonzero(self.is_wrong):
            first = self.right[place] // 3 * 3
            self.labels[place] = first + (self.right[place] - first + rng.integers(1, 3)) % 3
        self.folds = rng.integers(5, size=products)
        centres = rng.normal(0, 1, (9, 6))
        self._points = centres[self.right] + rng.normal(0, 0.5, (products, 6))

    def answers(self, labels, folds, weights=None):
        """Answer by the distance to the mean of each category in the other folds."""
        for fold in range(5):
            logs = np.full((int((folds == fold).sum()), 9), -30.0, dtype=np.float32)
            for label in range(9):
                known = (folds != fold) & (labels == label)
                if known.any():
                    mean = np.average(
                        self._points[known],
                        axis=0,
                        weights=None if weights is None else weights[known] + 1e-9,
                    )
                    distances = ((self._points[folds == fold] - mean) ** 2).sum(axis=1)
                    logs[:, label] = -distances + np.log(known.mean())
            logs -= logs.max(axis=1, keepdims=True)
            yield (logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))).astype(np.float32)
