"""What becomes of each category of a tree in another one: nothing is left without an answer."""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from prodcat.taxonomy.mapping import Counterpart, MappedCategory, TreeMapping
from prodcat.taxonomy.migration import migrate
from prodcat.taxonomy.paths import CategoryPath
from prodcat.taxonomy.translated import common_parent
from prodcat.taxonomy.tree import Taxonomy

OutcomeKind = Literal["same", "renamed", "moved", "merged", "split", "gone"]
KINDS: tuple[OutcomeKind, ...] = ("same", "renamed", "moved", "merged", "split", "gone")
PERSON = "person"
"""Who decided, where nobody gave a name."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one category."""

    category: str
    """Its id in the old tree."""
    path: CategoryPath
    kind: OutcomeKind
    new: str | None
    """Id in the new tree of what its products get: its counterpart, or where it is split, what all
    its counterparts stand below; None for no label."""
    counterparts: tuple[str, ...] = ()
    reason: str = ""
    is_answered: bool = True
    """Whether there is a counterpart, or somebody said that there is none."""
    is_sure: bool = True
    """Whether a person said so, or the mapping is confident."""


def complete(mapping: TreeMapping) -> TreeMapping:
    """Answer what a mapping leaves open for categories that the new tree has as they are.

    By id, and where the new tree does not have that, by path.
    """
    left, right = mapping.left, mapping.right
    by_path = {right.path(category): category for category in reversed(list(right.categories))}
    paths = {c: by_path[left.path(c)] for c in left.categories if left.path(c) in by_path}
    known = migrate(left, right, {c: new for c, new in paths.items() if c not in right}).same
    found = []
    for row in mapping:
        new = known.get(row.category)
        if row.counterparts or row.by_person or new is None:
            continue
        why = "the same path" if left.path(row.category) == right.path(new) else "the same id"
        found.append(MappedCategory(row.category, (Counterpart(new, 1.0, why),)))
    return mapping.with_rows(found)


def identity(left: Taxonomy, right: Taxonomy) -> TreeMapping:
    """Return the mapping of what two versions of a tree have in common."""
    return complete(TreeMapping(left, right))


def without(mapping: TreeMapping, gone: Collection[str]) -> TreeMapping:
    """Return a mapping in which these categories of the left tree have no counterpart."""
    rows = [MappedCategory(category, decided_by=PERSON) for category in gone]
    return mapping.with_rows(rows) if rows else mapping


def outcomes(mapping: TreeMapping) -> Iterator[Outcome]:
    """Yield what becomes of each category, in the order of the old tree."""
    left, right = mapping.left, mapping.right
    placed = {row.category: {each.category for each in row.counterparts} for row in mapping}
    shared = Counter(new for new_ids in placed.values() if len(new_ids) == 1 for new in new_ids)
    for row in mapping:
        path, ids = left.path(row.category), tuple(each.category for each in row.counterparts)
        if not ids:
            yield Outcome(
                *(row.category, path, "gone", None, ()),
                reason=f"decided by {row.decided_by}" if row.by_person else "no counterpart",
                is_answered=row.by_person,
                is_sure=row.by_person,
            )
        elif len(ids) > 1:
            above = common_parent(right, ids)
            why = "they have nothing above them all" if above is None else ""
            reason = "; ".join(filter(None, [why, _reason(row)]))
            yield Outcome(
                *(row.category, path, "split", above, ids), reason=reason, is_sure=row.is_sure
            )
        else:
            kind = _kind(left, right, row.category, ids[0], placed, shared[ids[0]])
            yield Outcome(
                *(row.category, path, kind, ids[0], ids), reason=_reason(row), is_sure=row.is_sure
            )


def _kind(
    left: Taxonomy,
    right: Taxonomy,
    old: str,
    new: str,
    placed: dict[str, set[str]],
    sharing: int,
) -> OutcomeKind:
    if left.path(old) == right.path(new):
        return "same"
    if sharing > 1:
        return "merged"
    parent, above = left.parent(old), right.parent(new)
    stayed = above is None if parent is None else above in placed.get(parent, ())
    return "renamed" if stayed else "moved"


def _reason(row: MappedCategory) -> str:
    return "; ".join(dict.fromkeys(each.reason for each in row.counterparts if each.reason))
