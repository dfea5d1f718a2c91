import numpy as np
import pytest
from scipy.stats import binomtest

from prodcat.analyze.findings.curves import coverage_curves, reliability_bins
from prodcat.decision.accuracies import ACCURACIES
from prodcat.decision.guarantee import guarantee, leaf_evidence
from prodcat.measures.metrics import expected_calibration_error
from prodcat.measures.significance import wilson
from prodcat.runs.reading import read_run
from tests.analyze.run_files import Answered, draw_side, write_run


@pytest.mark.parametrize(("right", "n"), [(0, 7), (7, 7), (3, 10), (950, 1000)])
def test_wilson_agrees_with_scipy(right, n):
    found, other = wilson(right, n), binomtest(right, n).proportion_ci(method="wilson")

    assert found.low == pytest.approx(other.low, abs=1e-12)
    assert found.high == pytest.approx(other.high, abs=1e-12)


def test_reliability_bins_give_the_calibration_error():
    rng = np.random.default_rng(0)
    sure = rng.uniform(0.3, 1, 600)
    right = rng.random(600) < sure**2

    bins = reliability_bins(sure, right)

    error = sum(b.n * abs(b.confidence - b.accuracy) for b in bins) / 600
    assert error == pytest.approx(expected_calibration_error(sure, right, bins=15))
    assert [b.n for b in bins] == [40] * 15
    assert all(b.low <= b.accuracy <= b.high for b in bins)


def test_products_equally_sure_share_a_bin():
    bins = reliability_bins(np.array([0.5] * 10 + [1.0] * 30), np.array([True] * 40))

    assert [(b.n, b.confidence) for b in bins] == [(10, 0.5), (30, 1.0)]


def test_no_products_give_no_bins():
    assert reliability_bins(np.empty(0), np.empty(0, dtype=bool)) == ()


def test_the_curve_and_its_thresholds_by_hand(tmp_path):
    # Bags stand alone; boots and clogs are both shoes.
    probs = np.array(
        [[0.9, 0.06, 0.04], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.4, 0.1, 0.5]],
    )
    test = Answered(probs, np.array([0, 1, 2, 0]))
    run = read_run(write_run(tmp_path / "run", test=test, thresholds={0.95: 0.75, 0.98: None}))

    leaf = coverage_curves(run, "test", trusted=True)["leaf"]

    assert leaf.n == 4
    assert leaf.coverage == (0.25, 0.5, 0.75, 1.0)
    assert leaf.accuracy == pytest.approx((1, 1, 2 / 3, 0.5))
    assert [(p.goal, p.coverage, p.accuracy) for p in leaf.points] == [
        (0.95, 0.5, 1.0),
        (0.98, 0.0, None),
    ]


def test_a_parent_is_as_probable_as_its_leaves_together(tmp_path):
    probs = np.array([[0.4, 0.35, 0.25], [0.9, 0.05, 0.05]])
    test = Answered(probs, np.array([2, 0]))
    run = read_run(write_run(tmp_path / "run", test=test))

    parent = coverage_curves(run, "test", trusted=True)["parent"]

    # 0.9 for the top of the tree, right; then 0.6 for shoes, right though bags lead.
    assert parent.coverage == (0.5, 1.0)
    assert parent.accuracy == (1.0, 1.0)


def test_the_thresholds_on_parents_are_chosen_on_validation(tmp_path):
    val, test = draw_side(300, right=0.85, seed=5), draw_side(200, right=0.6, seed=6)
    run = read_run(write_run(tmp_path / "run", val=val, test=test))
    above = np.array([0, 1, 1])

    def on_parents(side):
        masses = np.stack([side.probs[:, 0], side.probs[:, 1:].sum(axis=1)], axis=1)
        return masses.max(axis=1), masses.argmax(axis=1) == above[side.labels]

    threshold = guarantee((leaf_evidence(*on_parents(val)),), 0.95).threshold
    sure, right = on_parents(test)
    point = coverage_curves(run, "test", trusted=True)["parent"].points[ACCURACIES.index(0.95)]

    assert threshold is not None
    assert point.coverage == pytest.approx((sure >= threshold).mean())
    assert point.accuracy == pytest.approx(right[sure >= threshold].mean())


def test_thresholds_that_are_not_trusted_are_not_drawn(tmp_path):
    run = read_run(write_run(tmp_path / "run"))

    assert coverage_curves(run, "test", trusted=False)["leaf"].points == ()
