"""Threads that share the work of one call."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice, pairwise
from typing import TypeVar

Input = TypeVar("Input")
Output = TypeVar("Output")
LEAST_SHARE = 4
"""Inputs of a batch that are not worth sharing."""


class Threads:
    """Threads that share work with each other; they start with the first of it.

    Args:
        cores: How many; with 1 there are none, and the caller does all.
    """

    def __init__(self, cores: int) -> None:
        self.cores = cores
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._process = os.getpid()

    def map(self, work: Callable[[Input], Output], items: Iterable[Input]) -> Iterator[Output]:
        """Do work on all items at once; yield what comes of each, in order.

        Without threads an item is worked on when its result is asked for.
        """
        if self.cores == 1:
            return map(work, items)
        items = list(items)
        try:
            return self._threads().map(work, items)
        except RuntimeError:  # threads can no longer be started: the main one has ended, say
            return map(work, items)

    def in_shares(
        self, work: Callable[[Sequence[Input]], Output], batches: Iterable[Sequence[Input]]
    ) -> Iterator[Output]:
        """Work on one batch after the other, all on shares of it; yield results in order.

        The next batch is taken when all of the last was yielded.
        """
        for batch in batches:
            yield from self.map(work, split(batch, self.cores))

    def _threads(self) -> ThreadPoolExecutor:
        with self._lock:
            # A forked process has none of its parent's threads, and would wait for them.
            if self._pool is None or self._process != os.getpid():
                self._process = os.getpid()
                self._pool = ThreadPoolExecutor(self.cores, thread_name_prefix="prodcat")
            return self._pool


def in_batches(items: Iterable[Input], size: int) -> Iterator[tuple[Input, ...]]:
    """Take so many items at a time.

    >>> list(in_batches("abc", 2))
    [('a', 'b'), ('c',)]
    """
    items = iter(items)
    while batch := tuple(islice(items, size)):
        yield batch


def split(items: Sequence[Input], most: int) -> list[Sequence[Input]]:
    """Split items into shares of nearly one size, of `LEAST_SHARE` or more where there are so many.

    >>> split("abcdefghij", 2), split("abcdef", 3), split("abc", 2)
    (['abcde', 'fghij'], ['abcdef'], ['abc'])
    """
    shares = max(1, min(most, len(items) // LEAST_SHARE))
    ends = [len(items) * share // shares for share in range(shares + 1)]
    return [items[start:end] for start, end in pairwise(ends)]
