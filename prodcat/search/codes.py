"""Vectors as bytes, a quarter of their size, and how far a product with them can be wrong.

Each column has its own range, cut into 255 steps, and the query takes up the steps' sizes: so the
scores of all rows are products of whole numbers, times one number, plus another. What rounding
took from a row is a vector whose length is kept beside it. By Cauchy and Schwarz no score is
further from the true one than the query's length times that: whoever computes anew, exactly, each
row that could still be among the best, finds the very best.
"""

from dataclasses import dataclass

import numpy as np

from prodcat.arrays import Float32Array, UInt8Array
from prodcat.search.scan import Int8Array, Int32Array

LEVELS = 255
DIGIT = 63
"""Largest digit of a query. Processors without VNNI add two products of an unsigned with a signed
byte in 16 bits: 2 * 255 * 63 still fits."""
BASE = 2 * DIGIT
DIGITS = 3
"""So many digits of a query's numbers, 20 bits together: finer than what a row's bytes can tell."""


@dataclass(frozen=True, eq=False)
class Codes:
    """How rows of D numbers become bytes."""

    low: Float32Array
    """What the byte 0 stands for, (D,)."""
    step: Float32Array
    """What one more stands for, (D,), all above 0."""

    def encode(self, rows: Float32Array) -> tuple[UInt8Array, Float32Array]:
        """Return the bytes of rows (N, D), and the length of what rounding took, (N,)."""
        scaled = (rows - self.low) / self.step
        codes = np.clip(np.rint(scaled), 0, LEVELS).astype(np.uint8)
        lost = (scaled - codes) * self.step
        return codes, np.linalg.norm(lost, axis=1).astype(np.float32)

    def query(self, query: Float32Array) -> "CodedQuery":
        """Return a query (D,) as digits that bytes are multiplied with."""
        stretched = query.astype(np.float64) * self.step
        unit = float(np.abs(stretched).max()) / DIGIT or 1.0
        rest = stretched / unit
        digits = np.empty((len(query), DIGITS), dtype=np.int8)
        for place in range(DIGITS):
            whole = np.rint(rest)
            digits[:, place] = whole
            rest = (rest - whole) * BASE
        units = unit / BASE ** np.arange(DIGITS)
        missing = float(np.abs(rest).sum()) * unit / BASE**DIGITS * LEVELS
        return CodedQuery(
            digits,
            units.astype(np.float32),
            float(query.astype(np.float64) @ self.low),
            missing,
        )


@dataclass(frozen=True, eq=False)
class CodedQuery:
    """A query as digits."""

    digits: Int8Array
    """(D, DIGITS)."""
    units: Float32Array
    """What one of each digit is worth, (DIGITS,)."""
    offset: float
    missing: float
    """More than this the digits left out cannot make of any score."""

    def scores(self, products: Int32Array) -> Float32Array:
        """Return scores (N,) from the products (N, DIGITS) of rows with the digits."""
        scores = products[:, 0] * self.units[0]
        for place in range(1, DIGITS):
            scores += products[:, place] * self.units[place]
        scores += np.float32(self.offset)
        return scores


def fit_codes(low: Float32Array, high: Float32Array) -> Codes:
    """Choose the codes of rows whose columns lie between *low* and *high*, (D,) each."""
    span = (high - low).astype(np.float32)
    # A column that is the same everywhere still has to bear rows that come later.
    step = np.where(span > 1e-6, span, np.float32(2.0)) / LEVELS
    return Codes(low.astype(np.float32), step.astype(np.float32))
