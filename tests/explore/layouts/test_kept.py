import numpy as np
import pytest

from prodcat.explore.layouts.kept import neighbours_kept


def test_the_share_is_that_of_a_hand_count():
    vectors = np.array([[0.0], [1.0], [3.0], [7.0]], np.float32)
    # Nearest by vector: 1, 0, 1, 2. By place: 2, 3, 0, 1.
    places = np.array([[0, 0], [5, 5], [0, 1], [5, 6]], np.float32)
    assert neighbours_kept(vectors, places, k=1) == 0.0
    assert neighbours_kept(vectors, vectors, k=2) == 1.0


def test_chance_keeps_as_many_as_chance_does():
    rng = np.random.default_rng(0)
    share = neighbours_kept(rng.normal(size=(500, 8)), rng.normal(size=(500, 2)), k=10)
    assert share == pytest.approx(10 / 499, abs=0.02)


def test_it_agrees_with_scikit_learn():
    from sklearn.neighbors import NearestNeighbors

    rng = np.random.default_rng(1)
    vectors, places = rng.normal(size=(200, 5)), rng.normal(size=(200, 2))
    places[:, :2] += 3 * vectors[:, :2]

    def found(points):
        return NearestNeighbors(n_neighbors=10).fit(points).kneighbors(return_distance=False)

    shared = [len(set(a) & set(b)) for a, b in zip(found(vectors), found(places), strict=True)]
    assert neighbours_kept(vectors, places) == pytest.approx(sum(shared) / 2000)


def test_a_single_product_keeps_all_it_has():
    assert neighbours_kept(np.zeros((1, 3)), np.zeros((1, 2))) == 1.0
