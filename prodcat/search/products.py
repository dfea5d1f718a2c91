"""What an index knows of its products beside their vectors: a SQLite file.

It alone says which rows count: as many as ``rows`` says, without those in ``freed``. A product has
one row at a time. What a search asks of every row stands in ``facts.bin`` as well.
"""

import sqlite3
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prodcat.errors import SearchError
from prodcat.search.layout import check_file

SCHEMA = """
create table state (one integer primary key check (one = 1), rows integer not null);
create table products (
    row integer primary key, id text not null unique, name text not null,
    category integer not null, price real, picture text not null, family text not null
);
create index products_family on products (family) where family <> '';
create index products_picture on products (picture) where picture <> '';
create table categories (code integer primary key, path text not null unique);
create table freed (seq integer primary key, row integer not null);
insert into state values (1, 0);
insert into categories values (0, '');
"""
TABLES = {"state", "products", "categories", "freed", "products_family", "products_picture"}
BATCH = 500
"""Values that a statement asks for at once."""


@dataclass(frozen=True)
class IndexedProduct:
    """What a hit says of a product."""

    id: str
    name: str = ""
    category: str = ""
    """Its path, such as ``Shoes > Boots``; empty when it has none."""
    price: float | None = None
    picture: str = ""
    """SHA-256 of its picture; empty when it has none."""
    family: str = ""
    """The same for products that are nearly the same; empty when none is."""


class ProductTable:
    """The open SQLite file of an index.

    Args:
        file: The file.
        timeout_s: How long to wait for another process that writes.
    """

    def __init__(self, file: Path, *, timeout_s: float) -> None:
        check_file(file)
        self.file = file
        with self.translated_errors():
            self.db = sqlite3.connect(
                f"{file.absolute().as_uri()}?mode=rw",
                uri=True,
                timeout=timeout_s,
                isolation_level=None,
                check_same_thread=False,
            )
            self.db.execute("pragma trusted_schema = off")
            # Nobody waits for the disk: an index is made of a corpus, and after a power cut
            # either all is there, or a file is too short, which is told, and it is built anew.
            self.db.execute("pragma synchronous = normal")
            kinds = self.db.execute("select name, type from sqlite_master").fetchall()
        named = {name for name, _ in kinds if not name.startswith("sqlite_")}
        if named != TABLES or not {kind for _, kind in kinds} <= {"table", "index"}:
            self.db.close()
            raise SearchError(f"{file} holds other tables than an index has. Build it anew.")

    @classmethod
    def create(cls, file: Path) -> "ProductTable":
        """Make an empty one."""
        db = sqlite3.connect(file)
        try:
            db.execute("pragma journal_mode = wal")
            db.executescript(SCHEMA)
        finally:
            db.close()
        return cls(file, timeout_s=0.0)

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def translated_errors(self) -> Generator[None]:
        """Say in one line what SQLite complains about."""
        try:
            yield
        except sqlite3.Error as error:
            if "locked" in str(error) or "busy" in str(error):
                reason = "is being written to by another process. Try again when it is done"
            elif "readonly" in str(error):
                reason = "cannot be written to: it is read-only"
            elif "full" in str(error):
                reason = "cannot be written to: the disk is full"
            else:
                reason = f"cannot be used: {error!s:.200}. Build the index anew"
            raise SearchError(f"{self.file} {reason}.") from error

    @contextmanager
    def transaction(self, *, write: bool) -> Generator[None]:
        """See one state of the index inside, or write all that happens inside or nothing."""
        with self.translated_errors():
            self.db.execute("begin immediate" if write else "begin")
            try:
                yield
                self.db.execute("commit")
            except BaseException:
                if self.db.in_transaction:
                    self.db.execute("rollback")
                raise

    def rows(self) -> int:
        """How many rows count, those that were freed among them."""
        return int(self.db.execute("select rows from state").fetchone()[0])

    def count(self) -> int:
        """How many products there are."""
        return int(self.db.execute("select count(*) from products").fetchone()[0])

    def freed(self, after: int) -> tuple[int, list[int]]:
        """Return the number of the newest freed row, and those freed *after* that number."""
        found = self.db.execute("select seq, row from freed where seq > ? order by seq", (after,))
        pairs = found.fetchall()
        return (pairs[-1][0] if pairs else after), [row for _, row in pairs]

    def codes(self) -> dict[str, int]:
        """Return the number of each category."""
        return dict(self.db.execute("select path, code from categories"))

    def row_of(self, product_id: str) -> int | None:
        """Return the row of a product; None when it is not there."""
        found = self.db.execute("select row from products where id = ?", (product_id,)).fetchone()
        return None if found is None else int(found[0])

    def rows_of(self, ids: Sequence[str]) -> dict[str, int]:
        """Return the rows of those products that are there."""
        return {
            id: row
            for batch in _batches(ids)
            for id, row in self.db.execute(
                f"select id, row from products where id in ({_marks(batch)})",  # noqa: S608
                batch,
            )
        }

    def family(self, name: str) -> list[int]:
        """Return the rows of the products that are nearly the same."""
        found = self.db.execute(
            "select row from products where family <> '' and family = ?", (name,)
        )
        return [row for (row,) in found]

    def families_of_picture(self, picture: str) -> list[str]:
        """Return the families of the products that have this picture."""
        found = self.db.execute(
            "select distinct family from products where picture <> '' and picture = ?"
            " and family <> '' order by family",
            (picture,),
        )
        return [family for (family,) in found]

    def at(self, rows: Sequence[int]) -> dict[int, IndexedProduct]:
        """Return the products of rows."""
        return {
            row: IndexedProduct(*facts)
            for batch in _batches(rows)
            for row, *facts in self.db.execute(
                "select p.row, p.id, p.name, coalesce(c.path, ''), p.price, p.picture, p.family"  # noqa: S608
                " from products p left join categories c on c.code = p.category"
                f" where p.row in ({_marks(batch)})",
                batch,
            )
        }

    def ids(self) -> Iterable[str]:
        """Yield the ids of all products."""
        return (id for (id,) in self.db.execute("select id from products order by row"))

    def code_of(self, path: str, codes: dict[str, int]) -> int:
        """Return the number of a category, a new one where it has none."""
        if path not in codes:
            codes[path] = len(codes)
            self.db.execute("insert into categories values (?, ?)", (codes[path], path))
        return codes[path]

    def insert(
        self, first_row: int, products: Sequence[IndexedProduct], codes: Sequence[int]
    ) -> None:
        """Give products the rows from *first_row* on, and let these count."""
        self.db.executemany(
            "insert into products values (?, ?, ?, ?, ?, ?, ?)",
            (
                (first_row + place, p.id, p.name, code, p.price, p.picture, p.family)
                for place, (p, code) in enumerate(zip(products, codes, strict=True))
            ),
        )
        self.db.execute("update state set rows = ?", (first_row + len(products),))

    def free(self, rows: Iterable[int]) -> None:
        """Take the products of rows out."""
        for row in rows:
            self.db.execute("delete from products where row = ?", (row,))
            self.db.execute("insert into freed (row) values (?)", (row,))


def _batches(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[start : start + BATCH] for start in range(0, len(values), BATCH))


def _marks(batch: Sequence[object]) -> str:
    return ", ".join("?" * len(batch))
