"""From the categories of one tree to those of another: what was found, and who decided."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from prodcat.errors import TaxonomyError
from prodcat.taxonomy.paths import join_path
from prodcat.taxonomy.tree import Taxonomy

Kind = Literal["one", "many", "none"]
KINDS: tuple[Kind, ...] = ("one", "many", "none")
MACHINE = "machine"
"""Who decided where nobody did."""
SURE = 0.9
"""What a machine finds with at least this confidence needs no look."""


@dataclass(frozen=True, slots=True)
class Counterpart:
    """A category of the right tree."""

    category: str
    """Its id."""
    confidence: float = 1.0
    """Probability that it is the right one, 0 to 1."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class MappedCategory:
    """What a category of the left tree is in the right one."""

    category: str
    """Its id in the left tree."""
    counterparts: tuple[Counterpart, ...] = ()
    """Which it is: one; several where its products belong to several; nothing where it is gone."""
    candidates: tuple[Counterpart, ...] = ()
    """The next best, the likeliest first."""
    confidence: float = 1.0
    """Probability that the counterparts are right, 0 to 1."""
    decided_by: str = MACHINE
    """``machine``, or the person who decided."""

    @property
    def kind(self) -> Kind:
        """Whether it has one counterpart, many or none."""
        return "none" if not self.counterparts else "one" if len(self.counterparts) == 1 else "many"

    @property
    def by_person(self) -> bool:
        """Whether a person decided."""
        return self.decided_by != MACHINE

    @property
    def is_sure(self) -> bool:
        """Whether nobody needs to look at it: a person has, or the machine is confident."""
        return self.by_person or self.confidence >= SURE


@dataclass(frozen=True)
class TreeMapping:
    """For each category of the left tree its counterparts in the right one.

    >>> left = Taxonomy.from_paths([("Shoes", "Boots")])
    >>> right = Taxonomy.from_paths([("Footwear", "Boots")])
    >>> boots = Counterpart("Footwear > Boots", 0.97, "the same name")
    >>> found = TreeMapping(left, right, [MappedCategory("Shoes > Boots", (boots,))])
    >>> found["Shoes > Boots"].kind, found["Shoes"].kind, found.renames()
    ('one', 'none', {'Shoes > Boots': 'Footwear > Boots'})
    """

    left: Taxonomy
    right: Taxonomy
    rows: Iterable[MappedCategory] = ()
    """In any order; a category without a row has no counterpart, and nobody is sure of it."""
    left_name: str = ""
    """What the left tree is called, such as its file."""
    right_name: str = ""
    _by_category: dict[str, MappedCategory] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_category: dict[str, MappedCategory] = {}
        for row in self.rows:
            if row.category not in self.left:
                raise TaxonomyError(f"The left tree has no category {row.category!r}.")
            if row.category in by_category:
                raise TaxonomyError(f"Category {row.category!r} is mapped twice.")
            for each in (*row.counterparts, *row.candidates):
                if each.category not in self.right:
                    raise TaxonomyError(f"The right tree has no category {each.category!r}.")
            by_category[row.category] = row
        # In the order of the tree, each with a row.
        complete = {
            c: by_category.get(c) or MappedCategory(c, confidence=0.0) for c in self.left.categories
        }
        object.__setattr__(self, "_by_category", complete)
        object.__setattr__(self, "rows", tuple(complete.values()))

    def __getitem__(self, category: str) -> MappedCategory:
        """Return what a category of the left tree is.

        Raises:
            TaxonomyError: If the left tree has no such id.
        """
        if category not in self._by_category:
            raise TaxonomyError(f"The left tree has no category {category!r}.")
        return self._by_category[category]

    def __iter__(self) -> Iterator[MappedCategory]:
        return iter(self._by_category.values())

    def __len__(self) -> int:
        return len(self._by_category)

    def renames(self) -> dict[str, str]:
        """Left id → right id of the categories with one counterpart."""
        return {row.category: row.counterparts[0].category for row in self if row.kind == "one"}

    def unused(self) -> tuple[str, ...]:
        """Ids of the right tree that are no category's counterpart."""
        used = {each.category for row in self for each in row.counterparts}
        return tuple(category for category in self.right.categories if category not in used)

    def counts(self) -> dict[str, int]:
        """How many categories there are of each kind, how many are sure, and who decided."""
        kinds = Counter(row.kind for row in self)
        return {
            "categories": len(self),
            "sure": sum(row.is_sure for row in self),
            "doubtful": sum(not row.is_sure for row in self),
            **{kind: kinds[kind] for kind in KINDS},
            "decided": sum(row.by_person for row in self),
        }

    def in_order(self) -> list[MappedCategory]:
        """Return the rows as a person looks at them: the doubtful first, decided ones last."""
        return sorted(self, key=lambda row: (row.by_person, row.confidence))

    def with_rows(self, rows: Iterable[MappedCategory]) -> "TreeMapping":
        """Return a mapping in which these rows replace those of the same categories."""
        replaced = {**self._by_category, **{row.category: row for row in rows}}
        return replace(self, rows=tuple(replaced.values()))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON, with the paths beside the ids."""
        return {
            "format": 1,
            "left": {"name": self.left_name, "version": self.left.version},
            "right": {"name": self.right_name, "version": self.right.version},
            "counts": self.counts(),
            "rows": [self._row(row) for row in self],
        }

    def _row(self, row: MappedCategory) -> dict[str, Any]:
        return {
            "id": row.category,
            "category": join_path(self.left.path(row.category)),
            "kind": row.kind,
            "confidence": round(row.confidence, 4),
            "decided_by": row.decided_by,
            "counterparts": [self._counterpart(each) for each in row.counterparts],
            "candidates": [self._counterpart(each) for each in row.candidates],
        }

    def _counterpart(self, each: Counterpart) -> Mapping[str, Any]:
        return {
            "id": each.category,
            "category": join_path(self.right.path(each.category)),
            "confidence": round(each.confidence, 4),
            "reason": each.reason,
        }
