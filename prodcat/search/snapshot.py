"""The rows of an index as they stand: what a search reads, unchanged until it is told anew."""

from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.arrays import BoolArray, Float32Array, IntArray, UInt8Array
from prodcat.errors import SearchError
from prodcat.search.codes import Codes, Packed
from prodcat.search.layout import (
    CENTRES,
    CODES,
    FACT_ROWS,
    FACTS,
    MOST_LISTS,
    RESTS,
    STARTS,
    STEPS,
    map_rows,
    read_array,
)


class Lists:
    """The lists that an index was built with."""

    def __init__(self, folder: Path, width: int) -> None:
        self.centres: Float32Array = read_array(
            folder / CENTRES, (None, width), MOST_LISTS * width
        ).astype(np.float32)
        """(L, D); no rows where all is scanned."""
        self.starts: IntArray = read_array(folder / STARTS, (None,), MOST_LISTS + 1).astype(
            np.int64
        )
        """Where each begins, and the last ends, (L + 1,)."""
        starts, lists = self.starts, len(self.centres)
        if len(starts) != lists + 1 or starts[0] != 0 or (np.diff(starts) < 0).any():
            raise SearchError(f"{folder / STARTS} is damaged. Build the index anew.")

    def __len__(self) -> int:
        return len(self.centres)


def read_codes(folder: Path, width: int) -> Codes:
    """Read how the rows became bytes."""
    low, step = read_array(folder / STEPS, (2, width), 2 * width).astype(np.float32)
    if not (step > 0).all():
        raise SearchError(f"{folder / STEPS} is damaged. Build the index anew.")
    return Codes(low, step)


class Snapshot:
    """The first *rows* rows of an index, without those that were freed.

    Args:
        folder: The folder of data.
        width: Numbers of a row.
        lists: Of the rows that came first.
        rows: How many count.
        before: An older one of the same folder, which knows what was freed.
    """

    def __init__(
        self, folder: Path, width: int, lists: Lists, rows: int, before: "Snapshot | None" = None
    ) -> None:
        self.rows, self.lists = rows, lists
        self.codes: UInt8Array = map_rows(folder / CODES, np.uint8, rows, width)
        """(N, D), see prodcat/search/codes.py."""
        self.rests: UInt8Array = map_rows(folder / RESTS, np.uint8, rows, width)
        self.facts: NDArray[Any] = map_rows(folder / FACT_ROWS, FACTS, rows)
        """(N,) of `FACTS`."""
        self.alive = np.ones(rows, dtype=np.bool_)
        if before is not None:
            self.alive[: before.rows] = before.alive
        late = self.facts["list"][int(lists.starts[-1]) :] if len(lists) else np.empty(0, np.int32)
        if len(late) and not 0 <= late.min() <= late.max() < len(lists):
            raise SearchError(f"{folder / FACT_ROWS} is damaged. Build the index anew.")
        self._late = np.array(late)

    def packed(self, rows: IntArray | slice) -> Packed:
        """Return the vectors of some rows, as they are kept."""
        return Packed(self.codes[rows], self.rests[rows])

    @cached_property
    def category(self) -> NDArray[np.int32]:
        """Number of each row's category; read when it is first asked for, as the others are."""
        return np.ascontiguousarray(self.facts["category"])

    @cached_property
    def price(self) -> Float32Array:
        """Price of each row, NaN where there is none."""
        return np.ascontiguousarray(self.facts["price"])

    @cached_property
    def lost(self) -> Float32Array:
        """Length of what the codes of each row lack."""
        return np.ascontiguousarray(self.facts["lost"])

    def free(self, rows: list[int]) -> None:
        """Leave rows out from now on."""
        if rows and not 0 <= min(rows) <= max(rows) < self.rows:
            raise SearchError("The index is damaged: it frees rows that it lacks. Build it anew.")
        self.alive[rows] = False

    @cached_property
    def tail(self) -> tuple[IntArray, IntArray]:
        """The rows that came after building, by list, and where each list begins among them."""
        order = np.argsort(self._late, kind="stable")
        starts = np.searchsorted(self._late[order], np.arange(len(self.lists) + 1))
        return order + int(self.lists.starts[-1]), starts

    def sizes(self, allowed: BoolArray) -> IntArray:
        """Return how many of the allowed rows each list has, (L,)."""
        # Sums up to each row, and their differences: also right for lists without any.
        sums = np.concatenate([[0], np.cumsum(allowed, dtype=np.int64)])
        starts = self.lists.starts
        rows, tail_starts = self.tail
        tail_sums = np.concatenate([[0], np.cumsum(allowed[rows], dtype=np.int64)])
        return np.diff(sums[starts]) + np.diff(tail_sums[tail_starts])
