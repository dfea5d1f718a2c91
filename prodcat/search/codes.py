"""Vectors as bytes, a quarter of their size, and how far a product with them can be wrong.

Each column has its own range, cut into 255 steps, and the query takes up the steps' sizes: so the
scores of all rows are products of whole numbers, times one number, plus another. What rounding
took from a row is a vector whose length is kept beside it. By Cauchy and Schwarz no score is
further from the true one than the query's length times that: whoever computes anew, exactly, each
row that could still be among the best, finds the very best.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import Float32Array, UInt8Array
from prodcat.search.scan import Int8Array, Int32Array

Int16Array = NDArray[np.int16]

LEVELS = 255
FINE, HALF = 128, 2**15
"""Steps of 16 bits in one of a byte; values of 16 bits below 0. They reach twice as far as bytes:
products that come later lie further out."""
LEAST_SPAN = 0.2
"""A column has at least this range, however near its values lie in the beginning."""
DIGIT = 63
"""Largest digit of a query. Processors without VNNI add two products of an unsigned with a signed
byte in 16 bits: 2 * 255 * 63 still fits."""
BASE = 2 * DIGIT
DIGITS = 3
"""So many digits of a query's numbers, 20 bits together: finer than what a row's bytes can tell."""


@dataclass(frozen=True, eq=False)
class Codes:
    """How rows of D numbers become whole numbers of 16 bits, and these bytes.

    Sixteen bits of a fixed range are finer than those of a float16, of which products that are
    told apart in the fifth digit of a cosine are one.
    """

    low: Float32Array
    """What the byte 0 stands for, (D,)."""
    step: Float32Array
    """What one more stands for, (D,), all above 0."""

    @cached_property
    def fine(self) -> Float32Array:
        """What one more of 16 bits stands for, (D,)."""
        return self.step / np.float32(FINE)

    @cached_property
    def middle(self) -> Float32Array:
        """What 16 bits of 0 stand for, (D,)."""
        return self.low + np.float32(LEVELS / 2) * self.step

    def pack(self, rows: Float32Array) -> Int16Array:
        """Return rows (N, D) in 16 bits."""
        packed = np.rint((rows - self.middle) / self.fine)
        return np.clip(packed, -HALF, HALF - 1).astype(np.int16)

    def unpack(self, packed: Int16Array) -> Float32Array:
        """Return the rows that 16 bits stand for."""
        return self.middle + packed * self.fine

    def encode(self, packed: Int16Array) -> tuple[UInt8Array, Float32Array]:
        """Return the bytes of packed rows (N, D), and the length of what rounding took, (N,)."""
        steps = packed / np.float32(FINE) + np.float32(LEVELS / 2)
        codes = np.clip(np.rint(steps), 0, LEVELS).astype(np.uint8)
        lost = (steps - codes) * self.step
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
        exact = query.astype(np.float64)
        return CodedQuery(
            digits=digits,
            units=units.astype(np.float32),
            offset=float(exact @ self.low),
            missing=missing,
            fine=(exact * self.fine).astype(np.float32),
            middle=float(exact @ self.middle),
        )


@dataclass(frozen=True, eq=False)
class CodedQuery:
    """A query as digits."""

    digits: Int8Array
    """(D, DIGITS)."""
    units: Float32Array
    """What one of each digit is worth, (DIGITS,)."""
    offset: float
    """Its product with what bytes of 0 stand for."""
    missing: float
    """More than this the digits left out cannot make of any score."""
    fine: Float32Array
    """What to multiply rows of 16 bits with, (D,)."""
    middle: float
    """Its product with what 16 bits of 0 stand for."""

    def scores(self, products: Int32Array) -> Float32Array:
        """Return scores (N,) from the products (N, DIGITS) of rows with the digits."""
        scores = products[:, 0] * self.units[0]
        for place in range(1, DIGITS):
            scores += products[:, place] * self.units[place]
        scores += np.float32(self.offset)
        return scores

    def exact(self, packed: Int16Array) -> Float32Array:
        """Return the scores of rows of 16 bits, (N, D)."""
        scores: Float32Array = packed.astype(np.float32) @ self.fine + np.float32(self.middle)
        return scores


def fit_codes(low: Float32Array, high: Float32Array) -> Codes:
    """Choose the codes of rows whose columns lie between *low* and *high*, (D,) each."""
    span = np.maximum(high - low, np.float32(LEAST_SPAN))
    middle = (low + high) / 2
    return Codes((middle - span / 2).astype(np.float32), (span / LEVELS).astype(np.float32))
