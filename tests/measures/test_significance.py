import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests

from prodcat.errors import InputError
from prodcat.measures.bootstrap import resample
from prodcat.measures.significance import clopper_pearson, holm, mcnemar, paired_difference
from prodcat.measures.statistics import mean_of


@pytest.mark.parametrize(
    ("only_first", "only_second"), [(0, 1), (3, 3), (4, 3), (2, 9), (30, 10), (1000, 1200)]
)
def test_mcnemar_agrees_with_scipy_and_statsmodels(only_first, only_second):
    found = mcnemar(only_first, only_second)

    test = binomtest(only_first, only_first + only_second)
    other = mcnemar_of_statsmodels([[5, only_first], [only_second, 5]], exact=True)
    assert found == pytest.approx(test.pvalue, rel=1e-9)
    assert found == pytest.approx(other.pvalue, rel=1e-9)
    assert found == mcnemar(only_second, only_first)


def test_mcnemar_of_very_many_products_stays_a_number():
    assert mcnemar(100_000, 200_000) == 0.0
    assert mcnemar(150_000, 150_000) == 1.0


@pytest.mark.parametrize("seed", range(5))
def test_holm_agrees_with_statsmodels(seed):
    p = np.random.default_rng(seed).beta(0.3, 3, 12)

    assert holm(p).tolist() == multipletests(p, alpha=0.05, method="holm")[0].tolist()


def test_holm_stops_at_the_first_that_fails():
    # 0.03 is below 0.05 / 1, but 0.02 was not below 0.05 / 3.
    assert holm([0.02, 0.03, 0.03]).tolist() == [False, False, False]


def test_holm_of_nothing_and_of_nan():
    assert holm([]).tolist() == []
    with pytest.raises(InputError, match="NaN"):
        holm([0.1, float("nan")])


def drawn(first, second, n=4000):
    draws = resample({"first": mean_of(first), "second": mean_of(second)}, len(first), n=n)
    value = np.mean(second) - np.mean(first)
    return paired_difference(draws["first"], draws["second"], value=value)


def test_the_interval_agrees_with_the_paired_bootstrap_of_scipy():
    rng = np.random.default_rng(0)
    first = rng.random(400) < 0.8
    second = np.where(rng.random(400) < 0.1, ~first, first)

    low, high, _ = drawn(first, second)

    other = bootstrap(
        (first.astype(float), second.astype(float)),
        lambda a, b, axis: b.mean(axis=axis) - a.mean(axis=axis),
        paired=True,
        vectorized=True,
        n_resamples=4000,
        method="percentile",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert low == pytest.approx(other.low, abs=0.003)
    assert high == pytest.approx(other.high, abs=0.003)


def test_p_is_about_that_of_mcnemar_for_many_products():
    first = np.array([True] * 300 + [True] * 14 + [False] * 30)
    second = np.array([True] * 300 + [False] * 14 + [True] * 30)

    _, _, p = drawn(first, second)

    table = [[300, 14], [30, 0]]
    other = mcnemar_of_statsmodels(table, exact=False, correction=False)
    assert p == pytest.approx(other.pvalue, abs=0.005)


def test_equal_answers_do_not_differ():
    right = np.array([True, False] * 50)

    assert drawn(right, right) == (0.0, 0.0, 1.0)


def test_a_difference_is_not_significant_more_often_than_by_luck():
    rng = np.random.default_rng(0)
    p = [drawn(rng.random(200) < 0.8, rng.random(200) < 0.8, n=400)[2] for _ in range(200)]

    assert 0.02 <= np.mean(np.array(p) <= 0.05) <= 0.09


@pytest.mark.parametrize(("right", "n"), [(0, 5), (5, 5), (9, 10), (980, 1000), (3, 20_000)])
def test_the_exact_interval_is_that_of_scipy(right, n):
    found = clopper_pearson(right, n)
    other = binomtest(right, n).proportion_ci(0.95, method="exact")

    assert found.value == right / n
    assert found.low == pytest.approx(other.low, abs=1e-9)
    assert found.high == pytest.approx(other.high, abs=1e-9)
