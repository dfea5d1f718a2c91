import pytest
from scipy.stats import binomtest

from prodcat.trial.promise import judge_promise


@pytest.mark.parametrize(
    ("right", "answered"),
    [(183, 183), (182, 182), (980, 1000), (970, 1000), (960, 1000), (995, 1000), (0, 5), (1, 1)],
)
def test_the_verdict_is_that_of_the_exact_interval(right, answered):
    bounds = binomtest(right, answered).proportion_ci(0.95, method="exact")
    expected = "too few to tell"
    if bounds.low >= 0.98:
        expected = "kept"
    elif bounds.high < 0.98:
        expected = "broken"

    promise = judge_promise(0.98, right=right, answered=answered, products=answered)

    assert promise.verdict == expected
    assert promise.reached.low == pytest.approx(bounds.low, abs=1e-9)
    assert promise.reached.high == pytest.approx(bounds.high, abs=1e-9)


def test_of_few_products_it_is_told_how_many_it_would_take():
    promise = judge_promise(0.98, right=29, answered=30, products=40)

    assert promise.verdict == "too few to tell"
    needed = promise.needed_answers
    at_this_rate = binomtest(round(29 / 30 * needed), needed).proportion_ci(0.95, method="exact")
    assert at_this_rate.high < 0.98
    assert promise.needed_products == -(-needed * 40 // 30)
    assert f"{needed:,} answers, or {promise.needed_products:,} labelled" in str(promise)


def test_nothing_answered_is_nothing_to_tell():
    promise = judge_promise(0.98, right=0, answered=0, products=40)

    assert promise.verdict == "too few to tell"
    assert promise.reached.value is None
    assert "nothing was answered" in str(promise)
    assert "183 answers" in str(promise)


def test_what_lies_just_at_the_accuracy_is_never_told():
    promise = judge_promise(0.98, right=98, answered=100, products=100)

    assert promise.needed_answers is None
    assert "too close to tell" in str(promise)
