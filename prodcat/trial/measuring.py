"""The measures of one model on a labelled table, each with its interval."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from prodcat.arrays import IntArray
from prodcat.measures.bootstrap import bootstrap_interval
from prodcat.measures.interval import Interval
from prodcat.measures.metrics import shared_nodes
from prodcat.measures.significance import clopper_pearson
from prodcat.measures.statistics import Statistic, f1_of, mean_of, measured, ratio_of
from prodcat.trial.labels import Kind, LabelPlaces
from prodcat.trial.result import LabelCount, LabelledProduct, ModelAnswer

SHARES = ("accuracy", "top_5_accuracy", "coverage")
"""Measures that say of each product yes or no, and so have an exact interval."""


def statistics_of(
    products: Sequence[LabelledProduct], answers: Sequence[ModelAnswer], places: LabelPlaces
) -> dict[str, Statistic]:
    """Return the measures that two models can be held against each other in."""
    labels, leaves = leaves_of(products, answers, places)
    paths = [places.place(product.label).path for product in products]
    shared, sizes = shared_nodes(paths, [answer.leaf for answer in answers])
    return {
        "accuracy": mean_of([answer.leaf_is_right for answer in answers]),
        "top_5_accuracy": mean_of([answer.in_top_5 for answer in answers]),
        "macro_f1": f1_of(labels, leaves, weighted=False),
        "hierarchical_f1": ratio_of(2 * shared, sizes),
        "coverage": mean_of([answer.outcome != "abstained" for answer in answers]),
    }


def leaves_of(
    products: Sequence[LabelledProduct], answers: Sequence[ModelAnswer], places: LabelPlaces
) -> tuple[IntArray, IntArray]:
    """Return the leaf that stands for each label and the best leaf, both (N,); -1 for none."""
    labels = [places.place(product.label).leaf for product in products]
    leaves = [places.leaves.get(answer.leaf, -1) for answer in answers]
    return np.array(labels, dtype=np.int64), np.array(leaves, dtype=np.int64)


def measure_answers(
    products: Sequence[LabelledProduct], answers: Sequence[ModelAnswer], places: LabelPlaces
) -> dict[str, Interval]:
    """Measure a model's answers.

    Shares have the exact interval of Clopper and Pearson, which holds for few products too; F1
    has that of the bootstrap.
    """
    n = len(products)
    if not n:
        return {}
    outcomes = Counter(answer.outcome for answer in answers)
    measures = {}
    for name, statistic in statistics_of(products, answers, places).items():
        value = measured(statistic, n)
        if name in SHARES:
            measures[name] = clopper_pearson(round(value * n), n)
            continue
        # Moved back by the draws' bias, an end may lie outside of what a share can be.
        low, high = np.clip(bootstrap_interval(statistic, n), 0, 1).tolist()
        measures[name] = Interval() if np.isnan(value) else Interval(value, low, high)
    reached = clopper_pearson(outcomes["right"], outcomes["right"] + outcomes["wrong"])
    return {**measures, "accuracy_reached": reached}


def count_labels(
    products: Sequence[LabelledProduct],
    places: LabelPlaces,
    *,
    kind: Kind | None = None,
    respelled: bool = False,
) -> tuple[LabelCount, ...]:
    """Count the labels of a kind, or those that the tree spells otherwise; the most first."""
    counts = Counter(product.label for product in products)
    chosen = []
    for label, count in counts.items():
        placed = places.place(label)
        # The end of a label that the tree lacks is spelled as the table has it.
        if placed.kind == kind or (respelled and placed.respelled and placed.kind != "lacking"):
            chosen.append(LabelCount(label, count, placed.path))
    return tuple(sorted(chosen, key=lambda count: (-count.products, count.label)))
