"""Near-duplicates whose labels contradict each other: at least one of them is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from prodcat.review.judging import JudgedLabels
from prodcat.review.suspicion import Suspicion
from prodcat.search.duplicates.records import DuplicateGroup, Duplicates, Member
from prodcat.search.duplicates.signatures import folded
from prodcat.taxonomy.paths import CategoryPath, join_path

SURE = ("id", "picture", "name", "description")
"""Kinds of evidence that two products are one, and not only like each other."""
TWINS, ONE, LIKE = 0.95, 0.8, 0.5
"""What a look at a group brings: equal in all, equal in something, alike."""
NAMED = 3


def contradicting(
    duplicates: Duplicates | None,
    place: Mapping[str, int],
    judged: JudgedLabels,
    categories: Sequence[str],
) -> list[Suspicion]:
    """Return a suspicion for each group with contradicting labels, and each name within it.

    It is asked about the product whose label the fewest have, and of these the likeliest wrong;
    the suggestion is what most of the others are, and where they are at odds the likelier one.

    Args:
        duplicates: What was found; None for nothing.
        place: Product id → its place in *judged*.
        judged: How likely the labels are wrong.
        categories: Ids of the categories in *judged*, (C,).
    """
    found = []
    for group in duplicates.groups if duplicates is not None else ():
        if not group.contradicting:
            continue
        known = [member for member in group.members if member.id in place and member.category]
        asked_of: set[str] = set()
        # A large group can have several products in it, each with labels that contradict.
        for members in (*_of_one_name(known), known):
            if len({member.category for member in members}) < 2:
                continue
            one = _suspicion(group, members, members is known, place, judged, categories)
            if one.product_id not in asked_of:
                asked_of |= {one.product_id, *one.alike}
                found.append(one)
    return found


def _of_one_name(known: Sequence[Member]) -> list[list[Member]]:
    names: dict[str, list[Member]] = {}
    for member in known:
        if name := folded(member.name):
            names.setdefault(name, []).append(member)
    return [members for members in names.values() if len(members) < len(known)]


def _suspicion(
    group: DuplicateGroup,
    members: Sequence[Member],
    is_whole: bool,
    place: Mapping[str, int],
    judged: JudgedLabels,
    categories: Sequence[str],
) -> Suspicion:
    """Ask about the member whose label the fewest others have."""
    wrong = {m.id: float(np.nan_to_num(judged.wrong[place[m.id]])) for m in members}
    counts = Counter(member.category for member in members)
    asked = max(members, key=lambda m: (-counts[m.category], wrong[m.id]))
    others = [member for member in members if member.category != asked.category]
    suggested = max(others, key=lambda m: (counts[m.category], -wrong[m.id])).category
    worth = _value(group, members) if is_whole else TWINS if _has_twins(members) else ONE
    return Suspicion(
        asked.id,
        "duplicates",
        _reason(len(members), group.why if is_whole else "same name", counts),
        worth - 0.05 * (1 - wrong[asked.id]),
        _category_of(suggested, others, place, judged, categories),
        counts[suggested] / len(members),
        tuple(m.id for m in members if m.category == asked.category and m.id != asked.id),
    )


def _has_twins(members: Sequence[Member]) -> bool:
    """Tell whether two that are equal in all have different categories."""
    twins: dict[int, set[CategoryPath]] = {}
    for member in members:
        if member.twin is not None:
            twins.setdefault(member.twin, set()).add(member.category)
    return any(len(categories) > 1 for categories in twins.values())


def _value(group: DuplicateGroup, known: Sequence[Member]) -> float:
    if group.twins_contradict:
        return TWINS
    # The evidence has to hold between members of different categories, not within one.
    for kind in SURE:
        with_it = [member for member in known if kind in member.evidence]
        if len({member.category for member in with_it}) > 1:
            return ONE
    return LIKE


def _reason(products: int, why: str, counts: Counter[CategoryPath]) -> str:
    listed = ", ".join(f"{join_path(path)} ({count})" for path, count in counts.most_common(NAMED))
    more = "" if len(counts) <= NAMED else f" and {len(counts) - NAMED} more"
    return f"{products} products are one ({why}), but in {listed}{more}."


def _category_of(
    path: CategoryPath,
    members: Sequence[Member],
    place: Mapping[str, int],
    judged: JudgedLabels,
    categories: Sequence[str],
) -> str | None:
    """Return the id of a path, from a product that has it as its label."""
    for member in members:
        if member.category == path:
            return categories[int(judged.labels[place[member.id]])]
    return None
