"""A crawl: one run of a source into a corpus, from the first open file to the last note."""

import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace

from crawler.engine.frontier import Frontier
from crawler.engine.harvest import read_failed, read_left_out, what_is_wrong
from crawler.engine.loop import CrawlLoop
from crawler.engine.old_addresses import adopt_old_addresses
from crawler.engine.picture_lists import PictureLists
from crawler.engine.progress import CrawlOutcome, CrawlSettings, CrawlSummary, Progress
from crawler.engine.runs import note_begin, note_end, note_killed, running_noted
from crawler.engine.tasks import WaitingCounts
from crawler.engine.workers import Workers
from crawler.engine.writer import WriteCounts, Writer
from crawler.errors import CrawlStopped
from crawler.http.fetcher import Fetcher
from crawler.http.settings import FetchCounts
from crawler.http.validators import StoredVersions, Validators
from crawler.items import Source
from prodcat.corpus.store import Corpus
from prodcat.errors import CorpusError
from prodcat.product import PathLike

# For another process that writes to the same corpus, such as a crawl of another shop.
BUSY_TIMEOUT_S = 60.0
# Python's own 5 ms would let the writer wait behind every thread, several times a transaction.
SWITCH_S = 0.0005
SHOW_EVERY_S = 0.5
# From fewer tasks than these the time that is left cannot be told.
TASKS_TO_ESTIMATE_FROM = 20


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
        # Those of the run take their place when it begins.
        self._waiting, self._fetched, self._written = WaitingCounts(), FetchCounts(), WriteCounts()
        self._on_progress = on_progress or (lambda _: None)
        self._shown_at = self._began_at = time.monotonic()

    def run(self) -> CrawlSummary:
        """Crawl until nothing is left, or until it is stopped.

        Raises:
            CrawlStopped: If it cannot go on; what was found is kept.
            CorpusError: If the corpus cannot be read or written.
        """
        try:
            with Corpus.open(self.path, create=True, timeout_s=BUSY_TIMEOUT_S) as corpus:
                # Safe from a killed process; a power cut may cost the last second of it.
                corpus.db.execute("pragma synchronous = normal")
                return self._run(corpus)
        except CorpusError as error:
            if "full" in str(error) or "No space" in str(error):
                raise CrawlStopped(
                    f"{error} Make room and run the same command again: it continues."
                ) from error
            raise

    def progress(self) -> Progress:
        """Tell where it stands."""
        waiting, written = self._waiting, self._written
        seconds = time.monotonic() - self._began_at
        # Those that an earlier crawl queued wait for one that fetches pictures.
        pictures = waiting.pictures if self.settings.pictures else 0
        tasks_to_come = waiting.pages * (1 + waiting.pictures_per_page) + pictures
        done = written.pages + written.pictures
        return Progress(
            seconds=seconds,
            pages_left=waiting.pages,
            pictures_left=pictures,
            # Copies: the counts go on while a progress is looked at.
            fetched=replace(self._fetched),
            written=replace(written),
            seconds_left=tasks_to_come * seconds / done if done >= TASKS_TO_ESTIMATE_FROM else None,
        )

    def _run(self, corpus: Corpus) -> CrawlSummary:
        settings, source = self.settings, self.source
        frontier = Frontier(
            corpus, source.name, scope=source.scope, host=source.host, pages=settings.pages
        )
        writer = Writer(corpus, frontier, attempts=settings.attempts, pictures=settings.pictures)
        versions = (
            None if settings.refetch else StoredVersions(corpus.path, source.name, source.scope)
        )
        fetcher = Fetcher(
            settings.fetch, validators=Validators(versions.find if versions else lambda _: None)
        )
        self._waiting, self._fetched, self._written = (
            frontier.waiting,
            fetcher.counts,
            writer.counts,
        )
        with corpus.transaction():
            PictureLists(corpus, frontier).forget_replaced()
            if settings.pages:
                adopt_old_addresses(corpus, source.name)
                continued = frontier.begin(
                    source.seeds(), again=settings.again, every=settings.refetch
                )
            else:
                continued = frontier.begin_pictures(again=settings.again)
            if settings.pictures:
                frontier.add_missing_pictures()
            note_killed(corpus)
            run_id = note_begin(corpus, source.name, source.scope)
        # Before anything is done, so that who looks on knows how much there is.
        self._on_progress(self.progress())
        workers = Workers(source, fetcher, corpus.images, settings.fetch.workers)
        loop = CrawlLoop(frontier, writer, workers, settings, stop=self.stop, on_turn=self._show)
        outcome, note, products = None, "", 0
        try:
            with switching_soon(), running_noted(corpus, run_id):
                workers.start()
                loop.run()
                loop.finish()
                (products,) = corpus.db.execute(
                    "select count(*) from products where source = ?", [source.name]
                ).fetchone()
                if settings.pages and not self.stop.is_set():
                    left_out = read_left_out(corpus, source.name)
                    failed_pages = read_failed(corpus, source.name, source.scope)
                    note = what_is_wrong(products, left_out, failed_pages)
                outcome = self._outcome(frontier, note)
        finally:
            workers.halt()
            fetcher.close()
            if versions is not None:
                versions.close()
            failed = frontier.count_failed()
            note_end(
                corpus,
                run_id,
                outcome,
                fetched=fetcher.counts,
                written=writer.counts,
                failed=failed,
            )
        return CrawlSummary(outcome, continued, self.progress(), failed, products, note)

    def _outcome(self, frontier: Frontier, note: str) -> CrawlOutcome:
        if self.stop.is_set():
            return CrawlOutcome.INTERRUPTED
        # Whoever runs it by a timer has to learn that it brought nothing.
        is_wrong = bool(note) or frontier.count_failed() > 0
        return CrawlOutcome.FAILURES if is_wrong else CrawlOutcome.COMPLETE

    def _show(self) -> None:
        now = time.monotonic()
        if now - self._shown_at >= SHOW_EVERY_S:
            self._shown_at = now
            self._on_progress(self.progress())


@contextmanager
def switching_soon() -> Generator[None]:
    """Let threads take turns sooner than Python does, while a crawl runs."""
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)
