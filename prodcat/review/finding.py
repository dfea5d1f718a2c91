"""Suspicions of single products: wrong labels, too little to decide by, what fits nowhere."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray
from prodcat.corpus.product_row import ProductRow
from prodcat.review.evidence import WordShares, words_say
from prodcat.review.judging import JudgedLabels
from prodcat.review.suspicion import Suspicion
from prodcat.taxonomy.paths import CategoryPath, join_path
from prodcat.wording import percent

LEAST_WRONG = 0.1
"""Probability of a wrong label from which on a product is shown."""
SHOWN, LEAST_SHOWN = 0.01, 20
"""Share of the labels that are shown in any case, the likeliest wrong ones, and how many at least:
a small catalogue says too little for a probability, and the order is good all the same."""
DECIDED_WRONG = 0.9
"""The same where a person has decided on the label."""
STRANGE = 0.01
"""Share of the products that lie farthest from every category, among which foreign ones are
looked for."""
UNSURE = 0.5
"""Probability of the likeliest category under which a product may be foreign, or lack what it
takes to decide."""


class Finder:
    """Turns what was judged into suspicions.

    Args:
        rows: The products, (N,).
        categories: Ids of the categories, (C,).
        paths: Their paths, (C,).
        judged: What was judged of the products' labels.
        shares: Of the words of names.
        groups: Near-duplicate group of each product, None for none, (N,).
    """

    def __init__(
        self,
        rows: Sequence[ProductRow],
        categories: Sequence[str],
        paths: Sequence[CategoryPath],
        judged: JudgedLabels,
        shares: WordShares,
        groups: Sequence[object],
    ) -> None:
        self.rows, self.labels, self.categories = rows, judged.labels, categories
        self.judged, self.shares, self.groups = judged, shares, groups
        self.place = {row.id: place for place, row in enumerate(rows)}
        self.paths = paths

    def wrong_labels(self) -> list[Suspicion]:
        """Labels that look wrong, one for each group and suggestion."""
        wrong = np.nan_to_num(self.judged.wrong)
        found: dict[object, Suspicion] = {}
        order = np.argsort(-np.nan_to_num(self.judged.scores, nan=-np.inf), kind="stable")
        labelled = int((self.labels >= 0).sum())
        shown = min(labelled, max(LEAST_SHOWN, round(SHOWN * labelled)))
        for rank, place in enumerate(order[:labelled]):
            row = self.rows[place]
            is_likely = wrong[place] >= (DECIDED_WRONG if row.is_decided else LEAST_WRONG)
            if not is_likely and (row.is_decided or rank >= shown):
                continue
            label, other = int(self.labels[place]), int(self.judged.others[place])
            group = self.groups[place]
            key = (place,) if group is None else (group, label, other)
            if key in found:
                first = found[key]
                found[key] = replace(first, alike=(*first.alike, row.id))
                continue
            found[key] = Suspicion(
                row.id,
                "label",
                self._reason(int(place)),
                float(wrong[place]),
                self.categories[other],
                float(wrong[place] * self.judged.shares[place]),
            )
        return list(found.values())

    def _reason(self, place: int) -> str:
        label, other = int(self.labels[place]), int(self.judged.others[place])
        here, there = told_apart(self.paths[label], self.paths[other])
        reason = (
            f"By what is known of other products it is {there}"
            f" ({percent(float(self.judged.shares[place]), digits=0)} of what is not {here});"
            f" {here} has {percent(float(self.judged.own[place]))}"
        )
        if words := self.shares.between(self.rows[place].name, label, other):
            reason += f"; {words_say(words, here, there)}"
        if self.rows[place].is_decided:
            reason += "; a person has decided on the label, but this speaks strongly against it"
        return f"{reason}."

    def poor(self) -> list[Suspicion]:
        """Products without enough to decide by."""
        found = []
        for row in self.rows:
            if row.image_sha256 is not None or row.description or row.is_decided:
                continue
            if self.shares.knows(row.name) == 0:
                lacks = "a name of words that no other has" if row.name else "no name"
                reason = f"It has {lacks}, no description and no picture."
                found.append(Suspicion(row.id, "poor", reason, 0.3))
        return found

    def foreign(self, embeddings: Float32Array) -> list[Suspicion]:
        """Products that fit nowhere: unlike every category, and sure of none."""
        likeliest = np.maximum(
            np.nan_to_num(self.judged.own),
            self.judged.shares * (1 - np.nan_to_num(self.judged.own)),
        )
        nearness, present = nearest_mean(embeddings, self.labels, len(self.categories))
        candidates = np.flatnonzero(present & (likeliest < UNSURE))
        if not len(candidates):
            return []
        limit = np.quantile(nearness[present], STRANGE)
        found = []
        for place in candidates[nearness[candidates] <= limit]:
            row = self.rows[place]
            if row.is_decided:
                continue
            reason = (
                f"It is less like any category than {percent(1 - STRANGE, digits=0)} of all"
                f" products, and the likeliest one has {percent(float(likeliest[place]))}."
            )
            found.append(Suspicion(row.id, "foreign", reason, float(1 - likeliest[place]) / 2))
        return found


def nearest_mean(
    embeddings: Float32Array, labels: IntArray, classes: int
) -> tuple[Float32Array, BoolArray]:
    """Return how near each product is to the nearest category's mean, without itself in it.

    Returns:
        The largest cosine, (N,); and which products have an embedding at all, (N,).
    """
    lengths = np.linalg.norm(embeddings, axis=1)
    present = lengths > 0
    unit = embeddings / np.maximum(lengths, 1e-9)[:, None]
    sums = np.zeros((classes, embeddings.shape[1]), dtype=np.float32)
    np.add.at(sums, labels[labels >= 0], unit[labels >= 0])
    means = sums / np.maximum(np.linalg.norm(sums, axis=1), 1e-9)[:, None]
    cosines = unit @ means.T
    places = np.flatnonzero(labels >= 0)
    rest = sums[labels[places]] - unit[places]
    rest /= np.maximum(np.linalg.norm(rest, axis=1), 1e-9)[:, None]
    cosines[places, labels[places]] = (rest * unit[places]).sum(axis=1)
    return cosines.max(axis=1), present


def told_apart(one: CategoryPath, other: CategoryPath) -> tuple[str, str]:
    """Return the shortest names by which two categories differ.

    >>> told_apart(("Men", "Shoes", "Heels"), ("Men", "Shoes", "Loafers"))
    ('Heels', 'Loafers')
    >>> told_apart(("Girls", "Earrings"), ("Women", "Earrings"))
    ('Girls > Earrings', 'Women > Earrings')
    """
    if one[-1] != other[-1]:
        return one[-1], other[-1]
    # From the first level on that differs, which is in the shorter one or just below it.
    level = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    return _ends(one, level), _ends(other, level)


def _ends(path: CategoryPath, level: int) -> str:
    return join_path((path[level], path[-1]) if level < len(path) - 1 else path[-1:])
