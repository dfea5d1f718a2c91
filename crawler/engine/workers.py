"""The threads that fetch, and the queue that they take their tasks from, host by host in turn."""

import logging
import queue
import threading
import time

from crawler.engine.pictures import fetch_picture
from crawler.engine.ready_queue import ReadyQueue
from crawler.engine.records import Record, build_record
from crawler.engine.tasks import StoredTask
from crawler.engine.writer import Failure, TaskOutcome
from crawler.errors import CrawlStopped, FetchError, SourceError
from crawler.http.fetcher import Fetcher
from crawler.http.validators import Validators
from crawler.items import SkippedEntry, Source
from prodcat.errors import CorpusError
from prodcat.inputs.image_store import ImageStore

logger = logging.getLogger(__name__)

NOT_NOW = frozenset({"unreadable", "robots-unreachable", "stopped"})
"""Failures after which a picture is not asked for again within seconds."""


class Workers:
    """Threads that turn tasks into outcomes."""

    def __init__(self, source: Source, fetcher: Fetcher, images: ImageStore, number: int) -> None:
        self.source, self.fetcher, self.images = source, fetcher, images
        self.ready = ReadyQueue(lambda host: fetcher.limits.of(host).slots, number)
        # Only one thread at a time has a task, so that its entry needs no lock.
        self._tries: dict[str, int] = {}
        self._visiting = threading.local()
        fetcher.on_answer = self._hurry
        self.outcomes: queue.SimpleQueue[TaskOutcome | Exception] = queue.SimpleQueue()
        """What came of tasks; an exception is one that ends the crawl."""
        self._threads = [
            threading.Thread(target=self._run, name=f"crawl-{n}", daemon=True)
            for n in range(number)
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def halt(self) -> None:
        """Let whatever waits give up, and send all threads home."""
        self.fetcher.stop.set()
        self.ready.close()

    def finish(self, timeout_s: float) -> None:
        """Send all threads home and wait for them, but not for ever: they end with the process."""
        self.halt()
        end = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while (task := self.ready.take()) is not None:
            try:
                outcome = self._work(task)
                after_s = self._again_after_s(outcome)
                if after_s is None:
                    self.outcomes.put(outcome)
                else:
                    self.ready.put_back(task, after_s)
            except (CrawlStopped, CorpusError) as error:
                self.outcomes.put(error)
            finally:
                self.ready.mark_fetched(task)

    def _hurry(self) -> None:
        # The fetcher calls this after every answer; a picture's is nothing to hurry for.
        if getattr(self._visiting, "page", False):
            self.ready.hurry()

    def _again_after_s(self, outcome: TaskOutcome) -> float | None:
        """Return when a picture is to be tried again; None where that is of no use.

        Pages are tried again by the fetcher: a visit may consist of several requests.
        """
        task, failure, fetcher = outcome.task, outcome.failure, self.fetcher
        tries = self._tries.pop(task.id, 0) + 1
        if not task.is_picture or failure is None or failure.wait_s is None:
            return None
        if tries >= fetcher.settings.tries or fetcher.stop.is_set():
            return None
        self._tries[task.id] = tries
        fetcher.counts.add(retries=1)
        return fetcher.settings.retry_wait_s(tries, failure.wait_s)

    def _work(self, task: StoredTask) -> TaskOutcome:
        validators = self.fetcher.validators
        try:
            if task.is_picture:
                return TaskOutcome(task, picture=fetch_picture(task.key, self.fetcher, self.images))
            return self._visit(task, validators)
        except FetchError as error:
            wait_s = error.wait_s if error.retryable and error.reason not in NOT_NOW else None
            failure = Failure(error.reason, str(error), error.retryable, wait_s)
        except SourceError as error:
            failure = Failure(error.reason, str(error), retryable=True)
        except (CrawlStopped, CorpusError):
            raise
        except Exception as error:
            # A shop's answer that its parser stumbles over must not end the crawl of all others.
            logger.debug("visiting %s", task.key, exc_info=True)
            message = self.fetcher.hide(f"{type(error).__name__}: {error}")
            failure = Failure("unexpected", message, retryable=True)
        if validators is not None:
            # Of a visit that failed nothing is written, so none of its pages counts as read.
            validators.take()
        return TaskOutcome(task, failure=failure)

    def _visit(self, task: StoredTask, validators: Validators | None) -> TaskOutcome:
        self._visiting.page = True
        try:
            visit = self.source.visit(task.task, self.fetcher)
        finally:
            self._visiting.page = False
        records: dict[str, Record] = {}
        skipped = []
        for item in visit.items:
            record = build_record(item)
            if isinstance(record, Record):
                # A page may show a product twice; the first place is the one that counts.
                records.setdefault(record.id, record)
            else:
                skipped.append(SkippedEntry(item.source_id, record))
        versions = validators.take() if validators is not None else ()
        return TaskOutcome(task, visit, tuple(records.values()), tuple(skipped), versions)
