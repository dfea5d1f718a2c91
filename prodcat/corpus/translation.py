"""What a category that was written down in an earlier tree is in the tree that counts.

Decisions are never rewritten. Each was made in the tree that counted then, which their numbers
tell: a change of the tree notes the newest decision of its time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from sqlite_utils import Database

from prodcat.corpus.stored_trees import keeps_trees


class Lost:
    """Stands for a category that the tree which counts has no place for."""


LOST: Final = Lost()


@dataclass(frozen=True)
class ChangeRow:
    """A change of the tree, or that one was undone, as it is recorded."""

    id: int
    undoes: int | None
    since: int
    """The newest decision at that time."""
    tree_before: str
    tree: str


class Translations:
    """Tells old categories in the tree that counts.

    Args:
        db: The open corpus. What is asked is answered as of then.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._maps: dict[int, dict[str, str | None]] = {}
        self._products: dict[int, dict[tuple[str, str], str | None]] = {}
        self.rows: Sequence[ChangeRow] = ()
        if keeps_trees(db):
            self.rows = [
                ChangeRow(*row)
                for row in db.execute(
                    "select id, undoes, since, tree_before, tree from tree_changes order by id"
                )
            ]

    @cached_property
    def in_force(self) -> tuple[ChangeRow, ...]:
        """The changes that count, the first one first."""
        return self._stack(self.rows)

    def now(
        self, category: str | None, decision: int, product_id: str | None = None
    ) -> str | Lost | None:
        """Return what a category is in the tree that counts.

        Args:
            category: Its id; None stays None.
            decision: Number of the decision that names it.
            product_id: Of which product it was said.

        Returns:
            Its id; None for no category; `LOST` where it was named in a tree that was given up
            since, and the one that counts has not exactly one category for it.
        """
        if not self.rows:
            return category
        then = self._stack([row for row in self.rows if row.since < decision])
        here = self.in_force
        if _tree(then) == _tree(here) or category is None:
            return category
        common = 0
        while common < min(len(then), len(here)) and then[common] == here[common]:
            common += 1
        found: str | Lost | None = category
        for change in reversed(then[common:]):
            found = self._back(change.id, str(found))
            if found is LOST:
                return LOST
        for change in here[common:]:
            if found is None or isinstance(found, Lost):
                return found
            found = self._forth(change.id, found, product_id)
        return found

    def _forth(self, change: int, category: str, product_id: str | None) -> str | None:
        own = self._of_products(change)
        if product_id is not None and (product_id, category) in own:
            return own[product_id, category]
        return self.map_of(change).get(category, category)

    def _back(self, change: int, category: str) -> str | Lost:
        before = [old for old, new in self.map_of(change).items() if new == category]
        # A category that all of several became says not which of them a product belongs to.
        return before[0] if len(before) == 1 else LOST

    def map_of(self, change: int) -> Mapping[str, str | None]:
        """Return what each category of the tree before became in a change; None for nothing."""
        if change not in self._maps:
            self._maps[change] = dict(
                self._db.execute(
                    "select old_id, new_id from category_changes where change_id = ?", [change]
                ).fetchall()
            )
        return self._maps[change]

    def _of_products(self, change: int) -> Mapping[tuple[str, str], str | None]:
        if change not in self._products:
            rows = self._db.execute(
                "select product_id, old_id, new_id from product_changes"
                " where change_id = ? and stated_id = ''",
                [change],
            )
            self._products[change] = {(row[0], row[1]): row[2] for row in rows}
        return self._products[change]

    @staticmethod
    def _stack(rows: Sequence[ChangeRow]) -> tuple[ChangeRow, ...]:
        undone = {row.undoes for row in rows}
        return tuple(row for row in rows if row.undoes is None and row.id not in undone)


def _tree(changes: Sequence[ChangeRow]) -> str:
    return changes[-1].tree if changes else ""
