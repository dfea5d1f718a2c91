"""What products share, as ties between them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from prodcat.data.groups import Edge

MOST_MAKERS = 5
"""Of one picture or text; what more makers share is a placeholder."""


@dataclass(frozen=True)
class CutKey:
    """What more products share than a group may have, so that it says nothing of any."""

    kind: str
    example: int
    """Place of a product that has it."""
    products: int


def shared_keys(
    kind: str, keys: NDArray[np.int64], *, most: int, spread: NDArray[np.int64] | None = None
) -> tuple[list[Edge], list[CutKey]]:
    """Tie each product to the next one of the same key.

    Args:
        kind: What is shared, for `CutKey`.
        keys: Of each product, (N,); 0 ties nothing.
        most: Products that may share a key.
        spread: Makers of the products, (N,); a key of more than `MOST_MAKERS` of them, such as
            the picture that stands for a missing one, ties nothing. None for not asked.
    """
    places = np.flatnonzero(keys)
    order = places[np.argsort(keys[places], kind="stable")]
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    edges: list[Edge] = []
    cut: list[CutKey] = []
    for run in np.split(order, ends):
        if len(run) < 2:
            continue
        makers = 0 if spread is None else len(np.unique(spread[run]))
        if len(run) > most or makers > MOST_MAKERS:
            cut.append(CutKey(kind, int(run[0]), len(run)))
            continue
        edges += zip(run[:-1].tolist(), run[1:].tolist(), strict=True)
    return edges, cut


def sharing(members: Sequence[int], keys: NDArray[np.int64]) -> set[int]:
    """Return those of a group that share a key with another one of it."""
    seen: dict[int, list[int]] = {}
    for place in members:
        if keys[place]:
            seen.setdefault(int(keys[place]), []).append(place)
    return {place for places in seen.values() if len(places) > 1 for place in places}
