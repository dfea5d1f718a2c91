import math

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from prodcat.errors import InputError
from prodcat.measures.bootstrap import bootstrap_interval, interval, resample
from prodcat.measures.metrics import expected_calibration_error
from prodcat.measures.statistics import calibration_error_of, f1_of, mean_of, measured, ratio_of


def draw(products=300, classes=8, seed=0):
    """True and answered leaves, some unknown, and how sure the answers are."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(-1, classes, products)
    answers = np.where(rng.random(products) < 0.7, labels, rng.integers(0, classes, products))
    confidence = rng.choice([0.3, 0.5, 0.7, 0.9, 0.95], products)
    return labels, np.maximum(answers, 0), confidence


def draws_of(products, n=5):
    """Counts as the bootstrap draws them."""
    seen = []

    def keep(counts):
        seen.append(counts.copy())
        return np.zeros(len(counts))

    resample({"seen": keep}, products, n=n)
    return np.concatenate(seen)


def test_each_draw_has_as_many_products_as_there_are():
    counts = draws_of(40, n=100)
    assert counts.shape == (100, 40)
    assert (counts.sum(axis=1) == 40).all()
    # A product is missing from a draw with (1 - 1/40) ** 40, about 0.363.
    assert (counts == 0).mean() == pytest.approx(0.363, abs=0.02)


def test_draws_are_the_same_in_many_blocks(monkeypatch):
    whole = draws_of(40, n=100)
    monkeypatch.setattr("prodcat.measures.bootstrap.BLOCK_DRAWS", 120)
    np.testing.assert_array_equal(draws_of(40, n=100), whole)


def test_interval_of_a_mean_agrees_with_scipy():
    values = np.random.default_rng(1).random(500) < 0.8
    ours = bootstrap_interval(mean_of(values), 500, n=4000)
    theirs = stats.bootstrap(
        (values.astype(float),), np.mean, n_resamples=4000, method="percentile", rng=2
    ).confidence_interval
    assert ours == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_the_same_seed_gives_the_same_interval_and_another_does_not():
    statistic = mean_of(np.random.default_rng(1).random(50))
    one = bootstrap_interval(statistic, 50, seed=3)
    assert one == bootstrap_interval(statistic, 50, seed=3)
    assert one != bootstrap_interval(statistic, 50, seed=4)


def test_a_difference_is_drawn_on_the_same_products_for_both():
    one, other = draw(seed=1)[2], draw(seed=1)[2] - 0.25
    low, high = bootstrap_interval(
        lambda counts: mean_of(one)(counts) - mean_of(other)(counts), 300
    )
    assert (low, high) == pytest.approx((0.25, 0.25))


@pytest.mark.parametrize(("weighted", "average"), [(False, "macro"), (True, "weighted")])
def test_f1_of_a_draw_is_that_of_the_drawn_products(weighted, average):
    labels, answers, _ = draw()
    counts = draws_of(len(labels))
    found = f1_of(labels, answers, weighted=weighted)(counts)
    for drawn, value in zip(counts.astype(int), found, strict=True):
        truth, answer = np.repeat(labels, drawn), np.repeat(answers, drawn)
        leaves = np.unique(np.concatenate([truth[truth >= 0], answer]))
        expected = f1_score(truth, answer, average=average, labels=leaves, zero_division=0)
        assert value == pytest.approx(expected)


def test_calibration_error_of_a_draw_is_that_of_the_drawn_products():
    labels, answers, confidence = draw()
    right, counts = labels == answers, draws_of(len(labels))
    found = calibration_error_of(confidence, right, bins=7)(counts)
    for drawn, value in zip(counts.astype(int), found, strict=True):
        expected = expected_calibration_error(
            np.repeat(confidence, drawn), np.repeat(right, drawn), bins=7
        )
        assert value == pytest.approx(expected)


def test_a_ratio_of_nothing_is_left_out_of_the_interval():
    # The only product below is missing from about a third of the draws.
    statistic = ratio_of([1.0, 0.0, 0.0], [2.0, 0.0, 0.0])
    assert np.isnan(resample({"r": statistic}, 3, n=200)["r"]).mean() == pytest.approx(0.3, abs=0.1)
    assert bootstrap_interval(statistic, 3, n=200) == pytest.approx((0.5, 0.5))


def test_the_interval_is_moved_by_the_bias_of_drawing():
    rng = np.random.default_rng(0)
    confidence = rng.uniform(0.6, 1.0, 2000)
    statistic = calibration_error_of(confidence, rng.random(2000) < confidence)
    value = measured(statistic, 2000)
    draws = resample({"error": statistic}, 2000)["error"]
    bias = draws.mean() - value
    assert bias > 0.1 * value
    low, high = bootstrap_interval(statistic, 2000)
    assert (low, high) == pytest.approx(np.quantile(draws, [0.025, 0.975]) - bias)
    assert low < value < high


@pytest.mark.parametrize("statistic", [mean_of([]), calibration_error_of([], [])])
def test_without_products_there_is_no_interval(statistic):
    assert math.isnan(measured(statistic, 0))
    assert np.isnan(bootstrap_interval(statistic, 0)).all()


def test_without_draws_there_is_no_interval():
    assert np.isnan(bootstrap_interval(mean_of([1.0]), 1, n=0)).all()


@pytest.mark.parametrize(("products", "n"), [(-1, 10), (10, -1)])
def test_negative_numbers_are_refused(products, n):
    with pytest.raises(InputError, match="Cannot draw"):
        bootstrap_interval(mean_of([1.0]), products, n=n)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, math.nan])
def test_a_level_that_is_no_share_is_refused(level):
    with pytest.raises(InputError, match="level"):
        interval([1.0], level)


def test_calibration_error_in_no_bins_is_refused():
    with pytest.raises(InputError, match="at least one bin"):
        calibration_error_of([0.5], [True], bins=0)
