"""Which run is better, and whether that could be the luck of which products were drawn."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from prodcat.analyze.findings.levels import level_of
from prodcat.analyze.findings.summary import Comparison, Difference, Disagreement, McNemar
from prodcat.arrays import BoolArray, Float64Array, IntArray
from prodcat.decision.accuracies import measure_at
from prodcat.measures.bootstrap import resample
from prodcat.measures.metrics import shared_nodes
from prodcat.measures.significance import holm, mcnemar, paired_difference
from prodcat.measures.statistics import Statistic, f1_of, mean_of, measured, ratio_of
from prodcat.runs.reading import Run
from prodcat.runs.side import Side
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
    # Names of runs are distinct: `read_runs` sees to that.
    sides = {run.name: run.predictions.side(side) for run in runs}
    pairs = list(combinations(sides, 2))
    draws = max(LEAST_DRAWS, DRAWS_PER_PAIR * len(pairs))
    # Pairs grow with the square of the runs, and a page has to hold all that is kept of them.
    shown = min(MAX_SHOWN, max(10, MAX_SHOWN_IN_ALL // max(len(pairs), 1)))
    # Most runs answer the same products, and their draws serve all of their pairs.
    drawn: dict[tuple[str, tuple[str, ...]], _Drawn] = {}
    comparisons = []
    for first, second in pairs:
        first_rows, second_rows = common(sides[first], sides[second])
        # Runs on different corpora, which are put side by side by force, may share none.
        if not len(first_rows):
            continue
        for name, rows in ((first, first_rows), (second, second_rows)):
            if (name, rows.ids) not in drawn:
                drawn[name, rows.ids] = _draw(rows, draws)
        before, after = drawn[first, first_rows.ids], drawn[second, second_rows.ids]
        coverage = not {first, second} & set(untrusted)
        comparisons.append(
            Comparison(
                first=first,
                second=second,
                n=len(first_rows),
                differences=_differences(before, after, coverage=coverage),
                mcnemar=_mcnemar(first_rows, second_rows),
                disagreements=_disagreements(first_rows, second_rows)[:shown],
            )
        )
    return _corrected(comparisons)


def common(first: Side, second: Side) -> tuple[Side, Side]:
    """Return both sides' rows of the products that both have with the same label, by id."""
    place = {id: row for row, id in enumerate(second.ids)}
    labels = (first.labels.tolist(), second.labels.tolist())
    # By id, so that equal sets of products have equal draws; and labels by path, since each run
    # numbers the paths that it names.
    rows = sorted(
        (id, row, place[id])
        for row, id in enumerate(first.ids)
        if id in place and first.paths[labels[0][row]] == second.paths[labels[1][place[id]]]
    )
    first_rows = np.array([row for _, row, _ in rows], dtype=np.int64)
    second_rows = np.array([row for _, _, row in rows], dtype=np.int64)
    return first.take(first_rows), second.take(second_rows)


def statistics_of(side: Side) -> dict[str, Statistic]:
    """Measures that can be told from the five best leaves; more is better in each."""
    parents = level_of(side.paths, "parent")
    split = [split_path(path) for path in side.paths]
    truth, best = side.labels.tolist(), side.best.tolist()
    shared, sizes = shared_nodes([split[i] for i in truth], [split[i] for i in best])
    return {
        "accuracy": mean_of(side.right),
        "parent_accuracy": mean_of(parents[side.labels] == parents[side.best]),
        # By the leaf that stands for the label: a category that was not taught is never answered.
        "top_5_accuracy": mean_of(_among_best(side)),
        "macro_f1": f1_of(side.leaves, side.best, weighted=False),
        "hierarchical_f1": ratio_of(2 * shared, sizes),
        **{measure_at("coverage", a): mean_of(side.answered(a)) for a in side.thresholds},
    }


def _among_best(side: Side) -> BoolArray:
    # A product that no leaf stands for has -1, and so has a place that no leaf took.
    return ((side.top == side.leaves[:, None]) & (side.top >= 0)).any(axis=1)


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
        rivals = {r for r in runs if r != name and (group is None or siblings.get(r) != group)}
        # A run without rivals has beaten nobody.
        if rivals and rivals <= losers:
            best[name].append(measure)
    return {name: tuple(sorted(measures)) for name, measures in best.items()}


def _draw(side: Side, draws: int) -> _Drawn:
    statistics = statistics_of(side)
    return _Drawn(
        values={name: measured(statistic, len(side)) for name, statistic in statistics.items()},
        draws=resample(statistics, len(side), n=draws),
    )


def _differences(before: _Drawn, after: _Drawn, *, coverage: bool) -> dict[str, Difference]:
    differences = {}
    # Runs of different times may have been asked for other accuracies.
    for name in (name for name in before.values if name in after.values):
        if name.startswith("coverage") and not coverage:
            continue
        value = after.values[name] - before.values[name]
        low, high, p = paired_difference(before.draws[name], after.draws[name], value=value)
        differences[name] = Difference(value=value, low=low, high=high, p=p, significant=False)
    return differences


def _corrected(comparisons: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Mark what stays significant, measure by measure, over all pairs."""
    marked: list[dict[str, Difference]] = [dict(pair.differences) for pair in comparisons]
    # Of accuracy there are two tests; where they differ, nobody has won.
    exact = holm([pair.mcnemar.p for pair in comparisons]).tolist() if comparisons else []
    for name in dict.fromkeys(name for differences in marked for name in differences):
        having = [differences for differences in marked if name in differences]
        stays = holm([differences[name].p for differences in having])
        for differences, stands in zip(having, stays.tolist(), strict=True):
            found = differences[name]
            # Bold beside an interval that holds 0 would be no answer.
            apart = found.low > 0 or found.high < 0
            differences[name] = replace(found, significant=stands and apart)
    for differences, stands in zip(marked, exact, strict=True):
        if "accuracy" in differences and not stands:
            differences["accuracy"] = replace(differences["accuracy"], significant=False)
    return tuple(
        replace(pair, differences=differences)
        for pair, differences in zip(comparisons, marked, strict=True)
    )


def _mcnemar(first: Side, second: Side) -> McNemar:
    only_first, only_second = first.right & ~second.right, second.right & ~first.right
    return McNemar(
        both_right=int((first.right & second.right).sum()),
        only_first=int(only_first.sum()),
        only_second=int(only_second.sum()),
        both_wrong=int((~first.right & ~second.right).sum()),
        p=mcnemar(int(only_first.sum()), int(only_second.sum())),
    )


def _disagreements(first: Side, second: Side) -> tuple[Disagreement, ...]:
    rows: IntArray = np.flatnonzero(first.right != second.right)
    gaps = np.abs(first.probability - second.probability)
    return tuple(
        Disagreement(
            id=first.ids[row],
            first_answer=first.paths[first.best[row]],
            first_probability=float(first.probability[row]),
            second_answer=second.paths[second.best[row]],
            second_probability=float(second.probability[row]),
            right="first" if first.right[row] else "second",
        )
        for row in sorted(rows.tolist(), key=lambda row: (-gaps[row], first.ids[row]))
    )
