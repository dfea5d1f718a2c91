"""The raw scores of products, and what their parts say alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array, IntArray

TOGETHER, NAME, PICTURE = "together", "name", "picture"
"""All parts fused, without the name's answer that is added to it; the name alone; the picture
alone. A product that has no more than one of them has no views."""
VIEWS = (TOGETHER, NAME, PICTURE)
LATE, EARLY, TEXT_ALONE = 0, 1, 2
"""The larger network of a cascade; the smaller one; the smaller one, without the picture."""


def views_of(parts: Sequence[str]) -> tuple[str, ...]:
    """Return the views of a product with these parts, as far as a model has them.

    >>> views_of(["name", "image"]), views_of(["description", "image"]), views_of(["name"])
    (('together', 'name', 'picture'), ('picture',), ())
    """
    if len(parts) == 1:
        return ()
    return (TOGETHER, NAME) * ("name" in parts) + (PICTURE,) * ("image" in parts)


@dataclass(frozen=True, eq=False)
class Scores:
    """Logits of N products over C leaves."""

    logits: Float32Array
    """Those that answer, (N, C)."""
    views: Mapping[str, Float32Array] = field(default_factory=dict)
    """View → its logits, (N, C); those that answer where a product does not have it."""
    early: IntArray | None = None
    """Who answered each product of a cascade, (N,): `LATE`, `EARLY` or `TEXT_ALONE`; None for a
    model of one network."""

    def __len__(self) -> int:
        return len(self.logits)

    def seen(self, parts: Sequence[str]) -> "Scores":
        """Return the same with those views alone that products with these parts have."""
        kept = {view: self.views[view] for view in views_of(parts) if view in self.views}
        return Scores(self.logits, kept, self.early)

    def take(self, rows: NDArray[Any]) -> "Scores":
        """Return those of some products, by place or by truth."""
        return Scores(
            self.logits[rows],
            {view: logits[rows] for view, logits in self.views.items()},
            None if self.early is None else self.early[rows],
        )


def join_scores(parts: list[Scores], *, classes: int) -> Scores:
    """Return the scores of all products, of the first part first."""
    if not parts:
        return Scores(np.zeros((0, classes), dtype=np.float32))
    views = {view for part in parts for view in part.views}
    return Scores(
        np.concatenate([part.logits for part in parts]),
        {
            view: np.concatenate([part.views.get(view, part.logits) for part in parts])
            for view in VIEWS
            if view in views
        },
        _join_early(parts),
    )


def _join_early(parts: Sequence[Scores]) -> IntArray | None:
    found = [part.early for part in parts if part.early is not None]
    return np.concatenate(found) if len(found) == len(parts) else None
