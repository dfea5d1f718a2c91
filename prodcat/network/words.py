"""Which word pieces a table of words has a row for."""

from collections.abc import Iterable, Sequence

import numpy as np

from prodcat.arrays import IntArray
from prodcat.network.linear import UNKNOWN


class WordRows:
    """Word piece → row of the table of words.

    Args:
        rows: Row of each word piece of the tokenizer, (V,); `UNKNOWN` for those without one.
    """

    def __init__(self, rows: IntArray) -> None:
        self.rows = rows

    @classmethod
    def of(cls, texts: Iterable[Sequence[int]], vocabulary: int) -> "WordRows":
        """Give a row to each word piece of some texts; *vocabulary* is how many there may be."""
        seen = sorted({piece for pieces in texts for piece in pieces})
        rows = np.full(vocabulary, UNKNOWN, dtype=np.int64)
        rows[seen] = np.arange(1, len(seen) + 1)
        return cls(rows)

    @property
    def count(self) -> int:
        """Rows of the table, that of unknown words included."""
        return int(self.rows.max(initial=0)) + 1

    def look_up(self, pieces: IntArray, mask: IntArray) -> IntArray:
        """Return the rows of texts, (B, T).

        Args:
            pieces: Word pieces, (B, T).
            mask: 1 for each, 0 for padding, (B, T).
        """
        return np.where(mask > 0, self.rows[pieces], UNKNOWN)
