"""Near-duplicates whose labels contradict each other: at least one of them is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from prodcat.review.judging import JudgedLabels
from prodcat.review.suspicion import Suspicion
from prodcat.search.duplicates.records import DuplicateGroup, Duplicates, Member
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
    """Return a suspicion for each group with contradicting labels.

    It is asked about the product whose label is likeliest wrong; the suggestion is what most of
    the others are, and where they are at odds the likelier one.

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
        if len({member.category for member in known}) < 2:
            continue
        wrong = {m.id: float(np.nan_to_num(judged.wrong[place[m.id]])) for m in known}
        counts = Counter(member.category for member in known)
        asked = max(known, key=lambda m: (-counts[m.category], wrong[m.id]))
        others = [member for member in known if member.category != asked.category]
        suggested = max(others, key=lambda m: (counts[m.category], -wrong[m.id])).category
        alike = tuple(
            member.id
            for member in known
            if member.category == asked.category and member.id != asked.id
        )
        found.append(
            Suspicion(
                asked.id,
                "duplicates",
                _reason(group, counts),
                _value(group, known) - 0.05 * (1 - wrong[asked.id]),
                _category_of(suggested, others, place, judged, categories),
                counts[suggested] / len(known),
                alike,
            )
        )
    return found


def _value(group: DuplicateGroup, known: Sequence[Member]) -> float:
    if group.twins_contradict:
        return TWINS
    # The evidence has to hold between members of different categories, not within one.
    for kind in SURE:
        with_it = [member for member in known if kind in member.evidence]
        if len({member.category for member in with_it}) > 1:
            return ONE
    return LIKE


def _reason(group: DuplicateGroup, counts: Counter[CategoryPath]) -> str:
    listed = ", ".join(f"{join_path(path)} ({count})" for path, count in counts.most_common(NAMED))
    more = "" if len(counts) <= NAMED else f" and {len(counts) - NAMED} more"
    return f"{len(group.members)} products are one ({group.why}), but in {listed}{more}."


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
