"""Where each import stands and what it refused, kept in the corpus itself."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from prodcat.corpus.fetched_pictures import count_waiting
from prodcat.corpus.store import Corpus, UpsertCounts, now_text

EXAMPLES = 3
MAX_DETAIL_CHARS = 500
DROPPED, KEPT = "dropped", "kept"


@dataclass(frozen=True)
class ReasonCount:
    """How many rows had one thing wrong with them."""

    outcome: str
    """``dropped``, or ``kept`` without the part that is wrong."""
    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class ImportSummary:
    """What came in, what did not, and why."""

    source: str
    file: str
    rows: int
    added: int
    changed: int
    unchanged: int
    """Products that the corpus had already, just so."""
    dropped: int
    pictures: int
    """Products with a picture that can be decoded."""
    resumed_at: int
    """Rows that an earlier, interrupted import of the same file had done; they are counted."""
    reasons: tuple[ReasonCount, ...]
    pictures_waiting: int = 0
    """Products of the source that have the web address of a picture which nobody has fetched."""
    notes: tuple[str, ...] = ()
    """How the file was read."""

    @property
    def is_unchanged(self) -> bool:
        """Whether the corpus was left as it was."""
        return self.added == self.changed == 0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Note:
    """What is wrong with one row."""

    row: int
    outcome: str
    reason: str
    detail: str = ""
    product_id: str = ""
    """Empty where the row has no product."""


@dataclass(frozen=True)
class ImportedRow:
    """Which row of the table a product came from."""

    product_id: str
    row: int


class ImportLog:
    """One import in the tables ``imports``, ``import_rows`` and ``rejections``.

    All but `summarize` write, and belong in a transaction of the corpus.
    """

    def __init__(self, corpus: Corpus, id: str, *, source: str, file: str) -> None:
        self.corpus = corpus
        self.id = id
        """Other content, or the same read otherwise, is another import."""
        self.source, self.file = source, file

    def begin(self) -> int:
        """Return how many rows an interrupted import of the same content has done."""
        for rows_done, finished in self._execute(
            "select rows_done, finished from imports where id = ?", self.id
        ):
            if not finished:
                return int(rows_done)
        # What was said about an earlier state of the file no longer holds.
        owner = (self.source, self.file)
        outdated = "(select id from imports where source = ? and file = ?)"
        self._execute(f"delete from rejections where import_id in {outdated}", *owner)  # noqa: S608
        self._execute(f"delete from import_rows where import_id in {outdated}", *owner)  # noqa: S608
        self._execute("delete from imports where source = ? and file = ?", *owner)
        self._execute(
            "insert into imports (id, source, file, started_at, updated_at) values (?, ?, ?, ?, ?)",
            *(self.id, *owner, now_text(), now_text()),
        )
        return 0

    def first_rows(self, product_ids: Iterable[str]) -> dict[str, int]:
        """Tell which row each product came from, of those that earlier batches had."""
        return dict(
            self._execute(
                "select product_id, row from import_rows where import_id = ?"
                " and product_id in (select value from json_each(?))",
                self.id,
                json.dumps(list(product_ids)),
            )
        )

    def add_rows(self, rows: Iterable[ImportedRow]) -> None:
        """Note which product came from which row."""
        self.corpus.db.conn.executemany(
            # Not `or replace`: the first row of an id counts, and whoever calls has asked
            # `first_rows`.
            "insert into import_rows (import_id, product_id, row) values (?, ?, ?)",
            [(self.id, imported.product_id, imported.row) for imported in rows],
        )

    def add_notes(self, notes: Iterable[Note]) -> None:
        """Keep what is wrong with rows."""
        self.corpus.db.conn.executemany(
            # A reason counts once a row, even where two parts of the row have it.
            "insert or replace into rejections"
            " (import_id, row, outcome, reason, detail, product_id) values (?, ?, ?, ?, ?, ?)",
            [
                (self.id, n.row, n.outcome, n.reason, n.detail[:MAX_DETAIL_CHARS], n.product_id)
                for n in notes
            ],
        )

    def advance(self, counts: UpsertCounts, *, rows_done: int, dropped: int, pictures: int) -> None:
        """Note how far the import is, and what became of the rows of one more batch."""
        self._execute(
            # Added up in the table, not here: an import that goes on after a kill keeps its
            # counts.
            "update imports set rows_done = ?, added = added + ?, changed = changed + ?,"
            " unchanged = unchanged + ?, dropped = dropped + ?, pictures = pictures + ?,"
            " updated_at = ? where id = ?",
            *(rows_done, counts.added, counts.changed, counts.unchanged, dropped, pictures),
            *(now_text(), self.id),
        )

    def finish(self) -> None:
        """Note that the whole table was read."""
        # They tell repeated ids apart while the import goes on, and are as many as its products.
        self._execute("delete from import_rows where import_id = ?", self.id)
        self._execute(
            "update imports set finished = 1, updated_at = ? where id = ?", now_text(), self.id
        )

    def summarize(self, *, resumed_at: int, notes: Sequence[str] = ()) -> ImportSummary:
        """Return what came in, what did not, and why."""
        (counts,) = self._execute(
            "select rows_done, added, changed, unchanged, dropped, pictures from imports"
            " where id = ?",
            self.id,
        )
        rows, added, changed, unchanged, dropped, pictures = counts
        return ImportSummary(
            source=self.source,
            file=self.file,
            rows=rows,
            added=added,
            changed=changed,
            unchanged=unchanged,
            dropped=dropped,
            pictures=pictures,
            resumed_at=resumed_at,
            reasons=tuple(read_reasons(self.corpus, self.id)),
            pictures_waiting=count_waiting(self.corpus, self.source),
            notes=tuple(notes),
        )

    def _execute(self, sql: str, *values: Any) -> Sequence[Any]:
        return self.corpus.db.execute(sql, values).fetchall()


def read_reasons(corpus: Corpus, import_id: str | None = None) -> Iterator[ReasonCount]:
    """Yield what was wrong with rows, most frequent first, of one import or of all."""
    # One condition for both questions: without an id, every import counts.
    which = "(:id is null or import_id = :id)"
    counted = corpus.db.execute(
        f"select outcome, reason, count(*) from rejections where {which}"  # noqa: S608
        " group by outcome, reason order by outcome, count(*) desc, reason",
        {"id": import_id},
    ).fetchall()
    for outcome, reason, count in counted:
        examples = corpus.db.execute(
            f"select row, product_id, detail from rejections where {which}"  # noqa: S608
            " and outcome = :outcome and reason = :reason order by import_id, row limit :limit",
            {"id": import_id, "outcome": outcome, "reason": reason, "limit": EXAMPLES},
        ).fetchall()
        yield ReasonCount(outcome, reason, count, tuple(_example(*e) for e in examples))


def _example(row: int, product_id: str, detail: str) -> str:
    """Write one example.

    >>> _example(7, "shop:12", "not a picture")
    'row 7, shop:12: not a picture'
    """
    text = f"row {row}, {product_id}" if product_id else f"row {row}"
    return f"{text}: {detail}" if detail else text
