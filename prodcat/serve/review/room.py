"""The queue of a corpus in one process of the service: a desk in a thread of its own."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prodcat.errors import CorpusError, InputError, SearchError
from prodcat.product import PathLike, Product
from prodcat.review.card import EXAMPLES, FindSimilar
from prodcat.review.desk import Desk, Suggest
from prodcat.serve.batching import FullError
from prodcat.serve.models import Models
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
        suggest: Suggests a category for cards that came without.

    Raises:
        CorpusError: If the corpus cannot be opened and written.
    """

    def __init__(
        self,
        corpus: PathLike,
        neighbours: Neighbours | None = None,
        suggest: Suggest | None = None,
    ) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prodcat-review")
        self._waiting = 0
        find = None if neighbours is None else finder(neighbours)
        try:
            self._desk = self._thread.submit(Desk.open, corpus, find, suggest).result()
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


def open_room(
    settings: ServeSettings, neighbours: Neighbours | None, suggest: Suggest | None = None
) -> ReviewRoom | None:
    """Open the queue of the corpus that is served; None where there is no corpus to write to.

    Raises:
        CorpusError: If the corpus is of no use at all, neither for its queue nor for its index.
    """
    if settings.corpus is None:
        return None
    try:
        return ReviewRoom(settings.corpus, neighbours, suggest)
    except CorpusError as error:
        if settings.index_folder is None:
            raise
        logger.warning("There is no queue to go through: %s", error)
        return None


def suggester(models: Models) -> Suggest:
    """Return what suggests the best leaf of the model in use."""

    def suggest(product: Product) -> tuple[CategoryPath, float] | None:
        (answer,) = models.current.batches.predict_many([product])
        if answer.leaf is None or answer.leaf_probability is None:
            return None
        return tuple(answer.leaf), min(1.0, max(0.0, answer.leaf_probability))

    return suggest


def finder(neighbours: Neighbours) -> FindSimilar:
    """Return what finds similar products of a category by the index."""

    def find(product_id: str, path: CategoryPath) -> Sequence[str]:
        try:
            hits = neighbours.find(None, product_id, k=EXAMPLES + FURTHER, category=path)
        except (InputError, SearchError):  # not in the index, or nothing to compare it by
            return ()
        return [hit["id"] for hit in hits]

    return find
