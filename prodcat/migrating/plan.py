"""What a change of the tree does to the products of a corpus, before anything is written."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import label_terms
from prodcat.corpus.store import Corpus, now_text
from prodcat.corpus.tree_changes import CategoryChange, ProductChange, TreeChange
from prodcat.migrating.outcomes import KINDS, Outcome, complete, outcomes, without
from prodcat.review.queue import is_asked_twice
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.paths import CategoryPath, join_path

EXAMPLES = 3
SPLIT_VALUE = 0.9
"""What a look at a product of a category that was split is expected to bring."""
NOTHING_IN_IT = "nothing was in it"


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


def make_plan(
    corpus: Corpus,
    name: str,
    mapping: TreeMapping,
    *,
    gone: Collection[str] = (),
    choices: Mapping[str, Choice] | None = None,
    notes: Collection[str] = (),
) -> Plan:
    """Find out what a change of the tree does.

    Args:
        corpus: Which goes over.
        name: What the new tree is called.
        mapping: From the tree that counts to the new one; categories that both have as they are
            need no row.
        gone: Ids of categories that shall have no counterpart.
        choices: Product → which of the categories that its own was split into it belongs to.
        notes: What of the mapping had no place.

    Raises:
        CorpusError: If it cannot be read.
    """
    mapping, chosen = without(complete(mapping), gone), choices or {}
    found = {one.category: one for one in outcomes(mapping)}
    counts: dict[str, Counter[str | None]] = {
        k: Counter() for k in ("labels", "stated", "decisions")
    }
    examples: dict[str, list[str]] = {}
    outside: Counter[str | None] = Counter()
    splits: list[SplitProduct] = []
    products = unlabelled = 0
    for product_id, text, raw, stated, label, is_decided in _products(corpus):
        products += 1
        unlabelled += label is None
        outside[label] += label is not None and label not in found
        counts["stated"][stated] += 1
        counts["labels"][label] += 1
        counts["decisions"][label] += bool(is_decided)
        if label is not None and len(few := examples.setdefault(label, [])) < EXAMPLES:
            few.append(text)
        for category, word in ((stated, raw), (label, "") if is_decided else (None, "")):
            outcome = found.get(category or "")
            if outcome is not None and outcome.kind == "split":
                choice = chosen.get(product_id)
                if choice is not None and not _fits(mapping, outcome, choice):
                    choice = None
                counted = not word or not is_decided
                splits.append(
                    SplitProduct(product_id, text, outcome.category, word, counted, choice)
                )
    suggestions = Counter(dict(_suggestions(corpus)))
    uses = {
        category: Uses(
            labels=counts["labels"][category],
            stated=counts["stated"][category],
            decisions=counts["decisions"][category],
            suggestions=suggestions[category],
            examples=tuple(examples.get(category, ())),
        )
        for category in found
        if any(counts[kind][category] for kind in counts) or suggestions[category]
    }
    return Plan(
        name=name,
        mapping=mapping,
        outcomes=tuple(_told(one, uses) for one in found.values()),
        uses=uses,
        products=products,
        unlabelled=unlabelled,
        outside={label: count for label, count in outside.items() if label and count},
        splits=tuple(splits),
        notes=tuple(notes),
    )


def change_of(plan: Plan, corpus: Corpus) -> TreeChange:
    """Return what is to be written."""
    return TreeChange(
        plan.name,
        plan.mapping.right,
        [CategoryChange(o.category, o.kind, o.new, o.reason) for o in plan.outcomes],
        [
            ProductChange(one.id, one.old, one.choice.category, one.choice.who, one.stated)
            for one in plan.splits
            if one.choice is not None
        ],
        list(_cards(plan, corpus)),
        {key: value for key, value in plan.to_dict().items() if key != "categories"},
    )


def _cards(plan: Plan, corpus: Corpus) -> Iterator[dict[str, Any]]:
    """Yield a card for each product whose label a person has to choose."""
    right = plan.mapping.right
    outcome = {one.category: one for one in plan.outcomes}
    (since,) = corpus.db.execute("select coalesce(max(id), 0) from corrections").fetchone()
    for one in plan.splits:
        if one.choice is not None or not one.counts:
            continue
        old = outcome[one.old]
        among = ", ".join(join_path(right.path(each)) for each in old.counterparts)
        yield {
            "product_id": one.id,
            "kind": "split",
            "reason": f"{join_path(old.path)} was split into {among}: which of them is it?",
            "value": SPLIT_VALUE,
            "suggestion": None,
            "probability": None,
            "alike": json.dumps([]),
            "added_at": now_text(),
            "since": since,
            "second": int(is_asked_twice(one.id)),
            "state": 0,
        }


def _told(one: Outcome, uses: Mapping[str, Uses]) -> Outcome:
    """Call a category without a counterpart gone where that concerns nobody."""
    if one.is_answered or one.category in uses:
        return one
    return Outcome(one.category, one.path, "gone", None, reason=NOTHING_IN_IT)


def _fits(mapping: TreeMapping, outcome: Outcome, choice: Choice) -> bool:
    """Tell whether a choice is one of the categories that another was split into, or below."""
    above: CategoryPath = mapping.right.ancestors(choice.category)
    return bool(set(above) & set(outcome.counterparts))


def _products(corpus: Corpus) -> Iterator[tuple[str, str, str, str | None, str | None, int]]:
    with translated_errors(corpus.path):
        terms = label_terms(corpus.db)
        yield from corpus.db.execute(
            f"select p.id, p.name, p.category_id, {terms.stated}, {terms.label},"  # noqa: S608
            f" {terms.is_decided} from products p{terms.joins} order by p.id"
        )


def _suggestions(corpus: Corpus) -> list[tuple[str, int]]:
    if "review_cards" not in corpus.db.table_names():  # an earlier version's, read only
        return []
    with translated_errors(corpus.path):
        rows = corpus.db.execute(
            "select suggestion, count(*) from review_cards where suggestion is not null group by 1"
        )
        return rows.fetchall()
