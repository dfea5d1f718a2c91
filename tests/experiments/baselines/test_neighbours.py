"""Exact nearest neighbours, held against scikit-learn."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors

from experiments.baselines.neighbours import nearest, side_by_side, unit
from prodcat.errors import InputError


@pytest.mark.parametrize("queries", [3, 600])
def test_neighbours_are_those_of_scikit_learn(queries):
    rng = np.random.default_rng(0)
    known, asked = unit(rng.normal(size=(50, 8))), unit(rng.normal(size=(queries, 8)))
    other = NearestNeighbors(n_neighbors=6, metric="cosine").fit(known)
    distances, expected = other.kneighbors(asked)
    places, cosines = nearest(known, asked, 6)
    np.testing.assert_array_equal(places, expected)
    np.testing.assert_allclose(cosines, 1 - distances, atol=1e-12)


def test_of_equal_ones_the_earlier_comes_first():
    known = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0]])
    places, _ = nearest(known, np.array([[1.0, 0.0]]), 3)
    assert places.tolist() == [[1, 2, 3]]


def test_fewer_than_asked_for_are_all_there_are():
    places, cosines = nearest(np.eye(2), np.eye(2)[:1], 6)
    assert places.tolist() == [[0, 1]]
    assert cosines.shape == (1, 2)


@pytest.mark.parametrize(
    ("known", "count"), [(np.zeros((0, 2)), 6), (np.eye(3), 6), (np.eye(2), 0)]
)
def test_what_cannot_be_searched_is_refused(known, count):
    with pytest.raises(InputError, match="nearest of vectors of shape"):
        nearest(known, np.eye(2), count)


def test_what_is_joined_keeps_its_kind_of_number():
    parts = [np.ones((2, 3), dtype=np.float32), np.zeros((2, 1), dtype=np.float32)]
    joined = side_by_side(parts)
    assert joined.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(joined, axis=1), 1, rtol=1e-6)
