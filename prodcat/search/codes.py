"""Vectors as two bytes a number, and how far a product with the first of them can be wrong.

Each column has its own range, cut into steps, and the first byte, the code, says which step is
nearest; the second, the rest, where in it the number lies. They lie in files of their own, so that
a search scans the codes and reads the rests of the few rows that are nearest, and nothing is kept
twice. The query takes up the steps' sizes: so the scores of all rows are products of whole
numbers, times one number, plus another. The rests of a row are a vector whose length is kept
beside it. By Cauchy and Schwarz no score by codes is further from the true one than the query's
length times that: whoever computes anew, exactly, each row that could still be among the best,
finds the very best.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, UInt8Array
from prodcat.search.scan import Int8Array, Int32Array

LEVELS = 255
"""The largest code. It and 0 are for products that come later and lie further out: of those that
an index is built of, no number has them."""
FINE = 256
"""Rests that a step is cut into."""
OUTER = 2
"""The same where the code is 0 or `LEVELS`: fewer, so that they reach half as far again to either
side as all codes together do."""
MIDDLE = 128
"""The rest of a number just at its step."""
LEAST_SPAN = 0.2
"""A column has at least this range, however near its values lie in the beginning."""
DIGIT = 63
"""Largest digit of a query. Processors without VNNI add two products of an unsigned with a signed
byte in 16 bits: 2 * 255 * 63 still fits."""
BASE = 2 * DIGIT
DIGITS = 3
"""So many digits of a query's numbers, 20 bits together: finer than what a row's bytes can tell."""


class Packed(NamedTuple):
    """Rows of D numbers in two bytes each."""

    codes: UInt8Array
    """(N, D)."""
    rests: UInt8Array
    """(N, D)."""


@dataclass(frozen=True, eq=False)
class Codes:
    """How rows of D numbers become codes and rests.

    Sixteen bits of a fixed range are finer than those of a float16, of which products that are
    told apart in the fifth digit of a cosine are one.
    """

    low: Float32Array
    """What the code 0 stands for, (D,)."""
    step: Float32Array
    """What one more stands for, (D,), all above 0."""

    @cached_property
    def fine(self) -> Float32Array:
        """What one more of a rest stands for, (D,)."""
        return self.step / np.float32(FINE)

    def pack(self, rows: Float32Array) -> Packed:
        """Return rows (N, D) in two bytes a number."""
        steps = (rows - self.low) / self.step
        codes = np.clip(np.rint(steps), 0, LEVELS)
        offsets = steps - codes
        rests = offsets * FINE + MIDDLE
        outer = (codes == 0) | (codes == LEVELS)
        if outer.any():
            # These have one side, and all rests are for it.
            far = offsets[outer] * OUTER
            rests[outer] = np.where(codes[outer] == 0, far + LEVELS, far)
        rests = np.clip(np.rint(rests), 0, LEVELS)
        return Packed(codes.astype(np.uint8), rests.astype(np.uint8))

    def unpack(self, packed: Packed) -> Float32Array:
        """Return the rows that codes and rests stand for."""
        steps: Float32Array = packed.codes + _offsets(packed)
        return self.low + steps * self.step

    def lost(self, packed: Packed) -> Float32Array:
        """Return the length of what a row's codes lack, (N,)."""
        return np.linalg.norm(_offsets(packed) * self.step, axis=1).astype(np.float32)

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
            digits=digits,
            units=units.astype(np.float32),
            offset=float(query.astype(np.float64) @ self.low),
            missing=missing,
            step=stretched.astype(np.float32),
        )


@dataclass(frozen=True, eq=False)
class CodedQuery:
    """A query as digits."""

    digits: Int8Array
    """(D, DIGITS)."""
    units: Float32Array
    """What one of each digit is worth, (DIGITS,)."""
    offset: float
    """Its product with what codes of 0 stand for."""
    missing: float
    """More than this the digits left out cannot make of any score."""
    step: Float32Array
    """What to multiply steps with, (D,)."""

    def scores(self, products: Int32Array) -> Float32Array:
        """Return scores (N,) from the products (N, DIGITS) of rows with the digits."""
        scores = products[:, 0] * self.units[0]
        for place in range(1, DIGITS):
            scores += products[:, place] * self.units[place]
        scores += np.float32(self.offset)
        return scores

    def with_rests(self, scores: Float32Array, packed: Packed) -> Float32Array:
        """Return the exact scores of packed rows, (N,), of those by their codes alone."""
        rests = np.subtract(packed.rests, MIDDLE, dtype=np.float32)
        exact: Float32Array = scores + rests @ (self.step / np.float32(FINE))
        if (places := np.flatnonzero(_outer(packed.codes).any(axis=1))).size:
            outer = Packed(packed.codes[places], packed.rests[places])
            exact[places] = scores[places] + _offsets(outer) @ self.step
        return exact


def _offsets(packed: Packed) -> Float32Array:
    """Return how far numbers lie from their codes, in steps, (N, D)."""
    codes, rests = packed
    offsets = np.subtract(rests, MIDDLE, dtype=np.float32)
    offsets *= np.float32(1 / FINE)
    outer = _outer(codes)
    if outer.any():
        last = codes[outer] == LEVELS
        far = rests[outer].astype(np.float32)
        offsets[outer] = np.where(last, far, far - LEVELS) / OUTER
    return offsets


def _outer(codes: UInt8Array) -> BoolArray:
    """Tell which codes are those of numbers that lie further out."""
    # 255 + 1 is 0 again: both ends by one comparison.
    outer: BoolArray = codes + np.uint8(1) < 2
    return outer


def fit_codes(low: Float32Array, high: Float32Array) -> Codes:
    """Choose the codes of rows whose columns lie between *low* and *high*, (D,) each."""
    span = np.maximum(high - low, np.float32(LEAST_SPAN))
    middle = (low + high) / 2
    # From the second code to the last but one.
    step = span / (LEVELS - 2)
    return Codes((middle - LEVELS / 2 * step).astype(np.float32), step.astype(np.float32))
