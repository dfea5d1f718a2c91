"""The runs of a crawl, as the corpus keeps them: when, how they ended, what they brought."""

import importlib.util
import logging
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from crawler.engine.progress import CrawlOutcome
from crawler.engine.writer import WriteCounts
from crawler.http.settings import FetchCounts
from prodcat.corpus.store import Corpus, now_text
from prodcat.errors import CorpusError
from prodcat.files import lock_file

logger = logging.getLogger(__name__)


def note_begin(corpus: Corpus, source: str, scope: str) -> int:
    """Note that a run begins, and return its number; belongs in a transaction.

    One that says ``running`` and has no process was killed, see `is_alive`.
    """
    cursor = corpus.db.execute(
        "insert into crawl_runs (source, scope, started_at, outcome) values (?, ?, ?, 'running')",
        [source, scope, now_text()],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


@contextmanager
def running_noted(corpus: Corpus, run_id: int) -> Generator[None]:
    """Hold, while a run goes on, what its process lets go of even when it is killed."""
    file = mark_of(corpus, run_id)
    try:
        lock = lock_file(file)
    except OSError as error:
        # A folder that nothing new can be put into; the crawl itself can do without.
        logger.warning("whether the run goes on cannot be told: %s", error)
        lock = None
    try:
        yield
    finally:
        if lock is not None:
            lock.close()
            file.unlink(missing_ok=True)


def mark_of(corpus: Corpus, run_id: int) -> Path:
    """Return the file that a run holds while it goes on."""
    return corpus.path.with_name(f".{corpus.path.name}.run-{run_id}")


def is_alive(corpus: Corpus, run_id: int) -> bool:
    """Tell whether a run that says that it goes on has a process.

    Of another machine's process it cannot be told, nor where files cannot be locked.
    """
    file = mark_of(corpus, run_id)
    if not file.is_file() or file.is_symlink():
        return False
    if importlib.util.find_spec("fcntl") is None:
        return True
    try:
        lock = lock_file(file)
    except OSError:
        return True
    if lock is not None:
        lock.close()
    return lock is None


def note_killed(corpus: Corpus) -> None:
    """Note of earlier runs that they were killed; belongs in a transaction."""
    for (run_id,) in corpus.db.execute(
        "select id from crawl_runs where outcome = 'running'"
    ).fetchall():
        if not is_alive(corpus, run_id):
            corpus.db.execute("update crawl_runs set outcome = 'killed' where id = ?", [run_id])
            mark_of(corpus, run_id).unlink(missing_ok=True)


def note_end(
    corpus: Corpus,
    run_id: int,
    outcome: CrawlOutcome | None,
    *,
    fetched: FetchCounts,
    written: WriteCounts,
    failed: int,
) -> None:
    """Note how a run ended, if the corpus can be written at all; None: an error stopped it."""
    name = outcome.name.lower() if outcome else "stopped"
    products = written.products
    row = [fetched.requests, fetched.bytes, products.added, products.changed, products.unchanged]
    try:
        with corpus.transaction():
            corpus.db.execute(
                "update crawl_runs set ended_at = ?, outcome = ?, requests = ?, bytes = ?,"
                " added = ?, changed = ?, unchanged = ?, pictures = ?, failed = ? where id = ?",
                [now_text(), name, *row, written.pictures, failed, run_id],
            )
    except CorpusError as error:
        # Such as a full disk, which then is the error that ended the run and is told anyway.
        logger.warning("the end of the run is not noted: %s", error)
