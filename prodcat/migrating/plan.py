"""What a change of the tree does to the products of a corpus, before anything is written."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from prodcat.migrating.outcomes import KINDS, Outcome
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.paths import join_path


@dataclass(frozen=True, slots=True)
class Choice:
    """Which of the categories that one was split into a product belongs to."""

    category: str
    who: str
    """A person, or a model."""


@dataclass(frozen=True, slots=True)
class SplitProduct:
    """A product of a category that is split."""

    id: str
    name: str
    old: str
    """Id of the category in the old tree."""
    stated: str
    """What its shop says; empty where it is a person's decision that is split."""
    counts: bool
    """Whether it is the label that counts."""
    choice: Choice | None
    """None where a person has to choose: if it counts, it goes into the queue."""


@dataclass(frozen=True)
class Uses:
    """How often a category is named."""

    labels: int = 0
    """Products whose label it is, a shop's or a person's, whichever counts."""
    stated: int = 0
    """Products of which a shop says so."""
    decisions: int = 0
    """Products on which a person decided so."""
    suggestions: int = 0
    """Cards of the queue that suggest it."""
    examples: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """All that a change of the tree does."""

    name: str
    """Of the new tree."""
    mapping: TreeMapping
    outcomes: tuple[Outcome, ...]
    uses: Mapping[str, Uses]
    products: int
    unlabelled: int
    outside: Mapping[str, int]
    """Labels that the old tree does not have either, and their products; they stay as they are."""
    splits: tuple[SplitProduct, ...] = ()
    notes: tuple[str, ...] = field(default=())
    """What of a mapping had no place in these trees."""

    @property
    def unanswered(self) -> tuple[Outcome, ...]:
        """Categories with something in them that have neither a counterpart nor a "gone"."""
        return tuple(o for o in self.outcomes if not o.is_answered and self._is_used(o.category))

    @property
    def doubtful(self) -> tuple[Outcome, ...]:
        """Categories with something in them whose counterpart nobody is sure of."""
        return tuple(
            o
            for o in self.outcomes
            if o.is_answered and not o.is_sure and self._is_used(o.category)
        )

    @property
    def ambiguous(self) -> tuple[str, ...]:
        """Ids that both trees have, for different categories.

        What a shop says by such an id is read as of the old tree.
        """
        right = self.mapping.right
        return tuple(
            o.category for o in self.outcomes if o.category in right and o.new != o.category
        )

    def _is_used(self, category: str) -> bool:
        uses = self.uses.get(category, Uses())
        return bool(uses.labels or uses.stated or uses.decisions or uses.suggestions)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many categories, and products by their label, become what."""
        categories = Counter(o.kind for o in self.outcomes)
        labels: Counter[str] = Counter()
        for one in self.outcomes:
            labels[one.kind] += self.uses.get(one.category, Uses()).labels
        return {kind: {"categories": categories[kind], "products": labels[kind]} for kind in KINDS}

    def labels_after(self) -> Counter[str | None]:
        """How many products have which label afterwards, by id; None for no label."""
        new = {one.category: one.new for one in self.outcomes}
        found: Counter[str | None] = Counter({None: self.unlabelled})
        found.update(dict(self.outside))
        for category, uses in self.uses.items():
            found[new[category]] += uses.labels
        for one in self.splits:
            if one.choice is not None and one.counts:
                found[new[one.old]] -= 1
                found[one.choice.category] += 1
        return Counter({label: count for label, count in found.items() if count})

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        after = self.labels_after()
        split = [one for one in self.splits if one.counts]
        to_review = sum(one.choice is None for one in split)
        return {
            "tree": self.name,
            "from_version": self.mapping.left.version,
            "to_version": self.mapping.right.version,
            "products": self.products,
            "labelled_before": self.products - self.unlabelled,
            "labelled_after": self.products - after[None],
            "kinds": self.counts(),
            "split_products": {
                "told_apart": len(split) - to_review,
                "to_review": to_review,
            },
            "unanswered": [join_path(one.path) for one in self.unanswered],
            "doubtful": [join_path(one.path) for one in self.doubtful],
            "ambiguous": list(self.ambiguous),
            "outside": dict(self.outside),
            "notes": list(self.notes),
            "categories": [self._row(one) for one in self.outcomes],
        }

    def _row(self, one: Outcome) -> dict[str, Any]:
        right, uses = self.mapping.right, self.uses.get(one.category, Uses())
        return {
            "id": one.category,
            "category": join_path(one.path),
            "kind": one.kind,
            "new_id": one.new,
            "new_category": "" if one.new is None else join_path(right.path(one.new)),
            "counterparts": [join_path(right.path(each)) for each in one.counterparts],
            "reason": one.reason,
            "is_sure": one.is_sure,
            **asdict(uses),
            "examples": list(uses.examples),
        }
