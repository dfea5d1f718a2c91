import numpy as np
import pytest

from prodcat.review.judging import judge_labels
from prodcat.review.wrong_labels import pairs_on_paper
from tests.review.catalogues import COMMON, Catalogue


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue(products=2000, wrong=80)


@pytest.fixture(scope="module")
def judged(catalogue):
    return judge_labels([catalogue.answers], catalogue.labels, catalogue.folds, COMMON)


def precision(scores, is_wrong, most):
    return is_wrong[np.argsort(-scores)[:most]].mean()


def test_wrong_labels_come_first(catalogue, judged):
    assert precision(judged.scores, catalogue.is_wrong, 40) >= 0.95


def test_probabilities_say_how_many_are_wrong(catalogue, judged):
    assert judged.rate == pytest.approx(0.04, abs=0.02)
    assert judged.wrong.sum() == pytest.approx(80, rel=0.35)
    sure = judged.wrong > 0.8
    assert sure.sum() > 15
    assert catalogue.is_wrong[sure].mean() > 0.85


def test_the_suggestion_is_mostly_the_right_category(catalogue, judged):
    found = catalogue.is_wrong & (judged.wrong > 0.5)
    assert (judged.others[found] == catalogue.right[found]).mean() > 0.9
    assert ((judged.shares >= 0) & (judged.shares <= 1.000001)).all()


def test_where_labels_are_right_hardly_one_is_called_wrong():
    clean = Catalogue(products=1000, wrong=0)
    judged = judge_labels([clean.answers], clean.labels, clean.folds, COMMON)
    assert judged.rate < 0.02
    assert (judged.wrong > 0.5).sum() <= 15


@pytest.mark.parametrize("seed", [0, 1])
def test_right_labels_of_a_category_that_is_one_group_are_not_called_wrong(seed):
    catalogue = Catalogue(products=2000, wrong=80, seed=seed)
    # All of a rare category lies in one fold, whose answers have learnt from none of it.
    for category in (6, 7, 8):
        catalogue.folds[catalogue.labels == category] = category % 5
    judged = judge_labels([catalogue.answers], catalogue.labels, catalogue.folds, COMMON)
    rare = (catalogue.labels >= 6) & ~catalogue.is_wrong
    assert (judged.wrong[rare] > 0.5).sum() <= 3
    assert precision(judged.scores, catalogue.is_wrong, 40) >= 0.9


def test_a_product_without_a_label_is_not_judged_but_answered(catalogue):
    labels = catalogue.labels.copy()
    labels[:50] = -1
    judged = judge_labels([catalogue.answers], labels, catalogue.folds, COMMON)
    assert np.isnan(judged.scores[:50]).all()
    assert not np.isnan(judged.scores[50:]).any()
    assert (judged.others[:50] == catalogue.right[:50]).mean() > 0.8


def test_a_second_round_learns_less_from_what_looks_wrong(catalogue):
    seen = []

    def answers(labels, folds, weights):
        seen.append(weights)
        return catalogue.answers(labels, folds, weights)

    judge_labels([answers], catalogue.labels, catalogue.folds, COMMON, rounds=2)
    first, second = seen
    assert first is None
    assert second[catalogue.is_wrong].mean() < 0.6 < 0.97 < second[~catalogue.is_wrong].mean()


def test_pairs_on_paper_are_wrong_and_of_two_kinds():
    labels = np.repeat(np.arange(9), 200)
    labels[0] = -1
    beside, anything = pairs_on_paper(labels, COMMON, np.random.default_rng(0))
    for pairs in (beside, anything):
        assert len(pairs.rows) == 1799
        assert 0 not in pairs.rows
        assert (pairs.labels != labels[pairs.rows]).all()
    assert (beside.labels // 3 == labels[beside.rows] // 3).all()
    assert (anything.labels // 3 == labels[anything.rows] // 3).mean() == pytest.approx(
        2 / 8, abs=0.04
    )


def test_a_label_without_siblings_is_paired_with_any_other_alone():
    labels = np.repeat([0, 1], 20)
    common = np.array([[2, 0], [0, 2]])
    beside, anything = pairs_on_paper(labels, common, np.random.default_rng(0))
    assert len(beside.rows) == 0
    assert (anything.labels == 1 - labels).all()
