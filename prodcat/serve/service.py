"""What one process of the service holds, from its start to its end."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from prodcat.errors import ModelError
from prodcat.serve.batching import Batcher, FullError
from prodcat.serve.jobs.running import JobRunner
from prodcat.serve.jobs.store import JobStore
from prodcat.serve.keys import read_keys
from prodcat.serve.metrics import Metrics
from prodcat.serve.models import Models
from prodcat.serve.neighbours import Neighbours
from prodcat.serve.review.room import open_room, suggester
from prodcat.serve.settings import ServeSettings, own_jobs_folder

Result = TypeVar("Result")


class Service:
    """All that endpoints work with.

    Args:
        settings: What to serve.
        tell_others: Called when this process took up a new model, for the others to do so too.
    """

    def __init__(
        self, settings: ServeSettings, tell_others: Callable[[], None] | None = None
    ) -> None:
        self.settings, self.limits = settings, settings.limits
        self.keys = read_keys(settings.key_file)
        self.names = {name.lower() for name in settings.names}
        if settings.host not in ("0.0.0.0", "::"):  # noqa: S104  (addresses of no host)
            self.names.add(settings.host.lower())
        self.metrics = Metrics()
        self.draining = False
        self.bodies_bytes = 0
        """Of requests that have come, in part or whole, and have no answer yet."""
        self._tell_others = tell_others
        self._taking_up = asyncio.Lock()
        folder = settings.index_folder
        self.neighbours = None if folder is None else Neighbours(folder)
        self.models = Models(settings.model)
        self.review = open_room(settings, self.neighbours, suggester(self.models))
        self.batcher = Batcher(self.limits.waiting, on_batch=self._note_batch)
        self.jobs = JobStore(settings.jobs_folder or own_jobs_folder(), self.limits)
        self.runner = JobRunner(self.jobs, settings.model, self.metrics)
        self._aside = ThreadPoolExecutor(1, thread_name_prefix="prodcat-aside")
        self._aside_waiting = 0

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here."""
        return not self.draining

    async def aside(self, work: Callable[[], Result]) -> Result:
        """Do what takes longer than an answer, one after the other, beside the answers.

        Raises:
            FullError: If too many wait for it already.
        """
        if self._aside_waiting >= self.limits.explaining:
            raise FullError(0.2 * self._aside_waiting)
        self._aside_waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._aside, work)
        finally:
            self._aside_waiting -= 1

    async def take_up_model(self) -> bool:
        """Take up the model that lies in its folder now, and tell whether it is another one.

        Raises:
            ModelError: If it cannot be used; the old one stays.
        """
        try:
            # One after the other: waiting in threads they would take them from everybody else.
            async with self._taking_up:
                changed = await asyncio.to_thread(self.models.take_up)
        except ModelError:
            self.metrics.model_changes.labels("refused").inc()
            raise
        if changed:
            self.metrics.model_changes.labels("taken up").inc()
            if self._tell_others is not None:
                self._tell_others()
        return changed

    def close(self) -> None:
        """Answer what waits, and let go of everything."""
        self.batcher.close()
        self._aside.shutdown(wait=True, cancel_futures=True)
        if self.review is not None:
            self.review.close()
        if self.neighbours is not None:
            self.neighbours.close()
        self.jobs.close()
        if self.settings.jobs_folder is None:
            self.jobs.remove_all()

    def _note_batch(self, products: int, seconds: float) -> None:
        self.metrics.batches.observe(products)
        self.metrics.batch_seconds.observe(seconds)
        self.metrics.in_hand.set(self.batcher.in_hand)

    def facts(self) -> dict[str, Any]:
        """Return the limits that a client should know."""
        limits = self.limits
        return {
            "body_bytes": limits.body_bytes,
            "products": limits.products,
            "picture_bytes": limits.picture_bytes,
            "picture_pixels": limits.picture_pixels,
            "table_bytes": limits.table_bytes,
        }
