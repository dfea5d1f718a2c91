import numpy as np
import pytest

from prodcat.errors import InputError
from prodcat.review.forecast import forecast_labels

LABELS = [500, 700, 1000, 1400, 2000, 2800]


def coverage_at(labels, *, reached_at=4000, slope=1.2, noise=0.0, seed=0):
    """A curve that has 0.8 at so many labels."""
    log_odds = np.log(4) + slope * np.log(np.array(labels) / reached_at)
    log_odds = log_odds + noise * np.random.default_rng(seed).standard_normal(len(labels))
    return (1 / (1 + np.exp(-log_odds))).tolist()


def test_a_curve_that_goes_straight_on_is_told_exactly():
    told = forecast_labels(LABELS, coverage_at(LABELS), 0.8)
    assert told.more == pytest.approx(1200, rel=0.05)
    assert told.low < told.more < told.high


def test_the_interval_holds_as_often_as_it_says():
    held = 0
    for seed in range(200):
        told = forecast_labels(LABELS, coverage_at(LABELS, noise=0.1, seed=seed), 0.8)
        held += told.low is not None and told.low <= 1200 and (told.high or np.inf) >= 1200
    assert held >= 170


@pytest.mark.parametrize(
    ("labels", "coverage", "reason"),
    [
        ([], [], "0 points"),
        (LABELS[:4], coverage_at(LABELS[:4]), "4 points"),
        (LABELS, [0.0] * 5 + [0.3], "1 points"),
        ([1000, 1010, 1020, 1030, 1040], [0.3, 0.31, 0.32, 0.33, 0.34], "close"),
        (LABELS, coverage_at(LABELS, reached_at=40_000), "over 4 times"),
        (LABELS, [0.5, 0.51, 0.49, 0.5, 0.51, 0.49], "or never"),
        (LABELS, coverage_at(LABELS)[::-1], "or never"),
    ],
)
def test_what_cannot_be_told_yet_is_not(labels, coverage, reason):
    told = forecast_labels(labels, coverage, 0.9)
    assert told.more is None
    assert reason in told.reason
    assert "cannot be told yet" in str(told)


def test_a_goal_that_is_reached_takes_no_more():
    told = forecast_labels([100], [0.81], 0.8)
    assert (told.more, str(told)) == (0, "The goal is reached.")


def test_an_end_that_is_too_far_is_left_open():
    # The goal is three times as many labels away, and the slope is far from sure.
    told = forecast_labels(LABELS, coverage_at(LABELS, reached_at=8000, noise=0.3), 0.8)
    assert told.more is not None
    assert told.high is None
    assert "never be reached" in str(told)


@pytest.mark.parametrize("goal", [0.0, 1.0, 80.0])
def test_a_goal_that_is_no_share_is_refused(goal):
    with pytest.raises(InputError, match="goal"):
        forecast_labels(LABELS, coverage_at(LABELS), goal)


def test_lists_of_different_length_are_refused():
    with pytest.raises(InputError, match="6 counts"):
        forecast_labels(LABELS, [0.5], 0.8)
