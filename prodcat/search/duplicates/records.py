"""What is found: groups of near-duplicates, with why their members belong together."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from prodcat.taxonomy.paths import CategoryPath

KINDS = {
    "id": "same id",
    "picture": "same picture file",
    "description": "same description",
    "name": "same name",
    "family": "same name but for colours and numbers",
    "near name": "same name but for a letter, a plural or the order of words",
    "alike picture": "same picture, scaled or saved anew",
    "vectors": "embeddings nearly equal",
}
"""Kinds of evidence, the surest first."""
TWICE = "entered twice"
VARIANTS = "colours or sizes"
ONE_PICTURE = "same picture"
ONE_TEXT = "same description"
SEVERAL = "several reasons"


@dataclass(frozen=True)
class DuplicateSettings:
    """What ties two products, and how many at most hang together.

    Raises:
        ConfigError: See `prodcat.search.duplicates.finding.check_settings`.
    """

    by: tuple[str, ...] = tuple(KINDS)
    """Kinds of evidence that count, of `KINDS`."""
    most: int = 250
    """Products that a group may have."""
    most_near: int = 8
    """Products of a group that is made by near names, alike pictures or embeddings: near is not
    equal, and what is near to what is near soon is another product."""
    most_bits: int = 3
    """By which the difference hashes of alike pictures may differ, of 64."""
    most_difference: float = 3.0
    """Mean difference of alike pictures, 0 to 255."""
    least_cosine: float = 0.99
    """Of two products' embeddings, where there are some."""


@dataclass(frozen=True)
class Member:
    """A product of a group."""

    row: int
    """In the table, the first is 1."""
    id: str
    name: str
    category: CategoryPath
    evidence: tuple[str, ...]
    """Kinds of `KINDS` that it shares with another one of the group."""
    twin: int | None = None
    """Members of one number have the same name, picture and description; None of no such one."""
    label_differs: bool = False
    """Its category contradicts that of most others."""


@dataclass(frozen=True)
class DuplicateGroup:
    """Products that are one, or one in several colours or sizes, or share a picture."""

    members: tuple[Member, ...]
    meaning: str
    """One of `TWICE`, `VARIANTS`, `ONE_PICTURE`, `ONE_TEXT`, `SEVERAL`."""
    contradicting: bool
    """Two members have categories of which neither lies within the other."""
    twins_contradict: bool = False
    """So have two that are equal in name, picture and description: one of them is wrong."""

    @property
    def evidence(self) -> dict[str, int]:
        """Kinds of evidence, the surest first, and how many members have each."""
        counts = Counter(kind for member in self.members for kind in member.evidence)
        return {kind: counts[kind] for kind in KINDS if counts[kind]}

    @property
    def categories(self) -> dict[CategoryPath, int]:
        """Categories of the members, the most frequent first."""
        counts = Counter(member.category for member in self.members if member.category)
        return dict(counts.most_common())

    @property
    def why(self) -> str:
        """Why its members belong together, for people."""
        size = len(self.members)
        return "; ".join(
            KINDS[kind] + ("" if count == size else f" ({count} of {size})")
            for kind, count in self.evidence.items()
        )

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists, strings and numbers."""
        return {
            "meaning": self.meaning,
            "contradicting": self.contradicting,
            "twins_contradict": self.twins_contradict,
            "evidence": self.evidence,
            "members": [
                {
                    "row": member.row,
                    "id": member.id,
                    "name": member.name,
                    "category": list(member.category),
                    "evidence": list(member.evidence),
                    "twin": member.twin,
                    "label_differs": member.label_differs,
                }
                for member in self.members
            ],
        }


@dataclass(frozen=True)
class SharedByMany:
    """What so many products share that it says nothing, such as the picture for a missing one."""

    kind: str
    example: str
    """Id, or row, of one of them."""
    products: int


@dataclass(frozen=True)
class Duplicates:
    """Near-duplicates of a corpus or a table."""

    products: int
    groups: tuple[DuplicateGroup, ...]
    """Contradicting ones first, among these those of twins; then the largest."""
    unread: int
    """Rows of which nothing could be read."""
    problems: dict[str, int]
    """Pictures that could not be read, by reason."""
    cut: tuple[SharedByMany, ...]
    chained: int
    """Ties left out because a group would have become too large."""

    @property
    def products_in_groups(self) -> int:
        """Products that are in some group."""
        return sum(len(group.members) for group in self.groups)

    def summary(self) -> dict[str, Any]:
        """Return the counts, as plain data."""
        meanings = Counter(group.meaning for group in self.groups)
        return {
            "products": self.products,
            "groups": len(self.groups),
            "products_in_groups": self.products_in_groups,
            "contradicting_groups": sum(group.contradicting for group in self.groups),
            "groups_by_meaning": {
                name: meanings[name] for name in (TWICE, VARIANTS, ONE_PICTURE, ONE_TEXT, SEVERAL)
            },
            "unread_rows": self.unread,
            "pictures_not_read": self.problems,
            "shared_by_too_many": [
                {"kind": one.kind, "example": one.example, "products": one.products}
                for one in self.cut
            ],
            "ties_left_out": self.chained,
        }
