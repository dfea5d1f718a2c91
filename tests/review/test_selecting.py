import numpy as np
import pytest

from prodcat.errors import InputError
from prodcat.review.selecting import choose_next, margins, spread


def drawn(rng, n=200, dim=8, leaves=4):
    embeddings = rng.standard_normal((n, dim)).astype(np.float32)
    probs = rng.dirichlet(np.ones(leaves), n)
    return embeddings, probs


def names(n):
    return [str(place) for place in range(n)]


@pytest.mark.parametrize("with_probs", [True, False])
def test_each_group_is_asked_about_once_while_there_are_others(rng, with_probs):
    embeddings, probs = drawn(rng)
    groups = [str(place % 50) for place in range(200)]
    chosen = choose_next(embeddings, probs if with_probs else None, groups, 50)
    assert len({groups[place] for place in chosen}) == len(chosen) == 50


def test_groups_asked_about_come_only_when_there_are_no_others(rng):
    embeddings, probs = drawn(rng, n=20)
    asked = names(10)
    chosen = choose_next(embeddings, probs, names(20), 15, asked=asked)
    assert {str(place) for place in chosen[:10]} == set(names(20)) - set(asked)
    assert {str(place) for place in chosen[10:]} < set(asked)


def test_what_the_head_is_sure_of_comes_last(rng):
    embeddings, _ = drawn(rng, n=100)
    probs = np.tile([1.0, 0.0], (100, 1))
    unsure = rng.choice(100, 20, replace=False)
    probs[unsure] = [0.55, 0.45]
    assert set(choose_next(embeddings, probs, names(100), 20).tolist()) == set(unsure.tolist())


def test_of_a_group_the_product_is_asked_about_that_is_least_sure():
    probs = np.array([[0.9, 0.1], [0.6, 0.4], [0.8, 0.2]])
    assert choose_next(np.eye(3, dtype=np.float32), probs, ["a"] * 3, 1).tolist() == [1]


def test_alike_products_are_not_chosen_together(rng):
    # Ten places, ten products at each, all equally unsure; ten draws see ten places.
    places = 10 * np.eye(10, dtype=np.float32)
    embeddings = np.repeat(places, 10, axis=0)
    probs = np.full((100, 2), 0.5)
    chosen = choose_next(embeddings, probs, names(100), 10)
    assert sorted(place // 10 for place in chosen.tolist()) == list(range(10))


def test_products_that_cannot_be_read_come_last(rng):
    embeddings, probs = drawn(rng, n=20)
    probs[:5] = np.nan
    chosen = choose_next(embeddings, probs, names(20), 20)
    assert sorted(chosen[15:].tolist()) == [0, 1, 2, 3, 4]


def test_the_same_seed_chooses_the_same_products(rng):
    embeddings, probs = drawn(rng)
    first, again, other = (
        choose_next(embeddings, probs, names(200), 30, seed=s) for s in (1, 1, 2)
    )
    assert first.tolist() == again.tolist() != other.tolist()


@pytest.mark.parametrize("count", [0, 3, 10])
def test_no_more_are_chosen_than_there_are_and_none_twice(rng, count):
    embeddings, probs = drawn(rng, n=3)
    chosen = choose_next(embeddings, probs, ["a", "a", "a"], count)
    assert len(set(chosen.tolist())) == len(chosen) == min(count, 3)


def test_nothing_to_choose_from_gives_nothing():
    empty = np.zeros((0, 4), dtype=np.float32)
    assert choose_next(empty, np.zeros((0, 2)), [], 5).tolist() == []


def test_arrays_that_do_not_fit_are_refused(rng):
    embeddings, probs = drawn(rng, n=5)
    with pytest.raises(InputError, match="a row of each"):
        choose_next(embeddings, probs, names(4), 2)


def test_distances_are_those_of_the_gradients_written_out(rng, monkeypatch):
    embeddings, probs = drawn(rng, n=30, dim=3, leaves=3)
    slopes = probs.astype(np.float32) - np.eye(3, dtype=np.float32)[probs.argmax(axis=1)]
    written = np.einsum("nd,nc->ndc", embeddings, slopes).reshape(30, -1)
    draws = [np.random.default_rng(5) for _ in range(2)]
    by_parts = spread(embeddings, slopes, np.ones(30), 8, draws[0])
    assert by_parts.tolist() == spread(written, None, np.ones(30), 8, draws[1]).tolist()


def test_the_margin_of_a_single_leaf_is_none():
    assert margins(np.ones((2, 1))).tolist() == [0, 0]


@pytest.fixture
def rng():
    return np.random.default_rng(0)
