from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from prodcat.analyze.findings.compare import best_in, common, compare_runs, statistics_of
from prodcat.measures.statistics import measured
from prodcat.runs.reading import read_runs
from tests.analyze.run_files import PATHS, Answered, draw_side, write_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    for name, right, seed in (("good", 0.9, 1), ("bad", 0.6, 2), ("like", 0.9, 3)):
        write_run(folder / name, test=draw_side(300, right=right, seed=seed))
    return {run.name: run for run in read_runs([folder])[0]}


@pytest.fixture(scope="module")
def comparisons(runs):
    return compare_runs(list(runs.values()), "test")


def pair_of(comparisons, first, second):
    [pair] = [c for c in comparisons if (c.first, c.second) == (first, second)]
    return pair


def test_every_two_runs_are_compared(comparisons):
    pairs = [(c.first, c.second) for c in comparisons]

    assert pairs == [("bad", "good"), ("bad", "like"), ("good", "like")]


def test_a_difference_is_that_of_the_measures(runs, comparisons):
    pair = pair_of(comparisons, "bad", "good")

    sides = [runs[name].predictions.side("test") for name in ("bad", "good")]
    bad, good = (f1_score(s.labels, s.best, average="macro") for s in sides)
    assert pair.differences["macro_f1"].value == pytest.approx(good - bad)
    for measure in ("accuracy", "macro_f1", "coverage_at_95", "coverage_at_98"):
        told = [runs[n].selections("test")[0].measures[measure].value for n in ("bad", "good")]
        found = pair.differences[measure]
        assert found.value == pytest.approx(told[1] - told[0])
        assert found.low <= found.value <= found.high


def test_what_cannot_be_luck_is_significant_and_what_can_is_not(comparisons):
    assert pair_of(comparisons, "bad", "good").differences["accuracy"].significant
    assert not pair_of(comparisons, "good", "like").differences["accuracy"].significant


def test_mcnemar_counts_all_products(runs, comparisons):
    pair = pair_of(comparisons, "bad", "good")

    bad, good = (runs[name].predictions.side("test").right for name in ("bad", "good"))
    assert pair.mcnemar.only_first == (bad & ~good).sum()
    assert pair.mcnemar.only_second == (good & ~bad).sum()
    assert pair.mcnemar.both_right + pair.mcnemar.both_wrong == (bad == good).sum()
    assert pair.mcnemar.p < 0.001


def test_disagreements_start_with_the_widest_gap(runs, comparisons):
    pair = pair_of(comparisons, "bad", "good")

    gaps = [abs(d.first_probability - d.second_probability) for d in pair.disagreements]
    assert gaps == sorted(gaps, reverse=True)
    first = pair.disagreements[0]
    side = runs["good"].predictions.side("test")
    row = side.ids.index(first.id)
    assert first.right == ("second" if side.right[row] else "first")
    assert first.second_answer == side.paths[side.best[row]]


def test_runs_are_compared_on_the_products_that_both_have_with_the_same_label(tmp_path):
    probs = np.array([[0.8, 0.1, 0.1]] * 3)
    one = Answered(probs, np.array([0, 0, 1]), ids=["p", "q", "r"])
    other = Answered(probs, np.array([2, 0, 0]), ids=["r", "p", "s"])
    for name, side in (("one", one), ("other", other)):
        write_run(tmp_path / name, test=side)
    runs, _ = read_runs([tmp_path])

    first, second = common(*(run.predictions.side("test") for run in runs))
    [pair] = compare_runs(runs, "test")

    assert first.ids == second.ids == ("p",)
    assert pair.n == 1


def test_runs_without_common_products_are_not_compared(tmp_path):
    for name in ("one", "other"):
        side = Answered(np.array([[0.8, 0.1, 0.1]]), np.array([0]), ids=[name])
        write_run(tmp_path / name, test=side)

    assert compare_runs(read_runs([tmp_path])[0], "test") == ()


def test_coverage_that_is_not_trusted_is_not_compared(runs):
    pairs = compare_runs(list(runs.values()), "test", untrusted={"bad"})

    assert "coverage_at_98" not in pair_of(pairs, "bad", "good").differences
    assert "coverage_at_98" in pair_of(pairs, "good", "like").differences


def test_the_measures_compared_are_those_of_the_run(runs):
    run = runs["bad"]
    side = run.predictions.side("test")

    told = run.selections("test")[0].measures
    for name, statistic in statistics_of(side).items():
        assert measured(statistic, len(side)) == pytest.approx(told[name].value), name


def wins(comparisons, first, second, winner):
    """That pair, with a significant difference in accuracy for the winner."""
    pair = pair_of(comparisons, first, second)
    value = 0.1 if winner == second else -0.1
    found = replace(pair.differences["accuracy"], value=value, significant=winner is not None)
    return replace(pair, differences={"accuracy": found})


@pytest.mark.parametrize(
    ("winners", "siblings", "best"),
    [
        (("good", "like", "good"), {}, {"good"}),
        (("good", "like", None), {}, set()),
        (("good", "like", None), {"good": 0, "like": 0}, {"good", "like"}),
        (("bad", "like", "good"), {}, set()),
        (("bad", "bad", None), {}, {"bad"}),
    ],
)
def test_the_best_beats_every_other_run(comparisons, winners, siblings, best):
    names = [(c.first, c.second) for c in comparisons]
    pairs = [wins(comparisons, *pair, w) for pair, w in zip(names, winners, strict=True)]

    found = best_in(pairs, ["good", "bad", "like"], siblings)

    assert {name for name, measures in found.items() if measures == ("accuracy",)} == best


def test_a_run_that_is_not_compared_with_all_is_not_the_best(comparisons):
    pairs = [wins(comparisons, "bad", "good", "good")]

    assert best_in(pairs, ["good", "bad", "like"], {})["good"] == ()


def test_a_run_alone_is_not_the_best(comparisons):
    assert best_in([], ["good"], {}) == {"good": ()}


def test_the_paths_of_two_runs_need_not_be_numbered_alike(tmp_path):
    probs = np.array([[0.2, 0.8], [0.2, 0.8]])
    write_run(tmp_path / "a", test=Answered(probs, np.array([1, 1])), paths=PATHS[1:])
    wide = np.array([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1]])
    write_run(tmp_path / "b", test=Answered(wide, np.array([2, 2])))
    runs, skipped = read_runs([tmp_path])

    [pair] = compare_runs(runs, "test")

    assert not skipped
    assert (pair.n, pair.mcnemar.both_right, pair.mcnemar.only_first) == (2, 1, 1)
