"""Rows of unit length, whose dot products are cosines."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array


def unit_rows(rows: NDArray[Any]) -> Float32Array:
    """Return rows scaled to unit length; zeros stay zeros.

    >>> unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    values = np.asarray(rows, dtype=np.float64)
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    return (values / np.where(lengths > 0, lengths, 1.0)).astype(np.float32)
