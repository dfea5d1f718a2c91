"""The further trees of a corpus, by name, kept and told."""

from dataclasses import dataclass

from sqlite_utils import Database

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.store import Corpus, now_text
from prodcat.corpus.stored_trees import (
    SHOPS_OWN,
    add_to_tree,
    keeps_trees,
    read_stored_tree,
    tree_that_counts,
)
from prodcat.errors import CorpusError, InputError
from prodcat.taxonomy.tree import Taxonomy
from prodcat.wording import UNSHOWABLE

MOST_NAME = 100


@dataclass(frozen=True)
class TreeFacts:
    """One tree of a corpus."""

    name: str
    """Empty for the shops' own."""
    version: str
    categories: int
    leaves: int
    added_at: str
    counts: bool
    """Whether labels are told in it."""


def tree_named(corpus: Corpus, name: str) -> Taxonomy:
    """Return a tree of a corpus.

    Raises:
        CorpusError: If it has none of that name.
    """
    with translated_errors(corpus.path):
        names = [] if not keeps_trees(corpus.db) else _names(corpus.db)
        if name not in names:
            shown = ", ".join(names) or "none beside its shops' own"
            raise CorpusError(f"{corpus.path} has no tree {name!r:.100}; it has {shown}.")
        return read_stored_tree(corpus.db, name)


def list_trees(corpus: Corpus) -> list[TreeFacts]:
    """Return the trees of a corpus, its shops' own first.

    Raises:
        CorpusError: If they cannot be read.
    """
    with translated_errors(corpus.path):
        counting = tree_that_counts(corpus.db)
        own = corpus.taxonomy(own=True)
        rows = [_facts(SHOPS_OWN, own, "", counting)]
        if not keeps_trees(corpus.db):
            return rows
        stored = corpus.db.execute("select name, added_at from trees order by added_at, name")
        return rows + [
            _facts(name, read_stored_tree(corpus.db, name), added_at, counting)
            for name, added_at in stored.fetchall()
        ]


def keep_tree(corpus: Corpus, name: str, tree: Taxonomy) -> None:
    """Keep a tree under a name; the same once more changes nothing.

    Raises:
        InputError: If it is no name, or that of another tree.
        CorpusError: If it cannot be written.
    """
    if not name.strip() or len(name) > MOST_NAME or UNSHOWABLE.search(name):
        raise InputError(f"{name!r:.120} is no name of a tree: 1 to {MOST_NAME} characters.")
    with corpus.transaction():
        stored = corpus.db.execute("select version from trees where name = ?", [name]).fetchone()
        if stored is not None:
            if read_stored_tree(corpus.db, name).fingerprint() != tree.fingerprint():
                raise InputError(
                    f"{corpus.path} has another tree under the name {name!r}; give this one"
                    " another name."
                )
            return
        corpus.db.conn.execute(
            "insert into trees (name, version, added_at) values (?, ?, ?)",
            (name, tree.version, now_text()),
        )
        add_to_tree(corpus.db, name, tree)


def _names(db: Database) -> list[str]:
    return [row[0] for row in db.execute("select name from trees order by name")]


def _facts(name: str, tree: Taxonomy, added_at: str, counting: str) -> TreeFacts:
    return TreeFacts(
        name, tree.version, len(tree), len(tree.leaf_ids), added_at, counts=name == counting
    )
