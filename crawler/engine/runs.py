"""The runs of a crawl, as the corpus keeps them: when, how they ended, what they brought."""

import logging

from crawler.engine.progress import CrawlOutcome
from crawler.engine.writer import WriteCounts
from crawler.http.settings import FetchCounts
from prodcat.corpus.store import Corpus, now_text
from prodcat.errors import CorpusError

logger = logging.getLogger(__name__)


def note_begin(corpus: Corpus, source: str, scope: str) -> int:
    """Note that a run begins, and return its number; belongs in a transaction.

    One that stays ``running`` for ever was killed.
    """
    cursor = corpus.db.execute(
        "insert into crawl_runs (source, scope, started_at, outcome) values (?, ?, ?, 'running')",
        [source, scope, now_text()],
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


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
