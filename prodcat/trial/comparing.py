"""Which of several models is better on the same products, and whether that is more than luck."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from prodcat.analyze.findings.summary import Difference, McNemar
from prodcat.arrays import BoolArray, Float64Array
from prodcat.measures.bootstrap import resample
from prodcat.measures.significance import holm, mcnemar, paired_difference
from prodcat.measures.statistics import Statistic, measured
from prodcat.taxonomy.paths import CategoryPath
from prodcat.trial.result import ModelPair

LEAST_DRAWS = 2000
DRAWS_PER_PAIR = 100
"""So that the smallest p there can be stays significant after Holm's correction."""


@dataclass(frozen=True, eq=False)
class Contestant:
    """A model as it is held against others."""

    name: str
    right: BoolArray
    """Whether its best leaf is right, (N,)."""
    statistics: Mapping[str, Statistic]
    leaves: frozenset[CategoryPath]
    """That it can answer."""


def compare_models(contestants: Sequence[Contestant]) -> tuple[ModelPair, ...]:
    """Compare every two models; draws of the products are the same for all."""
    pairs = list(combinations(contestants, 2))
    if not pairs:
        return ()
    n, draws = len(contestants[0].right), max(LEAST_DRAWS, DRAWS_PER_PAIR * len(pairs))
    drawn = {c.name: resample(c.statistics, n, n=draws) for c in contestants}
    found = [
        ModelPair(
            first=first.name,
            second=second.name,
            mcnemar=_mcnemar(first.right, second.right),
            differences=_differences(first, second, drawn, n),
            better=None,
        )
        for first, second in pairs
    ]
    return _corrected(found)


def _mcnemar(first: BoolArray, second: BoolArray) -> McNemar:
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    return McNemar(
        both_right=int((first & second).sum()),
        only_first=only_first,
        only_second=only_second,
        both_wrong=int((~first & ~second).sum()),
        p=mcnemar(only_first, only_second),
    )


def _differences(
    first: Contestant,
    second: Contestant,
    drawn: Mapping[str, Mapping[str, Float64Array]],
    n: int,
) -> dict[str, Difference]:
    differences = {}
    for name in first.statistics:
        # Averaged over other leaves, two macro-F1 say nothing beside each other.
        if name == "macro_f1" and first.leaves != second.leaves:
            continue
        value = measured(second.statistics[name], n) - measured(first.statistics[name], n)
        if np.isnan(value):
            continue
        before, after = drawn[first.name][name], drawn[second.name][name]
        low, high, p = paired_difference(before, after, value=value)
        differences[name] = Difference(value=value, low=low, high=high, p=p, significant=False)
    return differences


def _corrected(pairs: Sequence[ModelPair]) -> tuple[ModelPair, ...]:
    """Mark what stays significant, measure by measure, when all pairs are asked at once."""
    marked: list[dict[str, Difference]] = [dict(pair.differences) for pair in pairs]
    for name in dict.fromkeys(name for differences in marked for name in differences):
        having = [differences for differences in marked if name in differences]
        stays = holm([differences[name].p for differences in having]).tolist()
        for differences, significant in zip(having, stays, strict=True):
            differences[name] = replace(differences[name], significant=significant)
    told = holm([pair.mcnemar.p for pair in pairs]).tolist()
    return tuple(
        replace(pair, differences=differences, better=_better(pair) if is_told else None)
        for pair, differences, is_told in zip(pairs, marked, told, strict=True)
    )


def _better(pair: ModelPair) -> str:
    test = pair.mcnemar
    return pair.second if test.only_second > test.only_first else pair.first
