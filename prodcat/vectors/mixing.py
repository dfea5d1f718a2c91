"""Mixes of several kinds of vectors: one number says how alike two products are.

A weighted sum of cosines is one dot product: that of the kinds' unit vectors put side by side,
each times the root of its weight; or, of the plain ones, with the query's each times its weight.
So an index keeps the plain ones, and a caller moves the weights with every query.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.errors import InputError
from prodcat.vectors.kinds import KINDS, check_kinds

MIXES: Mapping[str, Mapping[str, float]] = {
    "kind": {"fused": 1.0},
    "look": {"fused": 0.735, "look": 0.22, "colour": 0.045},
}
"""Mixes by name: the same kind of thing; the same kind of thing in the same look.

The weights of the second are 1, 0.3 and 0.06 in whole: chosen by the six nearest of 1,500
validation products of fashion.parquet among its training products, where the leaf is kept and the
colour gains little by more of either; see docs/reports/similar.md. From a picture alone, whose
vector of kind fused is that of the picture, they serve as well.
"""


def weights_of(
    mix: str | Mapping[str, float], available: Sequence[str] = KINDS
) -> dict[str, float]:
    """Return the weight of each kind, in the order of `KINDS`, summing to 1.

    Args:
        mix: Name of a mix, or weights by kind, of whatever sum.
        available: Kinds that there are; those of a named mix that are missing are left out.

    Raises:
        InputError: If there is no such mix, or a weight is no finite number of 0 or more, or all
            of them are 0.
    """
    if isinstance(mix, str):
        if mix not in MIXES:
            raise InputError(f"Unknown mix {mix!r}. Choose one of: {', '.join(MIXES)}.")
        mix = {kind: weight for kind, weight in MIXES[mix].items() if kind in available}
    kinds = check_kinds(list(mix), available)
    for kind in kinds:
        weight = mix[kind]
        if (
            isinstance(weight, bool)
            or not isinstance(weight, int | float)
            or not 0 <= weight < np.inf
        ):
            raise InputError(f"The weight of {kind} is {weight!r}; give a number of 0 or more.")
    total = float(sum(mix.values()))
    if not 0 < total < np.inf:
        raise InputError("All weights are 0; give one kind a weight above 0.")
    return {kind: float(mix[kind]) / total for kind in kinds}


def weighted_query(
    by_kind: Mapping[str, Float32Array], kinds: Sequence[str], weights: Mapping[str, float]
) -> Float32Array:
    """Return what to multiply rows of unit vectors side by side with, to get the sum of cosines.

    Args:
        by_kind: The query's unit vectors, (D,) or (Q, D) each.
        kinds: Those of the rows, in their order.
        weights: Of each kind; one that is missing counts as 0.
    """
    return np.concatenate(
        [np.float32(weights.get(kind, 0.0)) * by_kind[kind] for kind in kinds], axis=-1
    )
