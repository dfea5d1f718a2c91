"""Which run is better, and whether that could be the luck of which products were drawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from prodcat.analyze.findings.levels import level_of
from prodcat.analyze.findings.summary import Comparison, Difference, Disagreement, McNemar
from prodcat.arrays import Float64Array, IntArray
from prodcat.measures.bootstrap import resample
from prodcat.measures.metrics import shared_nodes
from prodcat.measures.significance import holm, mcnemar, paired_difference
from prodcat.measures.statistics import Statistic, f1_of, mean_of, measured, ratio_of
from prodcat.runs.format import GOALS
from prodcat.runs.predictions import Side
from prodcat.runs.reading import Run
from prodcat.taxonomy.paths import split_path

LEAST_DRAWS = 2000
DRAWS_PER_PAIR = 100
"""So that the smallest p there can be stays significant after Holm's correction."""
MAX_COMPARED = 20
MAX_SHOWN, MAX_SHOWN_IN_ALL = 100, 3000
"""Disagreements kept of a pair, and of all pairs."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    """A run's measures on some products, and on each draw of them."""

    values: Mapping[str, float]
    draws: Mapping[str, Float64Array]


def compare_runs(
    runs: Sequence[Run], side: str, *, untrusted: Collection[str] = ()
) -> tuple[Comparison, ...]:
    """Compare every two runs on the products that both answered.

    Products are drawn again and again, the same for both, so what is hard for both drops
    out. The last two kinds of output say whether the difference is more than luck.

    Args:
        runs: With distinct names.
        side: ``test`` or ``val``.
        untrusted: Names of runs whose coverage must not be compared.
    """
    sides = {run.name: run.predictions.side(side) for run in runs}
    pairs = list(combinations(sides, 2))
    draws = max(LEAST_DRAWS, DRAWS_PER_PAIR * len(pairs))
    shown = min(MAX_SHOWN, max(10, MAX_SHOWN_IN_ALL // max(len(pairs), 1)))
    known: dict[tuple[str, tuple[str, ...]], _Drawn] = {}
    found = []
    for first, second in pairs:
        one, other = common(sides[first], sides[second])
        if not len(one):
            continue
        for name, rows in ((first, one), (second, other)):
            if (name, rows.ids) not in known:
                known[name, rows.ids] = _draw(rows, draws)
        before, after = known[first, one.ids], known[second, other.ids]
        coverage = not {first, second} & set(untrusted)
        found.append(
            Comparison(
                first=first,
                second=second,
                n=len(one),
                differences=_differences(before, after, coverage=coverage),
                mcnemar=_mcnemar(one, other),
                disagreements=_disagreements(one, other)[:shown],
            )
        )
    return _corrected(found)


def common(first: Side, second: Side) -> tuple[Side, Side]:
    """Return both sides' rows of the products that both have with the same label, by id."""
    place = {key: row for row, key in enumerate(second.ids)}
    labels = (first.labels.tolist(), second.labels.tolist())
    rows = sorted(
        (key, row, place[key])
        for row, key in enumerate(first.ids)
        if key in place and first.paths[labels[0][row]] == second.paths[labels[1][place[key]]]
    )
    own = np.array([row for _, row, _ in rows], dtype=np.int64)
    other = np.array([row for _, _, row in rows], dtype=np.int64)
    return first.take(own), second.take(other)


def statistics_of(side: Side) -> dict[str, Statistic]:
    """Measures that can be told from the five best leaves; more is better in each."""
    parents = level_of(side.paths, "parent")
    split = [split_path(path) for path in side.paths]
    truth, best = side.labels.tolist(), side.best.tolist()
    shared, sizes = shared_nodes([split[i] for i in truth], [split[i] for i in best])
    return {
        "accuracy": mean_of(side.right),
        "parent_accuracy": mean_of(parents[side.labels] == parents[side.best]),
        "top_5_accuracy": mean_of((side.top == side.labels[:, None]).any(axis=1)),
        "macro_f1": f1_of(side.labels, side.best, weighted=False),
        "hierarchical_f1": ratio_of(2 * shared, sizes),
        **{f"coverage_at_{100 * goal:g}": mean_of(side.answered(goal)) for goal in GOALS},
    }


def best_in(
    comparisons: Sequence[Comparison], runs: Sequence[str], siblings: Mapping[str, int]
) -> dict[str, tuple[str, ...]]:
    """Find in which measures a run is significantly better than every other.

    Args:
        comparisons: Of all pairs; a run that is not compared with some other is best in none.
        runs: All that are reported.
        siblings: Run → number of the group that it shares with runs that differ in their
            seed alone; against these it need not win.
    """
    wins: dict[tuple[str, str], set[str]] = {}
    for pair in comparisons:
        for measure, difference in pair.differences.items():
            if difference.significant:
                names = (pair.second, pair.first)
                winner, loser = names if difference.value > 0 else names[::-1]
                wins.setdefault((winner, measure), set()).add(loser)
    best: dict[str, list[str]] = {name: [] for name in runs}
    for (name, measure), losers in wins.items():
        group = siblings.get(name)
        others = {o for o in runs if o != name and (group is None or siblings.get(o) != group)}
        if others and others <= losers:
            best[name].append(measure)
    return {name: tuple(sorted(measures)) for name, measures in best.items()}


def _draw(side: Side, draws: int) -> _Drawn:
    statistics = statistics_of(side)
    return _Drawn(
        values={name: measured(statistic, len(side)) for name, statistic in statistics.items()},
        draws=resample(statistics, len(side), n=draws),
    )


def _differences(before: _Drawn, after: _Drawn, *, coverage: bool) -> dict[str, Difference]:
    found = {}
    for name in before.values:
        if name.startswith("coverage") and not coverage:
            continue
        value = after.values[name] - before.values[name]
        low, high, p = paired_difference(before.draws[name], after.draws[name], value=value)
        found[name] = Difference(value=value, low=low, high=high, p=p, significant=False)
    return found


def _corrected(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Mark what stays significant, measure by measure, over all pairs."""
    marked: list[dict[str, Difference]] = [dict(pair.differences) for pair in comparisons]
    for name in dict.fromkeys(name for differences in marked for name in differences):
        having = [differences for differences in marked if name in differences]
        stays = holm([differences[name].p for differences in having])
        for differences, significant in zip(having, stays.tolist(), strict=True):
            differences[name] = replace(differences[name], significant=significant)
    return tuple(
        replace(pair, differences=differences)
        for pair, differences in zip(comparisons, marked, strict=True)
    )


def _mcnemar(one: Side, other: Side) -> McNemar:
    only_first, only_second = one.right & ~other.right, other.right & ~one.right
    return McNemar(
        both_right=int((one.right & other.right).sum()),
        only_first=int(only_first.sum()),
        only_second=int(only_second.sum()),
        both_wrong=int((~one.right & ~other.right).sum()),
        p=mcnemar(int(only_first.sum()), int(only_second.sum())),
    )


def _disagreements(one: Side, other: Side) -> tuple[Disagreement, ...]:
    rows: IntArray = np.flatnonzero(one.right != other.right)
    gaps = np.abs(one.probability - other.probability)
    return tuple(
        Disagreement(
            id=one.ids[row],
            first_answer=one.paths[one.best[row]],
            first_probability=float(one.probability[row]),
            second_answer=other.paths[other.best[row]],
            second_probability=float(other.probability[row]),
            right="first" if one.right[row] else "second",
        )
        for row in sorted(rows.tolist(), key=lambda row: (-gaps[row], one.ids[row]))
    )
