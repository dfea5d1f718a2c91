import numpy as np
import pytest

from prodcat.analyze.findings.promises import Doubt, doubts_of, fallen_short
from prodcat.decision.guarantee import guarantee, leaf_evidence
from prodcat.measures.interval import Interval
from prodcat.runs.reading import read_run
from tests.analyze.run_files import Answered, draw_side, forget_accuracy, write_run

VAL = draw_side(200, right=0.8, seed=1)


def checked(tmp_path, **changes):
    return doubts_of(read_run(write_run(tmp_path / "run", **{"val": VAL, **changes})))


def proven(val, goals=(0.95, 0.98)):
    right = val.probs.argmax(axis=1) == val.labels
    evidence = (leaf_evidence(val.probs.max(axis=1), right),)
    return {goal: guarantee(evidence, goal).threshold for goal in goals}


def test_thresholds_that_proved_themselves_on_validation_raise_no_doubt(tmp_path):
    val = draw_side(900, right=0.9, seed=1)
    thresholds = proven(val)
    assert thresholds[0.95] is not None
    assert checked(tmp_path, val=val, thresholds=thresholds) == ()


def test_thresholds_of_an_older_run_prove_nothing_for_the_products_to_come(tmp_path):
    doubts = checked(tmp_path)
    assert [(doubt.accuracy, doubt.breaks) for doubt in doubts] == [(0.95, False), (0.98, False)]
    assert "no proof of 95% for the products to come" in doubts[0].message


def test_a_threshold_that_is_too_low_on_validation_is_a_broken_promise(tmp_path):
    doubts = checked(tmp_path, thresholds={0.95: 0.1, 0.98: 0.1})

    assert [(doubt.accuracy, doubt.breaks) for doubt in doubts] == [(0.95, True), (0.98, True)]
    assert "At its threshold for 95%" in doubts[0].message
    assert "coverage is not shown" in doubts[1].message


def test_broken_promises_come_first(tmp_path):
    doubts = checked(tmp_path, thresholds={0.95: 0.99, 0.98: 0.1})

    assert [(doubt.accuracy, doubt.breaks) for doubt in doubts] == [(0.98, True), (0.95, False)]


def test_the_product_on_the_threshold_may_go_either_way(tmp_path):
    probs = np.repeat([[0.9, 0.05, 0.05]], 60, axis=0)
    labels = np.array([0] * 57 + [1] * 3)  # 57 / 60 is 0.95, and 56 / 59 is below
    probs[0] = [0.8, 0.1, 0.1]
    val = Answered(probs, labels)

    doubts = checked(tmp_path, val=val, thresholds={0.95: 0.8 + 1e-12, 0.98: None})

    assert not any(doubt.breaks for doubt in doubts)


def test_thresholds_without_validation_products_are_not_believed(tmp_path):
    none = Answered(np.empty((0, 3)), np.empty(0, dtype=int))

    [doubt] = checked(tmp_path, val=none, thresholds={0.95: 0.5, 0.98: None})

    assert doubt == Doubt(
        0.95,
        "It has thresholds for 95%, but no validation products to have chosen them on;"
        " coverage is not shown.",
        breaks=True,
    )


def test_a_run_that_never_answers_promises_nothing(tmp_path):
    none = Answered(np.empty((0, 3)), np.empty(0, dtype=int))

    assert checked(tmp_path, val=none, thresholds={0.95: None, 0.98: None}) == ()


def test_few_validation_products_cannot_tell(tmp_path):
    few = draw_side(20, right=0.5, seed=0)

    [doubt] = checked(tmp_path, val=few, thresholds={0.95: 0.1, 0.98: None})

    assert doubt == Doubt(
        0.95,
        "Its threshold for 95% cannot be checked: 20 validation products have all the parts it"
        " reads.",
    )


@pytest.mark.parametrize("lacking", ["name", "image"])
def test_products_without_some_part_do_not_count(tmp_path, lacking):
    wrong = Answered(
        np.concatenate([VAL.probs, [[0.99, 0.005, 0.005]] * 50]),
        np.concatenate([VAL.labels, [1] * 50]),
        has={lacking: [True] * 200 + [False] * 50},
    )
    with_all = checked(tmp_path, thresholds={0.95: 0.9, 0.98: None})
    assert checked(tmp_path / "more", val=wrong, thresholds={0.95: 0.9, 0.98: None}) == with_all


@pytest.mark.parametrize(("high", "accuracies"), [(0.97, [0.98]), (0.98, []), (None, [])])
def test_answers_fall_short_where_even_the_upper_end_lies_below(high, accuracies):
    measures = {"accuracy_at_95": Interval(0.96, 0.95, 0.97)}
    measures["accuracy_at_98"] = Interval(0.96, 0.95, high)

    assert [doubt.accuracy for doubt in fallen_short(measures)] == accuracies


def test_thresholds_are_checked_for_the_accuracies_that_a_run_has(tmp_path):
    run = write_run(tmp_path / "run", val=VAL, thresholds={0.95: 0.1, 0.98: 0.1})
    forget_accuracy(run, 98)

    assert [doubt.accuracy for doubt in doubts_of(read_run(run))] == [0.95]
