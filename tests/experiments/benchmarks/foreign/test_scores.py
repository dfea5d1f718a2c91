import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import entropy as scipy_entropy
from sklearn.covariance import LedoitWolf

from experiments.baselines.neighbours import side_by_side, unit
from experiments.benchmarks.foreign.scores import (
    OF_LOGITS,
    energy,
    entropy,
    fit_mahalanobis,
    fit_neighbours,
    max_logit,
    max_probability,
    norm,
)


@pytest.fixture
def logits():
    return np.random.default_rng(0).normal(size=(20, 5)) * 4


def test_logits_are_scored_as_scipy_does(logits):
    probs = np.exp(logits - logsumexp(logits, axis=1, keepdims=True))
    np.testing.assert_allclose(energy(logits), -logsumexp(logits, axis=1))
    np.testing.assert_allclose(entropy(logits), scipy_entropy(probs, base=2, axis=1))
    np.testing.assert_allclose(max_probability(logits), -probs.max(axis=1))
    np.testing.assert_allclose(max_logit(logits), -logits.max(axis=1))
    np.testing.assert_allclose(norm(logits), -np.sqrt(5) * logits.std(axis=1))


@pytest.mark.parametrize("name", OF_LOGITS)
def test_flat_logits_are_more_novel_than_peaked_ones(name):
    flat, peaked = OF_LOGITS[name](np.array([[0.1, 0.0, 0.0], [9.0, 0.0, 0.0]]))
    assert flat > peaked


def test_large_logits_do_not_overflow():
    huge = np.array([[1000.0, 0.0]])
    assert [float(score(huge)[0]) for score in (energy, entropy)] == [-1000.0, 0.0]


def test_the_distance_to_means_is_mahalanobis():
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], 40)
    known = rng.normal(size=(80, 3)) * [1, 5, 1] + labels[:, None] * 10
    other = np.array([[5.0, 5.0, 5.0], [0.0, 4.0, 0.0]])
    means = np.stack([known[labels == i].mean(axis=0) for i in (0, 1)])
    fitted = LedoitWolf(assume_centered=True).fit(known - means[labels])
    expected = np.min([fitted.mahalanobis(other - mean) for mean in means], axis=0)
    np.testing.assert_allclose(fit_mahalanobis(known, labels)(other), expected)


def test_the_distance_to_neighbours_counts_them():
    known = np.array([[1.0, 0.0], [0.0, 2.0], [-5.0, 0.0]])
    asked = np.array([[3.0, 0.0]])
    distances = [fit_neighbours(known, count)(asked).round(6).tolist() for count in (1, 2, 3, 9)]
    assert distances == [[0.0], [1.0], [2.0], [2.0]]


def test_parts_weigh_alike_and_zeros_stay():
    assert unit(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]
    joined = side_by_side([np.array([[3.0, 4.0]]), np.array([[100.0]])])
    assert joined.tolist() == [[0.6, 0.8, 1.0]]
