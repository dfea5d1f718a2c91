"""The frontier: what is left to fetch, kept in the corpus, so that nothing is lost with a process.

A task that is being fetched is still ``waiting`` in its row. It is ``done`` in the same
transaction that brings what it found, so a crawl that is killed finds it waiting again.
"""

# ruff: noqa: S608  (the conditions are texts of this file, their values are parameters)

import json
from collections.abc import Collection, Iterable

from crawler.engine.picture_outcomes import is_lasting
from crawler.engine.tasks import (
    PICTURE,
    FinishedTask,
    NewTask,
    PictureAddress,
    StoredTask,
    WaitingCounts,
    host_of_picture,
    make_task_id,
)
from crawler.http.addresses import host_of
from crawler.items import Task
from prodcat.corpus.store import Corpus, now_text

# A task that failed for now waits as "retry" until nothing else does.
RETRY, FAILED = "retry", "failed"
# A page that fails in every run must not keep new rounds away for ever.
MAX_FAILED_RUNS = 3
REVISION = "json_extract(crawl_tasks.data, '$.revision')"
"""The version of a page that its source names, such as the date in a sitemap."""
MAX_ERROR_CHARS = 500


class Frontier:
    """The tasks of one crawl. Its methods belong to the thread that opened the corpus.

    Those that write belong in a transaction.

    Args:
        corpus: Where the tasks are kept.
        source: Whose tasks they are.
        scope: Which crawl of the source.
        host: What tasks without an address are taken to ask.
        pages: False leaves all but pictures alone, whatever crawl has queued them.
    """

    def __init__(
        self, corpus: Corpus, source: str, *, scope: str = "", host: str = "", pages: bool = True
    ) -> None:
        self.corpus, self.source, self.scope, self.host = corpus, source, scope, host
        # Pictures belong to no scope: whatever crawl queued them, they are fetched once.
        self._mine = "source = :source and " + (
            "scope in (:scope, '')" if pages else f"kind = '{PICTURE}'"
        )
        self.waiting = WaitingCounts()

    def begin(self, seeds: Iterable[Task], *, again: bool, every: bool = False) -> bool:
        """Take up what is left; where nothing is left, begin a new round.

        A new round visits every page again, and only asks for what is newer. Pages whose
        revision the shop names wait until it names another. Pictures that are stored are
        not part of it.

        Args:
            seeds: Where the source begins.
            again: Begin a new round even though something is left.
            every: Visit pages again whatever their revision.

        Returns:
            Whether an earlier, unfinished crawl is continued.
        """
        open_tasks = (
            f"{self._mine} and (status in ('waiting', 'retry')"
            f" or (status = 'failed' and failed_runs < {MAX_FAILED_RUNS}))"
        )
        # Pictures do not tell: another scope may have queued them.
        has_begun = self._number(f"{self._mine} and kind != 'picture'") > 0
        goes_on = not again and self._number(open_tasks) > 0
        if goes_on:
            # A new run tries everything anew, with as many attempts as the first.
            self._write(
                "update crawl_tasks set status = 'waiting', attempts = 0 where"
                f" {self._mine} and status in ('retry', 'failed')"
            )
        else:
            without_revision = "" if every else f" and {REVISION} is null"
            # What failed is tried again; of what is done, pages are, since only they can change.
            self._write(
                "update crawl_tasks set status = 'waiting', attempts = 0, failed_runs = 0 where"
                f" {self._mine} and (status != 'done' or (kind != 'picture'{without_revision}))"
            )
        self.add(seeds)
        # What was counted one by one is counted whole, as the statements above changed it.
        self.count_waiting()
        return has_begun and goes_on

    def begin_pictures(self, *, again: bool) -> bool:
        """Take up the pictures that are left; say whether an earlier run left any.

        Args:
            again: Try also those that failed for good, or in too many runs.
        """
        reasons = self.corpus.db.execute(
            f"select distinct reason from crawl_tasks where {self._mine} and status = 'failed'",
            self._me,
        )
        lasting = json.dumps([reason for (reason,) in reasons if is_lasting(reason)])
        left = (
            f"{self._mine} and (status in ('waiting', 'retry') or (status = 'failed' and (:again"
            f" or (failed_runs < {MAX_FAILED_RUNS}"
            " and reason not in (select value from json_each(:lasting))))))"
        )
        number = self._write(
            f"update crawl_tasks set status = 'waiting', attempts = 0 where {left}",
            again=again,
            lasting=lasting,
        )
        self.count_waiting()
        return number > 0

    def add(self, tasks: Iterable[Task], *, category: str = "") -> None:
        """Queue those that are not known yet, or were done at another revision."""
        rows = []
        for task in tasks:
            host = host_of(task.data["url"]) if "url" in task.data else self.host
            # The next page of a category may name none; it counts to that of the page before.
            about = str(task.data.get("category") or category)
            data = json.dumps(task.data)
            rows.append(NewTask(task.kind, task.key, data, host, about, self.scope))
        self.waiting.pages += self._insert(rows)

    def add_pictures(self, pictures: Iterable[PictureAddress]) -> None:
        """Queue pictures that are not known yet."""
        rows = [
            NewTask(
                *(PICTURE, picture.url, "{}", host_of_picture(picture.url), picture.category),
                scope="",
            )
            for picture in pictures
        ]
        self.waiting.pictures += self._insert(rows)

    def add_missing_pictures(self) -> None:
        """Queue the pictures that a table brought, or that an earlier crawl was told to leave out.

        What became of an address already holds for the products that came with it since.
        """
        known = {"source": self.source, "prefix": make_task_id(self.source, "", PICTURE, "")}
        task = "(select {} from crawl_tasks where id = :prefix || image_url)"
        sha256 = task.format("iif(status = 'done', json_extract(data, '$.sha256'), null)")
        reason = task.format("iif(status = 'failed', reason, null)")
        waiting = "source = :source and image_status = 'waiting'"
        self.corpus.db.execute(
            f"update products set image_status = 'stored', image_sha256 = {sha256}"
            f" where {waiting} and {sha256} is not null",
            known,
        )
        self.corpus.db.execute(
            f"update products set image_status = {reason} where {waiting} and {reason} != ''", known
        )
        missing = self.corpus.db.execute(
            "select image_url, coalesce(category_id, '') from products where source = :source"
            " and image_status = 'waiting' and not exists (select 1 from crawl_tasks"
            " where id = :prefix || image_url)",
            known,
        )
        # Millions of products may wait, so never all of their addresses at once.
        while rows := missing.fetchmany(1000):
            self.add_pictures(PictureAddress(*row) for row in rows)

    def take(self, *, pictures: bool, limit: int, but: Collection[str]) -> list[StoredTask]:
        """Return waiting tasks, oldest first, without those that are in hand."""
        condition = f"kind = '{PICTURE}'" if pictures else f"kind != '{PICTURE}'"
        # Rows in hand still wait: as many more are read, and left out below.
        rows = self.corpus.db.execute(
            "select id, kind, url, data, host, category, attempts from crawl_tasks where"
            f" {self._mine} and status = 'waiting' and {condition} order by rowid limit :limit",
            {**self._me, "limit": limit + len(but)},
        )
        tasks = [
            StoredTask(i, kind, key, json.loads(data), host, category, attempts)
            for i, kind, key, data, host, category, attempts in rows
            if i not in but
        ]
        return tasks[:limit]

    def finish(self, finished: Iterable[FinishedTask]) -> None:
        """Mark tasks as done."""
        rows = []
        for task, data in finished:
            self._count_out(task)
            rows.append((task.id, data))
        # One statement: each would let other threads in between, and the writer wait for them.
        self.corpus.db.execute(
            "update crawl_tasks set status = 'done', last_error = '', reason = '', failed_runs = 0,"
            " data = coalesce(nullif(json_extract(value, '$[1]'), ''), data), updated_at = ?"
            " from json_each(?) where crawl_tasks.id = json_extract(value, '$[0]')",
            [now_text(), json.dumps(rows)],
        )

    def fail(self, task: StoredTask, *, reason: str, error: str, retry: bool) -> None:
        """Mark a task as failed, for this run or for now."""
        self._count_out(task)
        self.corpus.db.execute(
            "update crawl_tasks set status = ?, attempts = attempts + 1, reason = ?,"
            " last_error = ?, failed_runs = failed_runs + ?, updated_at = ? where id = ?",
            [
                *(RETRY if retry else FAILED, reason, error[:MAX_ERROR_CHARS]),
                *(int(not retry), now_text(), task.id),
            ],
        )

    def retry(self) -> int:
        """Let the tasks that failed for now wait again; return their number."""
        changed = self._write(
            f"update crawl_tasks set status = 'waiting' where {self._mine} and status = 'retry'"
        )
        self.count_waiting()
        return changed

    def give_up(self, host: str, error: str, *, reason: str, but: Collection[str]) -> int:
        """Mark all that waits of one host as failed; return its number.

        Otherwise each of its tasks would wait for a connection of its own that cannot be made.
        Those that are being fetched, *but*, are not: what becomes of them is still to be written.
        """
        changed = self._write(
            "update crawl_tasks set status = 'failed', reason = :reason, last_error = :error,"
            " failed_runs = failed_runs + 1 where"
            f" {self._mine} and status in ('waiting', 'retry') and host = :host"
            " and id not in (select value from json_each(:but))",
            error=error[:MAX_ERROR_CHARS],
            host=host,
            reason=reason,
            but=json.dumps(list(but)),
        )
        self.count_waiting()
        return changed

    def count_waiting(self) -> None:
        """Count what waits."""
        waiting = f"{self._mine} and status = 'waiting' and kind"
        self.waiting.pages = self._number(f"{waiting} != 'picture'")
        self.waiting.pictures = self._number(f"{waiting} = 'picture'")

    def count_failed(self) -> int:
        """Number of tasks that failed."""
        return self._number(f"{self._mine} and status = 'failed'")

    @property
    def _me(self) -> dict[str, str]:
        return {"source": self.source, "scope": self.scope}

    def _insert(self, rows: list[NewTask]) -> int:
        # A task that is done waits again only where its revision is another; where neither names
        # one, "is not" finds no difference between null and null.
        before = self.corpus.db.conn.total_changes
        self.corpus.db.conn.executemany(
            "insert into crawl_tasks (id, source, kind, url, data, host, category, scope)"
            " values (?, ?, ?, ?, ?, ?, ?, ?) on conflict (id) do update set"
            " status = 'waiting', attempts = 0, data = excluded.data where status = 'done' and"
            f" json_extract(excluded.data, '$.revision') is not {REVISION}",
            [
                (make_task_id(self.source, row.scope, row.kind, row.key), self.source, *row)
                for row in rows
            ],
        )
        return self.corpus.db.conn.total_changes - before

    def _number(self, condition: str) -> int:
        sql = f"select count(*) from crawl_tasks where {condition}"
        return int(self.corpus.db.execute(sql, self._me).fetchone()[0])

    def _write(self, sql: str, **more: object) -> int:
        return self.corpus.db.execute(sql, {**self._me, **more}).rowcount

    def _count_out(self, task: StoredTask) -> None:
        if task.is_picture:
            self.waiting.pictures -= 1
        else:
            self.waiting.pages -= 1
