import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from prodcat.errors import InputError
from prodcat.measures.metrics import (
    accuracy,
    coverage_at,
    expected_calibration_error,
    hierarchical_f1,
    macro_f1,
    parent_accuracy,
    risk_coverage_curve,
    selective_accuracy,
    top_k_accuracy,
    weighted_f1,
)
from prodcat.measures.statistics import f1_of, measured

BOOTS, CLOGS, BAGS = ("Shoes", "Boots"), ("Shoes", "Clogs"), ("Bags",)


def draw(products=300, classes=12, seed=0):
    rng = np.random.default_rng(seed)
    labels = rng.choice(classes, products, p=rng.dirichlet(np.full(classes, 0.3)))
    probs = rng.dirichlet(np.full(classes, 0.5), size=products)
    probs[np.arange(products), labels] += rng.random(products)
    return labels, probs / probs.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("seed", range(5))
def test_f1_and_accuracy_agree_with_scikit_learn(seed):
    labels, probs = draw(seed=seed)
    answers = probs.argmax(axis=1)
    assert accuracy(labels, answers) == pytest.approx(accuracy_score(labels, answers))
    for ours, average in ((macro_f1, "macro"), (weighted_f1, "weighted")):
        theirs = f1_score(labels, answers, average=average, zero_division=0)
        assert ours(labels, answers) == pytest.approx(theirs)


@pytest.mark.parametrize("k", [1, 2, 5, 11])
def test_top_k_accuracy_agrees_with_scikit_learn(k):
    labels, probs = draw()
    theirs = top_k_accuracy_score(labels, probs, k=k, labels=np.arange(12))
    assert top_k_accuracy(probs, labels, k) == pytest.approx(theirs)


@pytest.mark.parametrize(
    ("labels", "answers", "macro", "weighted"),
    [
        ([0, 0], [0, 0], 1.0, 1.0),
        ([0, 1], [1, 0], 0.0, 0.0),
        ([0, 0], [0, 7], (2 / 3 + 0) / 2, 2 / 3),
        ([0, -1], [0, 0], 2 / 3, 2 / 3),
        ([0, -1], [0, 5], (1 + 0) / 2, 1.0),
        ([-1], [3], 0.0, math.nan),
    ],
    ids=["one leaf", "all wrong", "absent leaf answered", "unknown", "unknown elsewhere", "only"],
)
def test_f1_by_hand(labels, answers, macro, weighted):
    assert macro_f1(labels, answers) == pytest.approx(macro)
    assert weighted_f1(labels, answers) == pytest.approx(weighted, nan_ok=True)


def test_unknown_categories_are_wrong_answers():
    assert accuracy([-1, 1], [0, 1]) == 0.5
    assert top_k_accuracy([[0.5, 0.5]] * 2, [-1, 1], k=2) == 0.5


def test_of_leaves_alike_the_first_is_nearer_the_top():
    even = [[0.25] * 4] * 4
    assert top_k_accuracy(even, [0, 1, 2, 3], k=1) == 0.25
    assert top_k_accuracy(even, [0, 1, 2, 3], k=3) == 0.75
    assert top_k_accuracy(even, [0, 1, 2, 3], k=9) == 1.0


@pytest.mark.parametrize(
    ("true", "answered", "f1", "parent"),
    [
        (BOOTS, BOOTS, 1.0, 1.0),
        (BOOTS, CLOGS, 0.5, 1.0),
        (BOOTS, BAGS, 0.0, 0.0),
        (BAGS, ("Hats",), 0.0, 1.0),
        (BOOTS, ("Shoes",), 2 / 3, 0.0),
        (("Shoes",), BOOTS, 2 / 3, 0.0),
        (BOOTS, (), 0.0, 0.0),
        (BAGS, (), 0.0, 0.0),
        (None, BAGS, 0.0, 0.0),
        (("Women", "Shoes"), ("Men", "Shoes"), 0.0, 0.0),
    ],
)
def test_paths_by_hand(true, answered, f1, parent):
    assert hierarchical_f1([true], [answered]) == pytest.approx(f1)
    assert parent_accuracy([true], [answered]) == parent


def test_hierarchical_f1_adds_up_before_it_divides():
    # Shared 1 + 1, of 2 + 2 and 1 + 3 nodes: 2 * 2 / 8. The mean of both would be 1/2.
    deep = ("Bags", "Small", "Red")
    assert hierarchical_f1([BOOTS, BAGS], [CLOGS, deep]) == pytest.approx(4 / 8)
    assert hierarchical_f1([BOOTS, BAGS], [CLOGS, BAGS]) == pytest.approx(4 / 6)


def test_no_products_have_no_measures():
    nothing = [
        accuracy([], []),
        macro_f1([], []),
        weighted_f1([], []),
        top_k_accuracy(np.zeros((0, 3)), []),
        hierarchical_f1([], []),
        parent_accuracy([], []),
        expected_calibration_error([], []),
        coverage_at([], 0.5),
        selective_accuracy([], [], 0.5),
    ]
    assert np.isnan(nothing).all()
    assert [len(part) for part in risk_coverage_curve([], [])] == [0, 0]


@pytest.mark.parametrize(
    ("confidence", "correct", "bins", "error"),
    [
        ([0.8] * 5, [1, 1, 1, 1, 0], 15, 0.0),
        ([0.8] * 5, [0, 1, 1, 1, 1], 2, 0.0),
        ([1.0] * 4, [1] * 4, 15, 0.0),
        ([1.0] * 4, [0] * 4, 15, 1.0),
        ([0.2, 0.9], [0, 1], 1, 0.05),
        ([0.2, 0.9], [0, 1], 15, (0.2 + 0.1) / 2),
        ([0.9, 0.2, 0.6], [1, 0, 1], 2, (2 * 0.1 + 0.1) / 3),
    ],
    ids=["ties", "ties elsewhere", "right", "wrong", "one bin", "few products", "uneven bins"],
)
def test_calibration_error_by_hand(confidence, correct, bins, error):
    assert expected_calibration_error(confidence, correct, bins) == pytest.approx(error, abs=1e-12)


def test_calibration_error_cuts_bins_of_equally_many():
    rng = np.random.default_rng(0)
    confidence = np.sort(rng.random(100))
    correct = rng.random(100) < 0.5
    gaps = [part.mean() for part in np.array_split(confidence - correct, 15)]
    sizes = [len(part) for part in np.array_split(confidence, 15)]
    expected = np.average(np.abs(gaps), weights=sizes)
    order = rng.permutation(100)
    assert expected_calibration_error(confidence[order], correct[order]) == pytest.approx(expected)


def test_equally_confident_products_share_one_point_of_the_curve():
    coverage, risk = risk_coverage_curve([0.5, 0.9, 0.5, 0.9], [True, True, False, True])
    assert coverage.tolist() == [0.5, 1.0]
    assert risk.tolist() == [0.0, 0.25]


def test_the_curve_goes_through_coverage_and_selective_accuracy():
    labels, probs = draw()
    sure, right = probs.max(axis=1).round(2), probs.argmax(axis=1) == labels
    coverage, risk = risk_coverage_curve(sure, right)
    for threshold, at, wrong in zip(np.unique(sure)[::-1], coverage, risk, strict=True):
        assert coverage_at(sure, threshold) == pytest.approx(at)
        assert selective_accuracy(sure, right, threshold) == pytest.approx(1 - wrong)


def test_a_product_at_the_threshold_is_answered():
    assert coverage_at([0.5, 0.4], 0.5) == 0.5
    assert selective_accuracy([0.5, 0.4], [True, False], 0.5) == 1.0


def test_each_product_may_have_its_own_threshold():
    assert coverage_at([0.5, 0.4, 0.3], [0.6, 0.4, math.inf]) == pytest.approx(1 / 3)
    assert selective_accuracy([0.5, 0.4], [False, True], [0.6, 0.3]) == 1.0


def test_without_a_threshold_nothing_is_answered():
    assert coverage_at([1.0], None) == 0.0
    assert math.isnan(selective_accuracy([1.0], [True], None))


@pytest.mark.parametrize(
    "call",
    [
        lambda: accuracy([0, 1], [0]),
        lambda: accuracy([0.5], [0]),
        lambda: accuracy([0], [-1]),
        lambda: macro_f1([-2], [0]),
        lambda: top_k_accuracy([[math.nan, 1.0]], [0]),
        lambda: top_k_accuracy([[0.5, 0.5]], [2]),
        lambda: hierarchical_f1([BOOTS], []),
        lambda: parent_accuracy([], [BOOTS]),
        lambda: expected_calibration_error([math.nan], [True]),
        lambda: risk_coverage_curve([0.5], [True, False]),
        lambda: selective_accuracy([0.5], [], 0.5),
        lambda: coverage_at([0.5], math.nan),
        lambda: coverage_at([0.5, 0.4], [0.5]),
    ],
)
def test_arrays_that_do_not_fit_are_refused(call):
    with pytest.raises(InputError):
        call()


def test_a_product_without_an_answer_is_missed_and_answers_no_leaf():
    labels, answers = np.array([0, 0, 1]), np.array([0, -1, 1])

    # Leaf 0 is right once of twice: 2 / 3. No third leaf comes up.
    assert measured(f1_of(labels, answers, weighted=False), 3) == pytest.approx((2 / 3 + 1) / 2)
