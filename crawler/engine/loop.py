"""The loop of a crawl: tasks go out to workers, what these bring is written, until none waits."""

import logging
import math
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

from crawler.engine.frontier import Frontier
from crawler.engine.hosts import HostWatch
from crawler.engine.progress import CrawlSettings
from crawler.engine.tasks import StoredTask
from crawler.engine.workers import Workers
from crawler.engine.writer import TaskOutcome, Writer

logger = logging.getLogger(__name__)

# More than the usual number of threads can have out: all that is there is one transaction.
BATCH = 200
# How long the loop may sleep where nothing comes: what Ctrl-C has to wait for.
TICK_S = 0.2
GRACE_S = 10.0
# Pages are fetched when fewer pictures than this wait for each thread: mostly one at a time, so
# that it is written before the next one is asked for, and a killed crawl loses none or one.
PICTURES_AHEAD = 3


class CrawlLoop:
    """Moves tasks from the frontier to the workers, and outcomes from these to the writer.

    Args:
        frontier: What waits.
        writer: Where outcomes go.
        workers: Threads that have been started.
        settings: Whether pictures are fetched, and when what failed is tried again.
        stop: Once set, the loop ends.
        on_turn: Called after each turn.
    """

    def __init__(
        self,
        frontier: Frontier,
        writer: Writer,
        workers: Workers,
        settings: CrawlSettings,
        *,
        stop: threading.Event,
        on_turn: Callable[[], None],
    ) -> None:
        self.frontier, self.writer, self.workers = frontier, writer, workers
        self.settings, self.stop, self.on_turn = settings, stop, on_turn
        # Their rows say "waiting" until they are written, so the frontier would give them again.
        self._in_hand: dict[str, StoredTask] = {}
        self._pages_in_hand = 0
        self._hosts = HostWatch()
        # Whatever else turns up of these in this run is left to the next one, too.
        self._refusing: dict[str, str] = {}
        self._fatal: Exception | None = None

    def run(self) -> None:
        """Work until nothing waits or is in hand, or until it is stopped.

        Raises:
            CrawlStopped: If a source cannot go on; what was found is written.
            CorpusError: If the corpus cannot be read or written.
        """
        while not self.stop.is_set():
            self._lay_out()
            if not self._in_hand and not self._try_again():
                return
            if batch := self._next_batch():
                self._write(batch)
            if self._fatal is not None:
                self.finish()
                raise self._fatal
            self.on_turn()

    def finish(self) -> None:
        """Send the threads home, and write what they still bring within a moment."""
        self.workers.finish(GRACE_S)
        while batch := self._next_batch():
            self._write(batch)

    def _lay_out(self) -> None:
        """Lay out pictures first, and pages as fast as their pictures are fetched."""
        workers = self.settings.fetch.workers
        if len(self.workers.ready) >= 2 * workers:
            return
        waiting = self.frontier.waiting
        pictures_in_hand = len(self._in_hand) - self._pages_in_hand
        tasks = []
        if self.settings.pictures and waiting.pictures > pictures_in_hand:
            tasks = self.frontier.take(pictures=True, limit=8 * workers, but=self._in_hand)
        if waiting.pages > self._pages_in_hand:
            # Pages in hand count as the pictures that they will bring.
            ahead = waiting.pictures + self._pages_in_hand * waiting.pictures_per_page
            missing = PICTURES_AHEAD * workers - ahead
            # Pages may bring no picture at all, and nothing is divided by zero.
            pages = math.ceil(missing / max(0.5, waiting.pictures_per_page))
            if pages > 0:
                limit = min(pages, 4 * workers)
                tasks += self.frontier.take(pictures=False, limit=limit, but=self._in_hand)
        tasks = self._without_refusing(tasks)
        for task in tasks:
            self._in_hand[task.id] = task
            self._pages_in_hand += not task.is_picture
        self.workers.ready.put(tasks)

    def _without_refusing(self, tasks: list[StoredTask]) -> list[StoredTask]:
        """Leave to the next run what has turned up since of hosts that refuse to be asked."""
        hosts = {task.host for task in tasks if task.host in self._refusing}
        if hosts:
            with self.writer.corpus.transaction():
                for host in hosts:
                    self.frontier.give_up(
                        host, self._refusing[host], reason="host-refuses", but=self._in_hand
                    )
        return [task for task in tasks if task.host not in hosts]

    def _drop_from_hand(self, task: StoredTask) -> None:
        del self._in_hand[task.id]
        self._pages_in_hand -= not task.is_picture

    def _try_again(self) -> bool:
        """Give what failed for now another try; say whether there is anything."""
        waiting = self.frontier.waiting
        if waiting.pages or (self.settings.pictures and waiting.pictures):
            return True
        with self.writer.corpus.transaction():
            if not self.frontier.retry():
                return False
        self.stop.wait(self.settings.retry_pause_s)
        return True

    def _next_batch(self) -> list[TaskOutcome]:
        """Wait a moment for outcomes, and take those that are there."""
        batch: list[TaskOutcome] = []
        with suppress(queue.Empty):
            outcome = self.workers.outcomes.get(timeout=TICK_S)
            while True:
                if isinstance(outcome, TaskOutcome):
                    batch.append(outcome)
                else:
                    # Not raised here: what came before it is written first.
                    self._fatal = self._fatal or outcome
                if len(batch) >= BATCH:
                    break
                outcome = self.workers.outcomes.get_nowait()
        return batch

    def _write(self, batch: list[TaskOutcome]) -> None:
        self.writer.write(batch)
        self.workers.ready.mark_written([outcome.task for outcome in batch])
        for outcome in batch:
            self._drop_from_hand(outcome.task)
            if outcome.visit is not None:
                pictures = sum(1 for record in outcome.records if record.image_urls)
                self.frontier.waiting.note_page(pictures)
        self._watch_hosts(batch)

    def _watch_hosts(self, batch: list[TaskOutcome]) -> None:
        """Give up a host that is down, or that refuses most of what it is asked."""
        for outcome in batch:
            host, failure = outcome.task.host, outcome.failure
            why = self._hosts.note(host, failure)
            if why is None or failure is None or host in self._refusing:
                continue
            if why.reason == "host-refuses":
                self._refusing[host] = failure.message
            for task in self.workers.ready.drop(host):
                self._drop_from_hand(task)
            with self.writer.corpus.transaction():
                number = self.frontier.give_up(
                    host, failure.message, reason=why.reason, but=self._in_hand
                )
            logger.warning("%s %s: %d tasks are left for the next run", host, why.words, number)
