"""Rows of products out of the file, one batch after the other, whatever is in it."""

import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from prodcat.corpus.opening import stored_bytes, translated_errors
from prodcat.corpus.product_row import ProductRow, product_row
from prodcat.errors import CorpusError

BATCH_ROWS = 1000
LEAST_ROW_BYTES = 20
"""A row takes more: its id, source, time and texts."""


def read_rows(
    db: Database, path: Path, sql: str, values: Mapping[str, str | None]
) -> Iterator[ProductRow]:
    """Yield rows ordered by id, without holding them all.

    Args:
        db: The open corpus.
        path: Its file.
        sql: A query of a row's columns that ends with its conditions.
        values: For its placeholders.

    Raises:
        CorpusError: If the file cannot be read, or has more rows than fit into it.
    """
    reader = _Reader(db, path, sql, values)
    with translated_errors(path):
        try:
            yield from reader.rows()
        except sqlite3.OperationalError as error:
            if "decode" not in str(error):
                raise
            replace_undecodable(db)
            yield from reader.rows()


def replace_undecodable(db: Database) -> None:
    """Replace bytes that are no text, where there are some, from here on: it takes longer."""
    db.conn.text_factory = lambda content: content.decode(errors="replace")


def read_one(db: Database, sql: str, *values: Any) -> tuple[Any, ...] | None:
    """Return the first row of a query; None where it has none."""
    try:
        row: tuple[Any, ...] | None = db.execute(sql, values).fetchone()
    except sqlite3.OperationalError as error:
        if "decode" not in str(error):
            raise
        replace_undecodable(db)
        row = db.execute(sql, values).fetchone()
    return row


class _Reader:
    """Reads the rows of a query, and knows the last one, to go on behind it."""

    def __init__(
        self, db: Database, path: Path, sql: str, values: Mapping[str, str | None]
    ) -> None:
        self.db, self.path, self.sql, self.values = db, path, sql, values
        self.last: Any = None
        self.count = 0

    def rows(self) -> Iterator[ProductRow]:
        """Yield the rows behind the last one."""
        more = "" if self.last is None else " and id > :last"
        # An open cursor keeps its view of the corpus, whatever is written meanwhile.
        cursor = self.db.execute(
            f"{self.sql}{more} order by id", {**self.values, "last": self.last}
        )
        while batch := cursor.fetchmany(BATCH_ROWS):
            self.count += len(batch)
            # Pages that were made up can lead to each other in rings.
            if (self.count - BATCH_ROWS) * LEAST_ROW_BYTES > stored_bytes(self.path):
                raise CorpusError(
                    f"The corpus {self.path} has more products than fit into its file; it is"
                    " damaged."
                )
            for row in batch:
                self.last = row[0]
                yield product_row(row)
