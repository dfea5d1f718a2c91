"""A crawl: tasks go out to threads, what they find is written, until nothing is left."""

import logging
import math
import queue
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from crawler.engine.frontier import Frontier
from crawler.engine.progress import CrawlOutcome, CrawlSettings, CrawlSummary, Progress
from crawler.engine.runs import note_begin, note_end
from crawler.engine.workers import Workers
from crawler.engine.writer import Outcome, Writer
from crawler.errors import CrawlStopped
from crawler.http.fetcher import Fetcher
from crawler.http.validators import StoredVersions, Validators
from crawler.items import Source
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.product import PathLike

logger = logging.getLogger(__name__)

BATCH = 200
TICK_S = 0.2
GRACE_S = 10.0
# Pages are fetched when fewer pictures than this wait for each thread: mostly one at a time, so
# that it is written before the next one is asked for, and a killed crawl loses none or one.
PICTURES_AHEAD = 3
# Python's own 5 ms would let the writer wait behind every thread, several times a transaction.
SWITCH_S = 0.0005
PAGES_PER_HOST_DOWN = 25
DOWN = frozenset({"connection", "timeout", "no-host", "tls", "robots-unreachable"})


class Crawl:
    """One run of a crawl into a corpus."""

    def __init__(
        self,
        source: Source,
        path: PathLike,
        settings: CrawlSettings | None = None,
        *,
        on_progress: Callable[[Progress], None] | None = None,
        stop: threading.Event | None = None,
    ) -> None:
        self.source, self.path = source, path
        self.settings = settings or CrawlSettings()
        self.stop = stop or threading.Event()
        """Set it to end the crawl cleanly."""
        self._on_progress = on_progress or (lambda _: None)
        self._in_hand: dict[str, bool] = {}
        self._pages_in_hand = 0
        self._failing: Counter[str] = Counter()
        self._down: set[str] = set()
        self._per_page = 50.0
        self._shown = self._began = time.monotonic()
        self._fatal: Exception | None = None
        self._halt = threading.Event()

    def run(self) -> CrawlSummary:
        """Crawl until nothing is left, or until it is stopped.

        Raises:
            CrawlStopped: If it cannot go on; what was found is kept.
            CorpusError: If the corpus cannot be read or written.
        """
        try:
            with Corpus.open(self.path, create=True, timeout_s=60.0) as corpus:
                # Safe from a killed process; a power cut may cost the last second of it.
                corpus.db.execute("pragma synchronous = normal")
                return self._run(corpus)
        except CorpusError as error:
            if "full" in str(error) or "No space" in str(error):
                raise CrawlStopped(
                    f"{error} Make room and run the same command again: it continues."
                ) from error
            raise

    def _run(self, corpus: Corpus) -> CrawlSummary:
        settings, source = self.settings, self.source
        self.frontier = Frontier(corpus, source.name, scope=source.scope, host=source.host)
        self.writer = Writer(
            corpus, self.frontier, attempts=settings.attempts, pictures=settings.pictures
        )
        versions = (
            None if settings.refetch else StoredVersions(corpus.path, source.name, source.scope)
        )
        validators = Validators(versions.find if versions else lambda _: None)
        self.fetcher = Fetcher(settings.fetch, validators=validators, stop=self._halt)
        with corpus.transaction():
            continued = self.frontier.begin(
                source.seeds(), again=settings.again, every=settings.refetch
            )
            if settings.pictures:
                self.frontier.add_missing_pictures()
            run_id = note_begin(corpus, source.name, source.scope)
        ending = None
        switch_s = sys.getswitchinterval()
        sys.setswitchinterval(SWITCH_S)
        workers = Workers(source, self.fetcher, corpus.images, settings.fetch.workers)
        try:
            workers.start()
            self._loop(workers)
            self._finish(workers)
            ending = self._ending()
        finally:
            sys.setswitchinterval(switch_s)
            self._halt.set()
            workers.ready.close()
            self.fetcher.close()
            if versions is not None:
                versions.close()
            outcome = ending.name.lower() if ending else "stopped"
            failed = self.frontier.count_failed()
            note_end(corpus, run_id, outcome, self.fetcher.counts, self.writer.written, failed)
        (products,) = corpus.db.execute(
            "select count(*) from products where source = ?", [source.name]
        ).fetchone()
        return CrawlSummary(ending, continued, self.progress(), failed, products)

    def progress(self) -> Progress:
        """Tell where it stands."""
        left = self.frontier.left
        seconds = time.monotonic() - self._began
        pictures_left = left.pictures if self.settings.pictures else 0
        still = left.pages * (1 + self._per_page) + pictures_left
        done = self.writer.written.pages + self.writer.written.pictures
        return Progress(
            seconds=seconds,
            pages_left=left.pages,
            pictures_left=pictures_left,
            fetched=replace(self.fetcher.counts),
            written=replace(self.writer.written),
            seconds_left=still * seconds / done if done >= 20 else None,
        )

    def _ending(self) -> CrawlOutcome:
        if self.stop.is_set():
            return CrawlOutcome.INTERRUPTED
        return CrawlOutcome.FAILURES if self.frontier.count_failed() else CrawlOutcome.COMPLETE

    def _loop(self, workers: Workers) -> None:
        while not self.stop.is_set():
            self._lay_out(workers)
            if not self._in_hand and not self._try_again():
                return
            if batch := self._next_batch(workers):
                self._write(batch, workers)
            if self._fatal is not None:
                self._finish(workers)
                raise self._fatal
            self._show()

    def _lay_out(self, workers: Workers) -> None:
        """Lay out pictures first, and pages as fast as their pictures are fetched."""
        number = self.settings.fetch.workers
        if len(workers.ready) >= 2 * number:
            return
        left = self.frontier.left
        pictures_in_hand = len(self._in_hand) - self._pages_in_hand
        tasks = []
        if self.settings.pictures and left.pictures > pictures_in_hand:
            tasks = self.frontier.take(pictures=True, limit=8 * number, but=self._in_hand)
        if left.pages > self._pages_in_hand:
            ahead = left.pictures + self._pages_in_hand * self._per_page
            room = math.ceil((PICTURES_AHEAD * number - ahead) / max(0.5, self._per_page))
            if room > 0:
                limit = min(room, 4 * number)
                tasks += self.frontier.take(pictures=False, limit=limit, but=self._in_hand)
        for task in tasks:
            self._in_hand[task.id] = task.is_picture
            self._pages_in_hand += not task.is_picture
        workers.ready.put(tasks)

    def _try_again(self) -> bool:
        """Give what failed for now another try; say whether there is anything."""
        left = self.frontier.left
        if left.pages or (self.settings.pictures and left.pictures):
            return True
        with self.writer.corpus.transaction():
            if not self.frontier.retry():
                return False
        self.stop.wait(self.settings.retry_pause_s)
        return True

    def _next_batch(self, workers: Workers) -> list[Outcome]:
        """Wait a moment for outcomes, and take those that are there."""
        batch: list[Outcome] = []
        with suppress(queue.Empty):
            found = workers.outcomes.get(timeout=TICK_S)
            while True:
                if isinstance(found, Outcome):
                    batch.append(found)
                else:
                    self._fatal = self._fatal or found
                if len(batch) >= BATCH:
                    break
                found = workers.outcomes.get_nowait()
        return batch

    def _write(self, batch: list[Outcome], workers: Workers) -> None:
        self.writer.write(batch)
        workers.ready.mark_written([outcome.task for outcome in batch])
        for outcome in batch:
            self._pages_in_hand -= not self._in_hand.pop(outcome.task.id)
            if outcome.visit is not None:
                new = sum(1 for record in outcome.records if record.image_url)
                self._per_page += 0.2 * (new - self._per_page)
        self._watch_hosts(batch, workers)

    def _watch_hosts(self, batch: list[Outcome], workers: Workers) -> None:
        """Give up a host where nothing but connections fail, one after the other."""
        for outcome in batch:
            host, failure = outcome.task.host, outcome.failure
            if failure is None or failure.reason not in DOWN:
                self._failing.pop(host, None)
                continue
            self._failing[host] += 1
            if self._failing[host] < PAGES_PER_HOST_DOWN:
                continue
            for task in workers.ready.drop(host):
                self._pages_in_hand -= not self._in_hand.pop(task.id)
            with self.writer.corpus.transaction():
                number = self.frontier.give_up(host, failure.message)
            logger.warning("%s is down: %d tasks are left for the next run", host, number)

    def _finish(self, workers: Workers) -> None:
        """Send the threads home, and write what they still bring within a moment."""
        self._halt.set()
        workers.finish(GRACE_S)
        while batch := self._next_batch(workers):
            self._write(batch, workers)

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown >= 0.5:
            self._shown = now
            self._on_progress(self.progress())
