"""A corpus goes over to another tree: first what would become of it, then all of it at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from prodcat.corpus.store import Corpus
from prodcat.corpus.tree_changes import change_tree
from prodcat.errors import InputError
from prodcat.migrating.plan import Choice, Plan
from prodcat.migrating.planning import change_of, make_plan
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy

SHOWN = 5


@dataclass(frozen=True)
class Migrated:
    """What a change of the tree does, or did."""

    plan: Plan
    change: int | None
    """Its number in the record; None where it was only tried."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {**self.plan.to_dict(), "carried_out": self.change is not None}


def migrate_corpus(
    corpus: Corpus,
    tree: Taxonomy,
    name: str,
    *,
    mapping: TreeMapping | None = None,
    gone: Collection[str] = (),
    choices: Mapping[str, Choice] | None = None,
    notes: Collection[str] = (),
    carry_out: bool = False,
    who: str = "",
) -> Migrated:
    """Tell what becomes of a corpus in another tree, and let it go over if it shall.

    Shops' labels and people's decisions stay in the file as they were given; what they are in the
    new tree is kept beside them. `prodcat.corpus.tree_changes.undo_change` goes back.

    Args:
        corpus: Which goes over.
        tree: The new tree.
        name: What it is called.
        mapping: From the tree that counts to the new one; what both have as it is needs no row.
        gone: Ids of categories that shall have no counterpart.
        choices: Product → which of the categories that its own was split into it belongs to.
        notes: What of the mapping had no place in these trees.
        carry_out: Write it; else nothing is.
        who: Who decided so.

    Raises:
        InputError: If it shall be carried out, and a category has no answer; or if the corpus has
            this tree already.
        CorpusError: If the corpus cannot be read, or written.
    """
    if not carry_out:
        return Migrated(_plan(corpus, tree, name, mapping, gone, choices, notes), None)
    with corpus.transaction():
        # Anew, so that what another process wrote meanwhile is in it.
        plan = _plan(corpus, tree, name, mapping, gone, choices, notes)
        if plan.unanswered:
            raise InputError(unanswered_message(plan))
        return Migrated(plan, change_tree(corpus, change_of(plan, corpus), who=who))


def unanswered_message(plan: Plan) -> str:
    """Say which categories have no answer, and what to do."""
    paths = [join_path(one.path) for one in plan.unanswered]
    shown = ", ".join(paths[:SHOWN]) + (", …" if len(paths) > SHOWN else "")
    return (
        f"{len(paths):,} categories with products, decisions or suggestions have no counterpart in"
        f" {plan.name}: {shown}. Say what they are in a mapping, as `prodcat map` writes it, or"
        " that they are gone with --gone CATEGORY, or --gone-rest for all of them."
    )


def _plan(
    corpus: Corpus,
    tree: Taxonomy,
    name: str,
    mapping: TreeMapping | None,
    gone: Collection[str],
    choices: Mapping[str, Choice] | None,
    notes: Collection[str],
) -> Plan:
    left = corpus.taxonomy()
    if left.fingerprint() == tree.fingerprint():
        raise InputError(f"{corpus.path} has this tree already.")
    if mapping is not None and mapping.left.fingerprint() != left.fingerprint():
        raise InputError(
            f"The tree of {corpus.path} is not the one that was mapped: it was changed meanwhile."
            " Start again."
        )
    mapping = TreeMapping(left, tree) if mapping is None else mapping
    return make_plan(corpus, name, mapping, gone=gone, choices=choices, notes=notes)
