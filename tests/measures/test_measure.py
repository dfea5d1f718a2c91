import math

import numpy as np
import pytest
from sklearn.metrics import f1_score

from prodcat.decision.decoding import Decoder
from prodcat.errors import InputError
from prodcat.measures import metrics
from prodcat.measures.interval import Interval
from prodcat.measures.measure import RiskCoverage, measure

LEAVES = [(f"g{leaf % 2}", f"m{leaf % 4}", f"leaf {leaf}") for leaf in range(8)]
LEAVES[7] = ("g1",)
THRESHOLDS = {0.95: 0.5, 0.98: None}


def draw(products=200, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, 7, products)
    logits = rng.normal(size=(products, 8))
    logits[np.arange(products), labels] += 3.0
    probs = np.exp(logits)
    return probs / probs.sum(axis=1, keepdims=True), labels


@pytest.fixture(scope="module")
def measured():
    probs, labels = draw()
    return measure(
        probs, labels, LEAVES, thresholds=THRESHOLDS, path_thresholds={0.95: 0.6}, bootstrap=200
    )


def test_each_measure_is_the_function_of_that_name(measured):
    probs, labels = draw()
    answers, sure = probs.argmax(axis=1), probs.max(axis=1)
    true = [LEAVES[label] if label >= 0 else None for label in labels]
    answered = [LEAVES[answer] for answer in answers]
    expected = {
        "accuracy": metrics.accuracy(labels, answers),
        "parent_accuracy": metrics.parent_accuracy(true, answered),
        "top_5_accuracy": metrics.top_k_accuracy(probs, labels, 5),
        "macro_f1": metrics.macro_f1(labels, answers),
        "weighted_f1": metrics.weighted_f1(labels, answers),
        "hierarchical_f1": metrics.hierarchical_f1(true, answered),
        "calibration_error": metrics.expected_calibration_error(sure, answers == labels),
        "coverage_at_95": metrics.coverage_at(sure, 0.5),
        "accuracy_at_95": metrics.selective_accuracy(sure, answers == labels, 0.5),
    }
    assert {name: measured.intervals[name].value for name in expected} == pytest.approx(expected)


def test_answered_paths_are_those_of_the_decoder(measured):
    probs, labels = draw()
    decisions = Decoder(LEAVES).decode(probs, 0.6)
    given = [(d.path, label) for d, label in zip(decisions, labels, strict=True) if d.path]
    right = [label >= 0 and LEAVES[label][: len(path)] == path for path, label in given]
    assert measured.intervals["path_coverage_at_95"].value == len(given) / len(labels)
    assert measured.intervals["path_accuracy_at_95"].value == pytest.approx(np.mean(right))
    assert (
        measured.intervals["path_coverage_at_95"].value
        > measured.intervals["coverage_at_95"].value
        > 0
    )


def test_the_tree_is_walked_once_for_all_accuracies(monkeypatch):
    walked, walk = [], Decoder._walk
    monkeypatch.setattr(Decoder, "_walk", lambda *args: walked.append(1) or walk(*args))
    paths = {0.9: 0.4, 0.95: 0.6, 0.98: None}

    measure(*draw(), LEAVES, thresholds={}, path_thresholds=paths, bootstrap=2)

    assert walked == [1]


def test_the_numbers_of_products_and_leaves_and_the_thresholds_are_told(measured):
    assert (measured.n, measured.classes, measured.classes_present) == (200, 8, 7)
    assert measured.thresholds == {
        "threshold_at_95": 0.5,
        "threshold_at_98": None,
        "path_threshold_at_95": 0.6,
    }


def test_without_a_threshold_nothing_is_answered_and_no_accuracy_reached(measured):
    assert measured.intervals["coverage_at_98"] == Interval(0.0, 0.0, 0.0)
    assert measured.intervals["accuracy_at_98"] == Interval()


def test_each_product_may_have_its_own_threshold():
    probs, labels = draw(products=4)
    leaves = np.array([math.inf, 0.0, 0.0, math.inf])
    paths = np.array([0.0, 0.0, 0.0, math.inf])
    measured = measure(
        probs, labels, LEAVES, thresholds={0.9: leaves}, path_thresholds={0.9: paths}, bootstrap=9
    )
    right = probs.argmax(axis=1) == labels
    assert measured.intervals["coverage_at_90"].value == 0.5
    assert measured.intervals["accuracy_at_90"].value == right[1:3].mean()
    assert measured.intervals["path_coverage_at_90"].value == 0.75
    assert measured.thresholds == {}


@pytest.mark.parametrize(("threshold", "named"), [(0.25, 0.25), (math.inf, None)])
def test_a_threshold_that_all_products_share_is_told(threshold, named):
    probs, labels = draw(products=4)
    measured = measure(probs, labels, LEAVES, thresholds={0.9: np.full(4, threshold)}, bootstrap=9)
    assert measured.thresholds == {"threshold_at_90": named}


def test_intervals_hold_their_value_and_stay_shares(measured):
    intervals = [i for i in measured.intervals.values() if i.value is not None]
    assert len(intervals) == 7 + 3 + 2
    for interval in intervals:
        assert 0 <= interval.low <= interval.value <= interval.high <= 1
    accuracy = measured.intervals["accuracy"]
    assert accuracy.high - accuracy.low == pytest.approx(0.12, abs=0.03)


def test_an_interval_ends_where_shares_end():
    # No error as given, but some in every draw: moved back, the interval would begin below 0.
    measured = measure([[0.5, 0.5]] * 8, [0, 1] * 4, [("a",), ("b",)], thresholds={})
    assert (
        measured.intervals["calibration_error"].value
        == measured.intervals["calibration_error"].low
        == 0.0
    )
    assert measured.intervals["calibration_error"].high > 0.0


def test_equal_answers_have_equal_measures():
    probs, labels = draw()

    def measured():
        return measure(probs, labels, LEAVES, thresholds=THRESHOLDS, bootstrap=50)

    assert measured() == measured()


def test_the_curve_has_about_a_hundred_points_and_both_ends():
    probs, labels = draw(products=2000)
    curve = measure(probs, labels, LEAVES, thresholds={}, bootstrap=2).risk_coverage
    assert len(curve.coverage) == len(curve.risk) == 100
    assert curve.coverage[0] == 1 / 2000
    assert curve.coverage[-1] == 1.0
    assert curve.risk[-1] == pytest.approx(1 - (probs.argmax(axis=1) == labels).mean())


def test_no_products_have_no_measures():
    measured = measure(
        np.zeros((0, 8)), [], LEAVES, thresholds=THRESHOLDS, path_thresholds=THRESHOLDS
    )
    assert measured.n == measured.classes_present == 0
    assert measured.intervals["macro_f1"] == Interval()
    assert measured.risk_coverage == RiskCoverage()


@pytest.mark.parametrize(("label", "value"), [(0, 1.0), (1, 0.0), (-1, 0.0)])
def test_all_right_and_all_wrong(label, value):
    measured = measure(
        [[1.0, 0.0]] * 5, [label] * 5, [("A", "x"), ("B", "y")], thresholds={0.9: 0.5}
    )
    names = ("accuracy", "parent_accuracy", "macro_f1", "hierarchical_f1", "accuracy_at_90")
    for name in names:
        assert measured.intervals[name] == Interval(value, value, value)
    assert measured.intervals["calibration_error"].value == 1 - value


def test_macro_f1_counts_leaves_absent_from_the_labels_but_answered():
    probs = np.eye(3)[[0, 0, 2]]
    measured = measure(probs, [0, 0, 0], [("a",), ("b",), ("c",)], thresholds={}, bootstrap=10)
    expected = f1_score([0, 0, 0], [0, 0, 2], average="macro", zero_division=0)
    assert measured.intervals["macro_f1"].value == pytest.approx(expected)


@pytest.mark.parametrize(
    ("probs", "labels"), [([[math.nan, 1.0]], [0]), ([[0.5, 0.5]], [2]), ([[0.5, 0.5]], [0, 1])]
)
def test_arrays_that_do_not_fit_are_refused(probs, labels):
    with pytest.raises(InputError):
        measure(probs, labels, [("a",), ("b",)], thresholds={})
