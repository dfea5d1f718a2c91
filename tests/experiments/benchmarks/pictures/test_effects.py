import doctest

import numpy as np
import pytest
from scipy.stats import binomtest
from statsmodels.stats.contingency_tables import mcnemar as mcnemar_of_statsmodels
from statsmodels.stats.multitest import multipletests

from experiments.benchmarks.pictures import effects as module
from experiments.benchmarks.pictures.effects import (
    Outcomes,
    by_category,
    by_pair,
    count_changes,
    gain,
    holm_p,
    in_all,
)
from prodcat.measures.statistics import f1_of, mean_of


def outcomes(*products):
    """From (label, answer without, answer with the picture) of each product."""
    return Outcomes(*np.array(products, dtype=np.int64).T)


def marks(key, *, only_without=0, only_given=0, both=0, neither=0):
    hits = [(True, False)] * only_without + [(False, True)] * only_given
    return [((key,), *hit) for hit in hits + [(True, True)] * both + [(False, False)] * neither]


def test_the_examples_are_right():
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("seed", range(5))
def test_corrected_p_agrees_with_statsmodels(seed):
    rng = np.random.default_rng(seed)
    p = np.round(rng.random(30) ** 3, 2)  # with ties, zeros and some small
    np.testing.assert_allclose(holm_p(p), multipletests(p, method="holm")[1])


def test_no_tests_need_no_correction():
    assert holm_p([]).tolist() == []


def test_changes_are_counted_and_tested_group_by_group():
    found = count_changes(
        marks(0, only_without=1, only_given=9, both=5)
        + marks(1, only_without=8, only_given=2, neither=3)
        + marks(2, only_given=5)
    )
    assert [(c.n, c.without, c.given, c.difference) for c in found] == [
        (15, 6, 14, 8),
        (13, 8, 2, -6),
        (5, 0, 5, 5),
    ]
    table = [[5, 1], [9, 0]]
    first = mcnemar_of_statsmodels(table, exact=True).pvalue
    second = binomtest(2, 10).pvalue
    corrected = multipletests([first, second], method="holm")[1]
    np.testing.assert_allclose([c.p for c in found[:2]], corrected)
    assert found[2].p is None  # five products cannot be significant
    assert [c.significant for c in found] == [True, False, False]


def test_the_smallest_group_tested_can_be_significant_alone():
    (six,) = count_changes(marks(0, only_given=6))
    assert six.significant
    assert binomtest(0, 5).pvalue > 0.05


def test_categories_count_their_own_right_answers():
    found = by_category(outcomes((0, 0, 0), (0, 1, 0), (1, 1, 0), (1, 0, 2), (3, 0, 3)))
    assert [(c.key, c.n, c.without, c.given) for c in found] == [
        ((0,), 2, 1, 2),
        ((1,), 2, 1, 0),
        ((3,), 1, 0, 1),
    ]


def test_an_unknown_category_is_wrong_in_all_and_no_category():
    unknown = outcomes((-1, 0, 1), (0, 0, 0))
    assert in_all(unknown).n == 2
    assert (in_all(unknown).without, in_all(unknown).given) == (1, 1)
    assert [c.key for c in by_category(unknown)] == [(0,)]
    assert by_pair(unknown) == []


def test_a_pair_is_the_same_whichever_leaf_is_true():
    found = by_pair(outcomes((0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1)))
    assert [(c.key, c.n, c.without, c.given) for c in found] == [((0, 1), 4, 3, 2)]
    assert (found[0].only_without, found[0].only_given) == (2, 1)


def test_a_mix_up_that_becomes_another_counts_in_both_pairs():
    found = by_pair(outcomes((2, 0, 1)))
    assert [(c.key, c.without, c.given) for c in found] == [((0, 2), 1, 0), ((1, 2), 0, 1)]


def test_right_answers_are_no_pair():
    assert by_pair(outcomes((0, 0, 0), (1, 1, 1))) == []


def test_the_pairs_that_are_tested_do_not_depend_on_the_direction():
    rng = np.random.default_rng(0)
    labels, before, after = rng.integers(0, 4, (3, 300))
    there = by_pair(Outcomes(labels, before, after))
    back = by_pair(Outcomes(labels, after, before))
    assert [(c.key, c.n, c.p) for c in there] == [(c.key, c.n, c.p) for c in back]
    assert [c.difference for c in there] == [-c.difference for c in back]


def test_in_all_is_mcnemars_test():
    change = in_all(outcomes(*[(0, 1, 0)] * 12, *[(0, 0, 1)] * 3, *[(0, 0, 0)] * 20))
    assert (change.n, change.only_without, change.only_given) == (35, 3, 12)
    assert change.p == pytest.approx(mcnemar_of_statsmodels([[20, 3], [12, 0]]).pvalue)


def test_a_gain_is_paired():
    right = np.arange(400) % 2 == 0
    found = gain(mean_of(right), mean_of(right), 400)
    # The same answers: no width, though each accuracy alone could be off by five points.
    assert (found.without, found.value, found.low, found.high) == (0.5, 0.0, 0.0, 0.0)


def test_a_gain_has_an_interval_around_it():
    rng = np.random.default_rng(1)
    before, after = rng.random(500) < 0.6, rng.random(500) < 0.7
    found = gain(mean_of(before), mean_of(after), 500)
    difference = after.astype(float) - before
    error = 1.96 * difference.std() / np.sqrt(500)
    assert found.value == pytest.approx(difference.mean())
    assert (found.low, found.high) == pytest.approx(
        (found.value - error, found.value + error), abs=0.005
    )


def test_a_gain_of_macro_f1_is_that_of_the_products_given():
    labels = np.array([0, 0, 1, 1])
    before, after = np.array([0, 0, 0, 1]), labels
    statistics = [f1_of(labels, best, weighted=False) for best in (before, after)]
    assert gain(*statistics, 4).value == pytest.approx(1 - (4 / 5 + 2 / 3) / 2)
