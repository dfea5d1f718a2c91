"""Thresholds that keep what they promise."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from prodcat.decision.binomial import allowed_errors, cumulative, level_of_each
from prodcat.decision.decoding import Decoder
from prodcat.decision.guarantee import (
    THRESHOLDS,
    Evidence,
    guarantee,
    leaf_evidence,
    path_evidence,
)


@pytest.mark.parametrize("n", [1, 7, 150, 4000])
@pytest.mark.parametrize("rate", [0.001, 0.02, 0.3, 0.5])
def test_tails_agree_with_scipy(n, rate):
    most = min(n, int(n * rate) + 5)
    np.testing.assert_allclose(
        cumulative(n, rate, most), binom.cdf(np.arange(most + 1), n, rate), rtol=1e-9, atol=1e-300
    )


@pytest.mark.parametrize("n", [10, 149, 237, 1000, 4278])
@pytest.mark.parametrize("level", [0.01, 0.05, 0.2])
def test_allowed_errors_are_those_that_clopper_and_pearson_accept(n, level):
    errors = allowed_errors(n, 0.02, level)

    def bound(wrong):
        return beta.ppf(level, n - wrong, wrong + 1)

    if errors >= 0:
        assert bound(errors) >= 0.98
    assert bound(errors + 1) < 0.98


def test_several_looks_keep_their_level_together():
    looks, rate = (200, 260, 340, 500, 800), 0.1
    each = level_of_each(looks, rate, 0.05)
    assert 0.05 / len(looks) < each < 0.05
    rng = np.random.default_rng(0)
    errors = np.cumsum(rng.random((20_000, looks[-1])) < rate, axis=1)
    passes = [errors[:, n - 1] <= allowed_errors(n, rate, each) for n in looks]
    assert 0.03 < np.any(passes, axis=0).mean() < 0.055


def test_many_products_are_judged_in_no_time():
    looks = (200_000, 400_000, 800_000)
    assert level_of_each(looks, 0.1, 0.06) == pytest.approx(0.02)


def test_a_false_promise_is_rare():
    """Answers are 97 % right whatever the threshold, and 98 % is asked for."""
    rng = np.random.default_rng(0)
    broken = 0
    for _ in range(400):
        sure = 1 - rng.beta(1, 30, 1500)
        right = rng.random(1500) < 0.9799
        broken += guarantee((leaf_evidence(sure, right),), 0.98).threshold is not None
    assert broken / 400 < 0.07


def test_a_promise_that_can_be_kept_is_given():
    rng = np.random.default_rng(1)
    sure = 1 - rng.beta(0.3, 8, 4000)
    right = rng.random(4000) < sure
    found = guarantee((leaf_evidence(sure, right),), 0.98).threshold
    answered = sure >= found
    assert sure[answered].mean() > 0.98  # the true rate of these
    assert answered.mean() > 0.6


def test_all_evidence_must_hold_together():
    leaves = leaf_evidence([0.99] * 300, [True] * 300)
    wrong = leaf_evidence([0.99] * 300, [False] * 300)
    assert guarantee((leaves, leaves), 0.95).threshold is not None
    assert guarantee((leaves, wrong), 0.95).threshold is None


def test_evidence_of_leaves_counts_what_is_answered():
    found = leaf_evidence([0.95, 0.95, 0.5, -1.0], [True, False, True, True])
    at = dict(zip(THRESHOLDS, zip(found.answered, found.right, strict=True), strict=True))
    assert at[THRESHOLDS[0]] == (0, 0)
    assert at[0.5] == (3, 2)
    assert at[0.0] == (3, 2)  # what is never answered is below zero
    assert found.expected[-1] == pytest.approx(2.4)


def test_evidence_of_paths_agrees_with_answering_at_each_threshold():
    paths = [("A", "1"), ("A", "2"), ("B",), ("C", "x", "y"), ("C", "x", "z")]
    decoder = Decoder(paths)
    rng = np.random.default_rng(2)
    probs = rng.dirichlet([0.3] * 5, size=300)
    true = [paths[i] for i in rng.integers(0, 5, 300)]
    answerable = rng.random(300) < 0.9
    every, leaves = path_evidence(decoder.walk(probs), decoder.gold_of(true), answerable)
    for place, threshold in enumerate(THRESHOLDS):
        least = np.where(answerable, threshold, np.inf)
        decisions = decoder.decode(probs, least)
        given = [(d, t) for d, t in zip(decisions, true, strict=True) if not d.abstained]
        ended = [(d, t) for d, t in given if d.path in paths]
        for evidence, answers in ((every, given), (leaves, ended)):
            right = [d.path == t[: len(d.path)] for d, t in answers]
            assert evidence.answered[place] == len(answers)
            assert evidence.right[place] == sum(right)
            assert evidence.expected[place] == pytest.approx(
                sum(max(d.probability, 0) for d, _ in answers), abs=1e-3
            )


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"answered": [1], "right": [1], "expected": [1]},
        {"answered": [3, 2] * 21, "right": [0] * 42, "expected": [0] * 42},
        {"answered": [1] * 42, "right": [2] * 42, "expected": [0] * 42},
        {"answered": [1] * 42, "right": [True] * 42, "expected": [0] * 42},
        {"answered": [1] * 42, "right": ["1"] * 42, "expected": [0] * 42},
    ],
)
def test_rubbish_is_no_evidence(broken):
    with pytest.raises((KeyError, ValueError)):
        Evidence.from_dict(broken)


def test_evidence_survives_json():
    found = leaf_evidence([0.9, 0.7], [True, False])
    assert Evidence.from_dict(found.to_dict()).answered == found.answered
    assert len(found.answered) == len(THRESHOLDS) == 42
