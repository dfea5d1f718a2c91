"""Finds out what a change of the tree does, and says what is to be written."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from prodcat.corpus.opening import translated_errors
from prodcat.corpus.product_query import label_terms
from prodcat.corpus.store import Corpus, now_text
from prodcat.corpus.tree_changes import CategoryChange, ProductChange, TreeChange
from prodcat.migrating.outcomes import Outcome, complete, outcomes, without
from prodcat.migrating.plan import Choice, Plan, SplitProduct, Uses
from prodcat.review.queue import is_asked_twice
from prodcat.taxonomy.mapping import TreeMapping
from prodcat.taxonomy.paths import join_path

EXAMPLES = 3
SPLIT_VALUE = 0.9
"""What a look at a product of a category that was split is expected to bring."""
NOTHING_IN_IT = "nothing was in it"


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
    above = mapping.right.ancestors(choice.category)
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
