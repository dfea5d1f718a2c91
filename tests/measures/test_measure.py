import json
import math

import numpy as np
import pytest
from sklearn.metrics import f1_score

from prodcat.decision.decoding import Decoder
from prodcat.errors import InputError
from prodcat.measures import metrics
from prodcat.measures.measure import measure

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
def found():
    probs, labels = draw()
    return measure(
        probs, labels, LEAVES, thresholds=THRESHOLDS, path_thresholds={0.95: 0.6}, bootstrap=200
    )


def test_each_measure_is_the_function_of_that_name(found):
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
    assert {name: found[name]["value"] for name in expected} == pytest.approx(expected)


def test_answered_paths_are_those_of_the_decoder(found):
    probs, labels = draw()
    decisions = Decoder(LEAVES).decode(probs, 0.6)
    given = [(d.path, label) for d, label in zip(decisions, labels, strict=True) if d.path]
    right = [label >= 0 and LEAVES[label][: len(path)] == path for path, label in given]
    assert found["path_coverage_at_95"]["value"] == len(given) / len(labels)
    assert found["path_accuracy_at_95"]["value"] == pytest.approx(np.mean(right))
    assert found["path_coverage_at_95"]["value"] > found["coverage_at_95"]["value"] > 0


def test_the_numbers_of_products_and_leaves_and_the_thresholds_are_told(found):
    assert (found["n"], found["classes"], found["classes_present"]) == (200, 8, 7)
    assert (found["threshold_at_95"], found["threshold_at_98"]) == (0.5, None)
    assert found["path_threshold_at_95"] == 0.6


def test_without_a_threshold_nothing_is_answered_and_no_accuracy_reached(found):
    assert found["coverage_at_98"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["accuracy_at_98"] == {"value": None, "low": None, "high": None}


def test_each_product_may_have_its_own_threshold():
    probs, labels = draw(products=4)
    leaves = np.array([math.inf, 0.0, 0.0, math.inf])
    paths = np.array([0.0, 0.0, 0.0, math.inf])
    found = measure(
        probs, labels, LEAVES, thresholds={0.9: leaves}, path_thresholds={0.9: paths}, bootstrap=9
    )
    right = probs.argmax(axis=1) == labels
    assert found["coverage_at_90"]["value"] == 0.5
    assert found["accuracy_at_90"]["value"] == right[1:3].mean()
    assert found["path_coverage_at_90"]["value"] == 0.75
    assert "threshold_at_90" not in found
    assert "path_threshold_at_90" not in found
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(("own", "told"), [(0.25, 0.25), (math.inf, None)])
def test_a_threshold_that_all_products_share_is_told(own, told):
    probs, labels = draw(products=4)
    found = measure(probs, labels, LEAVES, thresholds={0.9: np.full(4, own)}, bootstrap=9)
    assert found["threshold_at_90"] == told


def test_intervals_hold_their_value_and_stay_shares(found):
    measures = [m for m in found.values() if isinstance(m, dict) and m.get("value") is not None]
    assert len(measures) == 7 + 3 + 2
    for one in measures:
        assert 0 <= one["low"] <= one["value"] <= one["high"] <= 1
    assert found["accuracy"]["high"] - found["accuracy"]["low"] == pytest.approx(0.12, abs=0.03)


def test_an_interval_ends_where_shares_end():
    # No error as given, but some in every draw: moved back, the interval would begin below 0.
    found = measure([[0.5, 0.5]] * 8, [0, 1] * 4, [("a",), ("b",)], thresholds={})
    assert found["calibration_error"]["value"] == found["calibration_error"]["low"] == 0.0
    assert found["calibration_error"]["high"] > 0.0


def test_measures_are_strict_json(found):
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def test_the_same_seed_gives_the_same_intervals():
    probs, labels = draw()

    def intervals(seed):
        return measure(probs, labels, LEAVES, thresholds=THRESHOLDS, bootstrap=50, seed=seed)

    assert intervals(1) == intervals(1)
    assert intervals(1)["accuracy"] != intervals(2)["accuracy"]


def test_the_curve_has_about_a_hundred_points_and_both_ends():
    probs, labels = draw(products=2000)
    curve = measure(probs, labels, LEAVES, thresholds={}, bootstrap=2)["risk_coverage"]
    assert len(curve["coverage"]) == len(curve["risk"]) == 100
    assert curve["coverage"][0] == 1 / 2000
    assert curve["coverage"][-1] == 1.0
    assert curve["risk"][-1] == pytest.approx(1 - (probs.argmax(axis=1) == labels).mean())


def test_no_products_have_no_measures():
    found = measure(np.zeros((0, 8)), [], LEAVES, thresholds=THRESHOLDS, path_thresholds=THRESHOLDS)
    assert found["n"] == found["classes_present"] == 0
    assert found["macro_f1"] == {"value": None, "low": None, "high": None}
    assert found["risk_coverage"] == {"coverage": [], "risk": []}


@pytest.mark.parametrize(("label", "value"), [(0, 1.0), (1, 0.0), (-1, 0.0)])
def test_all_right_and_all_wrong(label, value):
    found = measure([[1.0, 0.0]] * 5, [label] * 5, [("A", "x"), ("B", "y")], thresholds={0.9: 0.5})
    names = ("accuracy", "parent_accuracy", "macro_f1", "hierarchical_f1", "accuracy_at_90")
    for name in names:
        assert found[name] == {"value": value, "low": value, "high": value}
    assert found["calibration_error"]["value"] == 1 - value


def test_macro_f1_counts_leaves_absent_from_the_labels_but_answered():
    probs = np.eye(3)[[0, 0, 2]]
    found = measure(probs, [0, 0, 0], [("a",), ("b",), ("c",)], thresholds={}, bootstrap=10)
    expected = f1_score([0, 0, 0], [0, 0, 2], average="macro", zero_division=0)
    assert found["macro_f1"]["value"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("probs", "labels"), [([[math.nan, 1.0]], [0]), ([[0.5, 0.5]], [2]), ([[0.5, 0.5]], [0, 1])]
)
def test_arrays_that_do_not_fit_are_refused(probs, labels):
    with pytest.raises(InputError):
        measure(probs, labels, [("a",), ("b",)], thresholds={})
