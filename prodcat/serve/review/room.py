"""The queue of a corpus in one process of the service: a desk in a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prodcat.errors import CorpusError, InputError, SearchError
from prodcat.product import PathLike
from prodcat.review.card import EXAMPLES, FindSimilar
from prodcat.review.desk import Desk
from prodcat.serve.batching import FullError
from prodcat.serve.neighbours import Neighbours
from prodcat.serve.settings import ServeSettings
from prodcat.taxonomy.paths import CategoryPath

logger = logging.getLogger(__name__)
Result = TypeVar("Result")
WAITING = 200
"""Requests that wait for the desk; each takes some milliseconds."""
FURTHER = 20
"""Similar products that are looked at beyond those shown, since near-duplicates are left out."""


class ReviewRoom:
    """A desk and the thread that works at it.

    Args:
        corpus: Where the queue is.
        neighbours: The index of similar products, if there is one.

    Raises:
        CorpusError: If the corpus cannot be opened and written.
    """

    def __init__(self, corpus: PathLike, neighbours: Neighbours | None = None) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prodcat-review")
        self._waiting = 0
        find = None if neighbours is None else finder(neighbours)
        try:
            self._desk = self._thread.submit(Desk.open, corpus, find).result()
        except BaseException:
            self._thread.shutdown()
            raise

    async def do(self, work: Callable[[Desk], Result]) -> Result:
        """Do something at the desk, one after the other.

        Raises:
            FullError: If too many wait for it already.
        """
        if self._waiting >= WAITING:
            raise FullError(0.01 * self._waiting)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, work, self._desk)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Finish what was begun, and close the corpus."""
        self._thread.submit(self._desk.close)
        self._thread.shutdown(wait=True)


def open_room(settings: ServeSettings, neighbours: Neighbours | None) -> ReviewRoom | None:
    """Open the queue of the corpus that is served; None where there is no corpus to write to.

    Raises:
        CorpusError: If the corpus is of no use at all, neither for its queue nor for its index.
    """
    if settings.corpus is None:
        return None
    try:
        return ReviewRoom(settings.corpus, neighbours)
    except CorpusError as error:
        if settings.index_folder is None:
            raise
        logger.warning("There is no queue to go through: %s", error)
        return None


def finder(neighbours: Neighbours) -> FindSimilar:
    """Return what finds similar products of a category by the index."""

    def find(product_id: str, path: CategoryPath) -> Sequence[str]:
        try:
            hits = neighbours.find(None, product_id, k=EXAMPLES + FURTHER, category=path)
        except (InputError, SearchError):  # not in the index, or nothing to compare it by
            return ()
        return [hit["id"] for hit in hits]

    return find
