"""Opening the SQLite file of a corpus: checks, rights, migrations, and errors in plain words."""

import os
import re
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from prodcat.corpus.schema import migrations
from prodcat.errors import CorpusError
from prodcat.inputs.plain_files import open_plain

VIRTUAL = re.compile(r"\s*create\s+virtual\b", re.IGNORECASE)
COMPUTED = re.compile(r"\bgenerated\s+always\b|\bas\s*\(|\bcheck\s*\(", re.IGNORECASE)
MOST_VALUE_BYTES = 64 << 20
"""Of a value, or a row; a thousand million bytes may be written as a word of SQL."""
STEPS = 1_000_000
"""Of SQLite's machine, after which a statement's work is looked at."""
NOT_NEEDED = {"m005_corrections", "m006_review", "m007_crawl_pictures", "m008_trees"}
"""Migrations without which a corpus can be read all the same: it has nothing of the kind yet."""
LEAST_STEPS, STEPS_PER_BYTE = 200_000_000, 100
"""What one statement may take, whatever the size of the file, and for each of its bytes more. To
read all of a corpus takes about one step for each byte."""


class Guarded(sqlite3.Connection):
    """A connection whose statements end.

    Pages that were made up can lead to each other in so many ways that reading them all never
    ends. What a statement may do is bounded by the size of the file, not by a clock: whoever
    reads rows may take hours between two of them.
    """

    path: Path | None = None
    _steps = 0

    def cursor(self, *args: Any, **options: Any) -> Any:
        """Begin a statement, and with it the count of its steps."""
        # `execute` and `executemany` come by here, too.
        self._steps = 0
        return super().cursor(*args, **options)

    def guard(self, path: Path) -> None:
        """Bound the work of each statement by the size of the file."""
        self.path = path
        self.set_progress_handler(self._is_too_much, STEPS)

    def _is_too_much(self) -> bool:
        self._steps += STEPS
        if self._steps < LEAST_STEPS:
            return False
        return self._steps > LEAST_STEPS + STEPS_PER_BYTE * stored_bytes(self.path)


def stored_bytes(path: Path | None) -> int:
    """Return the size of a database, with what was written to it last."""
    sizes = 0
    for file in (path, Path(f"{path}-wal")):
        with suppress(OSError):
            sizes += file.stat().st_size if file is not None else 0
    return sizes


def open_database(
    path: Path, *, create: bool, read_only: bool, timeout_s: float
) -> tuple[Database, bool]:
    """Open the file and bring its tables up to date.

    Returns:
        The database, and whether it can only be read.

    Raises:
        CorpusError: If it is missing, no corpus, newer than this version of prodcat,
            or cannot be opened.
    """
    # To make a file is to write.
    create = create and not read_only
    _check_file(path, create=create)
    # SQLite opens a file without the right to write all the same, and complains only when it is
    # written to.
    read_only = read_only or (path.exists() and not os.access(path, os.W_OK))
    with translated_errors(path):
        db = _open_file(path, read_only=read_only, timeout_s=timeout_s)
        try:
            _bring_up_to_date(db, path, create=create, read_only=read_only)
        except BaseException:
            db.close()
            raise
    return db, read_only


@contextmanager
def translated_errors(path: Path) -> Generator[None]:
    """Say in one line what SQLite complains about."""
    try:
        yield
    except UnicodeDecodeError as error:  # of a name in a damaged schema
        raise CorpusError(f"The corpus {path} is no readable SQLite database: {error}.") from error
    except sqlite3.DatabaseError as error:
        text = str(error)
        if "locked" in text or "busy" in text:
            reason = "is locked: another process is writing to it. Try again when it is done."
        elif "readonly" in text or "read-only" in text:
            reason = "cannot be written to: it is read-only."
        elif "full" in text:
            reason = "cannot be written to: the disk is full."
        elif "not a database" in text or "malformed" in text:
            reason = f"is no readable SQLite database: {text}."
        elif "interrupted" in text:
            reason = (
                "takes far more work to read than its size allows for: it is damaged or made so."
            )
        elif "unable to open" in text:
            reason = "cannot be opened; check the rights of the file and its folder."
        else:
            raise CorpusError(f"The corpus {path} cannot be used: {text}.") from error
        raise CorpusError(f"The corpus {path} {reason}") from error


def _check_file(path: Path, *, create: bool) -> None:
    """Refuse what cannot be a corpus before SQLite touches it."""
    if path.is_dir():
        raise CorpusError(f"{path} is a folder; a corpus is a file, such as {path / 'corpus.db'}.")
    try:
        with open_plain(path) as file:
            start = file.read(16)
    except FileNotFoundError:
        if not create:
            raise CorpusError(
                f"No corpus at {path}. Make one with `prodcat import SOURCE {path}`."
            ) from None
        if not path.parent.is_dir():
            raise CorpusError(
                f"No folder {path.parent} to make the corpus {path.name} in."
            ) from None
        return
    except OSError as error:
        raise CorpusError(f"The corpus {path} cannot be read: {error.strerror}.") from error
    # To SQLite an empty file is a database without tables: fine to make a corpus of, not to read.
    # The first 16 bytes: https://www.sqlite.org/fileformat.html#magic_header_string
    if start != b"SQLite format 3\x00" and (start or not create):
        raise CorpusError(f"{path} is no corpus: it is not a SQLite database.")


def _open_file(path: Path, *, read_only: bool, timeout_s: float) -> Database:
    address = path.absolute().as_uri()
    if not read_only:
        return _database(f"{address}?mode=rwc", path, timeout_s)
    db = _database(f"{address}?mode=ro", path, timeout_s)
    try:
        db.execute("select 1 from sqlite_master limit 1").fetchone()
    except sqlite3.OperationalError:
        db.close()
        # In a folder where we may not make the -shm file, WAL can only be read as it lies.
        wal = Path(f"{path}-wal")
        if wal.exists() and wal.stat().st_size > 0:
            raise
        db = _database(f"{address}?immutable=1", path, timeout_s)
    return db


def _database(address: str, path: Path, timeout_s: float) -> Database:
    connection = sqlite3.connect(address, uri=True, timeout=timeout_s, factory=Guarded)
    # A corpus may be a stranger's, and what stands in its schema is code of theirs: none of it
    # runs functions that do more than compute, and pages that make no sense are errors.
    connection.guard(path)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MOST_VALUE_BYTES)
    connection.execute("pragma trusted_schema = off")
    connection.execute("pragma cell_size_check = on")
    # Plugins of sqlite-utils that happen to be installed have no business in a corpus.
    return Database(connection, recursive_triggers=False, execute_plugins=False)


def _check_schema(db: Database, path: Path) -> None:
    """Refuse what a corpus of ours never has, and which runs when it is read or written.

    Raises:
        CorpusError: If there is a view, a trigger, a virtual table, or a column that is computed.
    """
    rows = db.execute("select type, name, sql from sqlite_master").fetchall()
    for kind, name, sql in rows:
        text = sql if isinstance(sql, str) else ""
        what = str(kind)
        if kind == "table" and VIRTUAL.match(text):
            what = "virtual table"
        elif kind == "table" and COMPUTED.search(text):
            what = "table with computed columns"
        elif kind == "index" and "(" in text.partition("(")[2]:
            what = "index of computed values"
        elif kind in ("table", "index"):
            continue
        raise CorpusError(
            f"{path} has the {what} {name!r:.100}, which no corpus of prodcat has, and is not read."
        )


def _bring_up_to_date(db: Database, path: Path, *, create: bool, read_only: bool) -> None:
    with closing(Database(memory=True)) as empty:
        # What an empty database lacks is all that this version of prodcat knows.
        ours = {migration.name for migration in migrations.pending(empty)}
    # A second process that makes the same corpus may find the file without its tables yet; asked
    # before what was applied, which the first one may do in between.
    is_new = create and not db.table_names()
    _check_schema(db, path)
    applied = {migration.name for migration in migrations.applied(db)}
    if not applied and not is_new:
        raise CorpusError(f"{path} is a SQLite database, but no corpus of prodcat.")
    if newer := sorted(applied - ours):
        raise CorpusError(
            f"The corpus {path} was made by a newer version of prodcat"
            f" (it has {newer[-1]}). Update prodcat to use it."
        )
    if applied == ours or (read_only and ours - applied <= NOT_NEEDED):
        return
    if read_only:
        raise CorpusError(
            f"The corpus {path} was made by an older version of prodcat and may not be written to."
            " Open it once where it can be written to bring it up to date."
        )
    if is_new:
        # The file remembers the mode, so one that makes it sets it for all. It cannot be changed
        # within a transaction.
        db.execute("pragma journal_mode = wal")
    # Two processes may come here at once. The second waits, and then finds nothing left to apply.
    db.conn.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(db)
        db.conn.execute("COMMIT")
    except BaseException:
        db.rollback()
        raise
