"""The one writer: what visits found goes into the corpus, all of a visit in one transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from crawler.engine.frontier import Frontier
from crawler.engine.picture_lists import STORED, PictureLists
from crawler.engine.records import Record
from crawler.engine.tasks import FinishedTask, PictureAddress, StoredTask
from crawler.http.validators import Validator
from crawler.items import SkippedEntry, Visit
from prodcat.corpus.store import Corpus, UpsertCounts


@dataclass(frozen=True)
class Failure:
    """Why a task failed."""

    reason: str
    message: str
    retryable: bool
    wait_s: float | None = None
    """How long to wait before the request is sent again; None where that is of no use now."""


@dataclass(frozen=True)
class TaskOutcome:
    """What became of one task: a visit, a picture, or a failure."""

    task: StoredTask
    visit: Visit | None = None
    records: tuple[Record, ...] = ()
    skipped: tuple[SkippedEntry, ...] = ()
    validators: tuple[Validator, ...] = ()
    picture: str = ""
    """The hash of a picture that is kept."""
    failure: Failure | None = None


@dataclass
class WriteCounts:
    """What a run has written so far."""

    products: UpsertCounts = field(default_factory=UpsertCounts)
    pictures: int = 0
    reused: int = 0
    """Pictures of products that were stored already."""
    pages: int = 0
    categories: int = 0
    skipped: int = 0
    failures: int = 0
    """Failed attempts, of which some went well later."""


class Writer:
    """Writes outcomes; used by one thread."""

    def __init__(
        self, corpus: Corpus, frontier: Frontier, *, attempts: int, pictures: bool
    ) -> None:
        self.corpus, self.frontier = corpus, frontier
        self.attempts, self.pictures = attempts, pictures
        self._lists = PictureLists(corpus, frontier)
        self.counts = WriteCounts()

    def write(self, outcomes: Sequence[TaskOutcome]) -> None:
        """Write outcomes: all of them, or none."""
        # Products, their further tasks and "done" together: a crawl that is killed either has all
        # that a page brought or visits it again.
        with self.corpus.transaction():
            self._write_pictures([outcome for outcome in outcomes if outcome.picture])
            for outcome in outcomes:
                if outcome.visit is not None:
                    self._write_visit(outcome, outcome.visit)
                elif outcome.failure is not None:
                    self._write_failure(outcome.task, outcome.failure)

    def _write_pictures(self, outcomes: Sequence[TaskOutcome]) -> None:
        if not outcomes:
            return
        self.corpus.db.execute(
            "update products set image_status = 'stored',"
            " image_sha256 = json_extract(value, '$[1]')"
            " from json_each(?) where source = ? and image_url = json_extract(value, '$[0]')",
            # All in one statement, by the address: many products may share a picture.
            [json.dumps([(o.task.key, o.picture) for o in outcomes]), self.frontier.source],
        )
        # With the hash, so that a later product with that address need not fetch it again.
        self.frontier.finish(
            FinishedTask(o.task, json.dumps({"sha256": o.picture})) for o in outcomes
        )
        self.counts.pictures += len(outcomes)

    def _write_visit(self, outcome: TaskOutcome, visit: Visit) -> None:
        source, counts = self.frontier.source, self.counts
        if visit.categories:
            self.corpus.upsert_categories(source, visit.categories, version=visit.version)
            counts.categories += len(visit.categories)
        self._write_records(outcome.records)
        self.frontier.add(visit.tasks, category=outcome.task.category)
        skipped = [*visit.skipped, *outcome.skipped]
        # A page that was not modified brings neither, and what it once showed still holds.
        if outcome.records or skipped:
            self.corpus.db.execute("delete from crawl_skipped where task_id = ?", [outcome.task.id])
        self.corpus.db.conn.executemany(
            "insert or replace into crawl_skipped (task_id, source, item, reason)"
            " values (?, ?, ?, ?)",
            [(outcome.task.id, source, place[:300], reason[:100]) for place, reason in skipped],
        )
        self.corpus.db.conn.executemany(
            "insert or replace into crawl_validators (source, scope, url, etag, last_modified)"
            " values (?, ?, ?, ?, ?)",
            [
                (source, self.frontier.scope, v.url, v.etag, v.last_modified)
                for v in outcome.validators
            ],
        )
        self.frontier.finish([FinishedTask(outcome.task)])
        counts.pages += 1
        counts.skipped += len(skipped)

    def _write_records(self, records: Sequence[Record]) -> None:
        """Write products, and queue those of their pictures that are not stored yet."""
        if not records:
            return
        pictures = self._lists.take({record.id: record.image_urls for record in records})
        products, to_fetch = [], []
        for record in records:
            url, status, sha256 = pictures[record.id]
            if status == STORED:
                self.counts.reused += 1
            elif url and self.pictures:
                category = record.crawled or record.product.category_id or ""
                to_fetch.append(PictureAddress(url, category))
            products.append(
                replace(record.product, image_url=url, image_sha256=sha256, image_status=status)
            )
        self.counts.products += self.corpus.upsert_products(products)
        # What a product lists is replaced, since the page has it whole; where it was found is
        # added, since each page knows one place only.
        self.corpus.link_categories(
            [(record.id, category) for record in records for category in record.listed],
            role="listed",
            replace=True,
        )
        self.corpus.link_categories(
            [(record.id, record.crawled) for record in records if record.crawled], role="crawled"
        )
        self.frontier.add_pictures(to_fetch)

    def _write_failure(self, task: StoredTask, failure: Failure) -> None:
        if failure.reason == "stopped":
            return  # its row still says "waiting": the next run takes it as if it were new
        retry = failure.retryable and task.attempts + 1 < self.attempts
        self.frontier.fail(task, reason=failure.reason, error=failure.message, retry=retry)
        self.counts.failures += 1
        if task.is_picture and retry:
            self.corpus.db.execute(
                "update products set image_status = ? where source = ? and image_url = ?"
                # A picture that is there stays, whatever became of a later request.
                " and image_sha256 is null",
                [failure.reason, self.frontier.source, task.key],
            )
        elif task.is_picture:
            self._lists.move_on(task, failure.reason)
