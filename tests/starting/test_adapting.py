import numpy as np

from prodcat.starting.adapting import moved, top_scores, unit


def test_a_prototype_moves_towards_its_products_and_a_large_category_eats_none() -> None:
    prototypes = np.eye(3, 4, dtype=np.float32)
    aside = unit(np.array([[1, 0, 0, 0.5]] * 2000 + [[0, 1, 0, 0.5]] * 10, np.float32))
    result = moved(prototypes, aside, lambda part: aside[part] @ prototypes.T)
    assert result[0, 3] > 0.1
    assert result[1, 3] > 0.1
    assert result[0, 3] - result[1, 3] < 0.1
    assert np.allclose(result[2], prototypes[2])


def test_top_categories_that_no_product_is_in_gain_nothing() -> None:
    rng = np.random.default_rng(0)
    places = np.repeat([0, 1, 2], 40)
    products = unit(np.eye(4, dtype=np.float32)[places] + 0.1 * rng.normal(size=(120, 4)))
    scores = np.eye(4, dtype=np.float32)[places]
    weights, bias = top_scores(lambda part: scores[part], products, ["a", "b", "c", "d"])
    assert (products @ weights.T + bias).argmax(axis=1).tolist() == places.tolist()
    assert not weights[3].any()


def test_two_top_categories_are_left_as_they_are() -> None:
    scores = np.eye(2, dtype=np.float32)
    weights, bias = top_scores(lambda part: scores[part], scores, ["a", "b"])
    assert not weights.any()
    assert not bias.any()
