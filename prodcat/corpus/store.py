"""The corpus: a SQLite file of products, with the folder ``images`` beside it.

The file is in WAL mode, so it can be read while another process writes to it.
"""

import json
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from hashlib import sha256
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from sqlite_utils import Database

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.opening import open_database, translated_errors
from prodcat.corpus.product_query import product_query
from prodcat.corpus.product_row import COLUMNS, ProductRow
from prodcat.corpus.row_reading import read_rows
from prodcat.corpus.stored_trees import (
    SHOPS_OWN,
    note_later,
    read_shops_tree,
    read_stored_tree,
    tree_that_counts,
)
from prodcat.errors import CorpusError
from prodcat.product import PathLike
from prodcat.taxonomy.tree import Category, Taxonomy

if TYPE_CHECKING:
    from prodcat.inputs.image_store import ImageStore

BATCH_ROWS = 1000


@dataclass(frozen=True)
class UpsertCounts:
    """What became of the rows that were written."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    def __add__(self, other: "UpsertCounts") -> "UpsertCounts":
        return UpsertCounts(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
        )


class Corpus:
    """An open corpus. Use it in a ``with`` statement, or close it."""

    def __init__(self, path: Path, db: Database, *, read_only: bool = False) -> None:
        self.path = path
        self.db = db
        """The sqlite-utils database, for queries that have no method here."""
        self.read_only = read_only

    @classmethod
    def open(
        cls,
        path: PathLike,
        create: bool = False,
        *,
        read_only: bool = False,
        timeout_s: float = 10.0,
    ) -> "Corpus":
        """Open a corpus and bring its tables up to date.

        Args:
            path: The database file.
            create: Make the file when there is none.
            read_only: Never write, not even to bring the tables up to date. A file that
                we may not write to is opened so by itself.
            timeout_s: How long to wait for another process that is writing.

        Raises:
            CorpusError: If it is missing, no corpus, newer than this version of prodcat,
                or cannot be opened.
        """
        path = Path(path)
        db, read_only = open_database(path, create=create, read_only=read_only, timeout_s=timeout_s)
        return cls(path, db, read_only=read_only)

    def close(self) -> None:
        """Close the database file."""
        self.db.close()

    def __enter__(self) -> "Corpus":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @cached_property
    def images(self) -> "ImageStore":
        """The pictures, by the hash of their content."""
        from prodcat.inputs.image_store import ImageStore

        return ImageStore(self.path.parent / "images")

    def select(self, columns: Sequence[str]) -> str:
        """Return the beginning of a query of products, see `product_query`."""
        with translated_errors(self.path):
            return product_query(self.db, columns)

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Write all that happens inside, or nothing of it.

        Raises:
            CorpusError: If it cannot be written: locked, read-only, disk full.
        """
        if self.read_only:
            raise CorpusError(f"The corpus {self.path} is open for reading only.")
        with translated_errors(self.path):
            if self.db.conn.in_transaction:  # SQLite has none within another: the outer decides
                yield
                return
            # IMMEDIATE waits for another writer now; a later upgrade could not wait.
            self.db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.db.conn.execute("COMMIT")
            except BaseException:
                self.db.rollback()
                raise

    def upsert_products(self, products: Iterable[NewProduct]) -> UpsertCounts:
        """Write products, a batch per transaction.

        A product that is already there keeps the columns that are not given. One that does
        not differ is left alone, its ``updated_at`` included.
        """
        counts = UpsertCounts()
        iterator = iter(products)
        while batch := list(islice(iterator, BATCH_ROWS)):
            with self.transaction():
                counts += self._upsert_batch(batch)
        return counts

    def _upsert_batch(self, batch: Sequence[NewProduct]) -> UpsertCounts:
        # A statement names its columns, and is compiled once for all its rows: products that
        # are given in the same columns are written together.
        by_columns: dict[tuple[str, ...], list[list[str | float | None]]] = {}
        now = now_text()
        for product in batch:
            columns = product.columns()
            values = [product.id, *columns.values(), now]
            by_columns.setdefault(tuple(columns), []).append(values)
        ids = {product.id for product in batch}
        (stored,) = self.db.execute(
            "select count(*) from products where id in (select value from json_each(?))",
            [json.dumps(list(ids))],
        ).fetchone()
        before = self.db.conn.total_changes
        for names, rows in by_columns.items():
            self.db.conn.executemany(_upsert_sql(names), rows)
        added = len(ids) - stored
        # SQLite counts no change where a row does not differ: the upsert's `where` stops it.
        changed = self.db.conn.total_changes - before - added
        return UpsertCounts(added, changed, len(batch) - added - changed)

    def upsert_categories(
        self, source: str, categories: Iterable[Category], *, version: str = ""
    ) -> None:
        """Write nodes of a source's tree.

        Args:
            source: Whose tree it is.
            categories: Any of its nodes; a parent may be missing or come later.
            version: The version of the tree, as the source names it.
        """
        given = list(categories)
        rows = ((source, c.id, c.name, c.full_name, c.parent_id, version) for c in given)
        with self.transaction():
            note_later(self.db, given)
            self.db.conn.executemany(
                "insert into categories (source, id, name, full_name, parent_id, taxonomy_version)"
                " values (?, ?, ?, ?, ?, ?) on conflict (source, id) do update set"
                " name = excluded.name, full_name = excluded.full_name,"
                " parent_id = excluded.parent_id, taxonomy_version = excluded.taxonomy_version",
                rows,
            )

    def link_categories(
        self, links: Iterable[tuple[str, str]], *, role: str, replace: bool = False
    ) -> None:
        """Note under which categories products stand.

        Args:
            links: Pairs of product id and category id.
            role: ``listed`` (the product names the category) or ``crawled`` (found there).
            replace: Forget what these products had in that role before.
        """
        pairs = list(links)
        with self.transaction():
            if replace:
                self.db.conn.executemany(
                    "delete from product_categories where product_id = ? and role = ?",
                    {(product_id, role) for product_id, _ in pairs},
                )
            self.db.conn.executemany(
                "insert or ignore into product_categories values (?, ?, ?)",
                [(*pair, role) for pair in pairs],
            )

    def rows(
        self,
        *,
        with_category: bool = False,
        source: str | None = None,
        first: str | None = None,
    ) -> Iterator[ProductRow]:
        """Yield the products ordered by id, without holding them all.

        Args:
            with_category: Leave out those without a gold label.
            source: Only the products of one source.
            first: Id to begin with; None for the first of all.
        """
        sql = f"{self.select((*COLUMNS, 'is_decided'))} where 1"
        sql += " and label is not null" if with_category else ""
        sql += " and source = :source" if source is not None else ""
        sql += " and id >= :first" if first is not None else ""
        yield from read_rows(self.db, self.path, sql, {"source": source, "first": first})

    def count(self) -> int:
        """Number of products."""
        with translated_errors(self.path):
            # Not `count(*)`, which is one step of SQLite's, whatever it takes.
            counted = "select count(*) from products where id is not null"
            return int(self.db.execute(counted).fetchone()[0])

    def taxonomy(self, *, source: str | None = None, own: bool = False) -> Taxonomy:
        """Return the tree that labels are told in, ordered by id.

        That is the shops' own, unless the corpus went over to another with `prodcat migrate`. Of
        theirs, a node whose parent is not stored is a root. Nodes that several sources share are
        one.

        Args:
            source: Only the tree that this source states; None for all together.
            own: The tree that the shops state, whichever counts.

        Raises:
            CorpusError: If two sources give one id to different categories.
        """
        with translated_errors(self.path):
            counting = SHOPS_OWN if own or source is not None else tree_that_counts(self.db)
            if counting != SHOPS_OWN:
                return read_stored_tree(self.db, counting)
            return read_shops_tree(self.db, source, self.path)

    def fingerprint(self) -> str:
        """Hash of all that training reads, the same however the products came in."""
        digest = sha256()
        for row in self.rows():
            values = [getattr(row, column) for column in COLUMNS]
            digest.update(json.dumps(values).encode())
        return digest.hexdigest()[:16]


def now_text() -> str:
    """The time, as the corpus has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _upsert_sql(columns: Sequence[str]) -> str:
    marks = ", ".join("?" * (len(columns) + 2))
    updates = ", ".join(f"{c} = excluded.{c}" for c in (*columns, "updated_at"))
    # `is not` where `<>` beside a null would be null, and so not true.
    differs = " or ".join(f"products.{c} is not excluded.{c}" for c in columns)
    return (
        f"insert into products (id, {', '.join(columns)}, updated_at) values ({marks})"  # noqa: S608
        f" on conflict (id) do update set {updates} where {differs}"
    )
