"""The trees in the file of a corpus, and which one counts.

Until a corpus goes over to another tree, the one that counts is its shops' own, of the table
``categories``; imports and crawls write that one all along.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from prodcat.errors import CorpusError
from prodcat.taxonomy.tree import Category, Taxonomy

SHOPS_OWN = ""
"""Name of the shops' own tree."""
LATER = "later"
"""Kind of a change of a category that a shop added after its tree was given up."""


def keeps_trees(db: Database) -> bool:
    """Tell whether a corpus has a place for trees; one of an earlier version has none."""
    return "tree_changes" in set(db.table_names())


def tree_that_counts(db: Database) -> str:
    """Return the name of the tree that labels are told in."""
    if not keeps_trees(db):
        return SHOPS_OWN
    row = db.execute(
        "select tree from tree_changes c where undoes is null"
        " and not exists (select 1 from tree_changes u where u.undoes = c.id)"
        " order by id desc limit 1"
    ).fetchone()
    return SHOPS_OWN if row is None else str(row[0])


def read_stored_tree(db: Database, name: str) -> Taxonomy:
    """Return a stored tree, ordered by id."""
    rows = db.execute(
        "select id, name, parent_id, full_name from tree_categories where tree = ? order by id",
        [name],
    ).fetchall()
    # A corpus may be a stranger's: what is no text is nobody's category.
    rows = [row for row in rows if all(isinstance(v, str) for v in (row[0], row[1], row[3]))]
    ids = {row[0] for row in rows}
    version = db.execute("select version from trees where name = ?", [name]).fetchone()
    return Taxonomy(
        (Category(i, n, parent if parent in ids else None, full) for i, n, parent, full in rows),
        str(version[0]) if version else "",
    )


def read_shops_tree(db: Database, source: str | None, path: Path) -> Taxonomy:
    """Return the tree of what a source states, or of what all do together, ordered by id.

    Args:
        db: The open corpus.
        source: Which source; None for all.
        path: The corpus' file, for messages.

    Raises:
        CorpusError: If two sources give one id to different categories.
    """
    stored = db.execute(
        "select id, name, parent_id, full_name, taxonomy_version, source from categories"
        " where :source is null or source = :source order by id, source",
        {"source": source},
    ).fetchall()
    # One that is none of texts is nobody's category; products keep their label all the same.
    stored = [row for row in stored if all(isinstance(v, str) for v in _without_parent(row))]
    ids = {row[0] for row in stored}
    merged: dict[str, Category] = {}
    for category_id, name, parent_id, full_name, _, owner in stored:
        parent_id = parent_id if parent_id in ids else None
        category = Category(category_id, name, parent_id, full_name)
        if merged.setdefault(category_id, category) != category:
            raise CorpusError(
                f"Category {category_id!r} of {owner!r} is another one than that of a second"
                f" source in {path}. Use one source at a time."
            )
    versions = sorted({row[4] for row in stored} - {""})
    return Taxonomy(merged.values(), "+".join(versions))


def _without_parent(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return a stored category but for its parent, which may be null, or anything not stored."""
    return (*row[:2], *row[3:])


def has_category(db: Database, category: str) -> bool:
    """Tell whether the tree that counts has a category."""
    name = tree_that_counts(db)
    query, values = "select 1 from categories where id = ?", [category]
    if name != SHOPS_OWN:
        query, values = "select 1 from tree_categories where tree = ? and id = ?", [name, category]
    return db.execute(query, values).fetchone() is not None


def tree_mark(db: Database) -> tuple[int, ...]:
    """Return what differs whenever the tree that counts does."""
    # Categories are added, and none is taken away.
    tables = ["categories", *(["tree_categories", "tree_changes"] if keeps_trees(db) else [])]
    counts = [
        db.execute(f"select count(*), coalesce(max(rowid), 0) from {table}").fetchone()  # noqa: S608
        for table in tables
    ]
    return tuple(number for count in counts for number in count)


def add_to_tree(db: Database, name: str, categories: Iterable[Category]) -> None:
    """Add categories to a stored tree; those that it has stay. Belongs in a transaction."""
    db.conn.executemany(
        "insert or ignore into tree_categories (tree, id, name, full_name, parent_id)"
        " values (?, ?, ?, ?, ?)",
        ((name, c.id, c.name, c.full_name, c.parent_id) for c in categories),
    )


def stored_moves(db: Database) -> Mapping[str, str | None]:
    """Return what the shops' categories are in the tree that counts; empty for the same."""
    if not keeps_trees(db):
        return {}
    return dict(db.execute("select old_id, new_id from label_moves").fetchall())


def note_later(db: Database, categories: Iterable[Category]) -> None:
    """Take categories that a shop adds to the tree which was given up to the one that counts.

    Each becomes what the nearest of its ancestors became. One below none of these is left as it
    is: it may be a category of the new tree, which the shop has taken up. Belongs in a transaction.
    """
    counting = tree_that_counts(db)
    if counting == SHOPS_OWN:
        return
    moves = stored_moves(db)
    new = {c.id: c for c in categories if c.id not in moves}
    if not new:
        return
    there = {c.id for c in read_stored_tree(db, counting)}
    stored = db.execute("select id, parent_id from categories").fetchall()
    parents = {**dict(stored), **{c.id: c.parent_id for c in new.values()}}
    (change,) = db.execute(
        "select max(id) from tree_changes c where undoes is null"
        " and not exists (select 1 from tree_changes u where u.undoes = c.id)"
    ).fetchone()
    for category in new:
        if category in there:
            continue
        above, seen = parents.get(category), {category}
        while above is not None and above not in moves and above not in seen:
            seen.add(above)
            above = parents.get(above)
        if above is not None and above in moves:
            values = (category, moves[above])
            db.conn.execute("insert into label_moves (old_id, new_id) values (?, ?)", values)
            db.conn.execute(
                "insert or replace into category_changes (change_id, old_id, kind, new_id, reason)"
                " values (?, ?, ?, ?, ?)",
                (change, category, LATER, moves[above], f"below {above}"),
            )
