import numpy as np

from prodcat.search.expansion import AMONG, candidates, expand
from prodcat.vectors.unit import unit_rows


def ranked(rows, query):
    scores = rows @ query
    order = np.argsort(-scores, kind="stable")
    return rows[order], scores[order], order


def test_a_product_that_its_neighbours_agree_on_comes_before_one_that_only_the_query_is_near():
    drawn = np.random.default_rng(1)
    centre = np.eye(8, dtype=np.float32)[0]
    crowd = unit_rows((centre + 0.25 * drawn.standard_normal((12, 8))).astype(np.float32))
    # As far from the query as the last of the crowd, on its other side.
    query = unit_rows((centre + 0.9 * np.eye(8)[1]).astype(np.float32)[None])[0]
    stranger = unit_rows((query + 1.2 * np.eye(8)[2]).astype(np.float32)[None])
    rows, scores, order = ranked(np.concatenate([crowd, stranger]), query)
    before = int(np.flatnonzero(order == 12)[0])

    places, anew = expand(query, rows, scores, slice(0, 8))

    assert int(np.flatnonzero(order[places] == 12)[0]) > before
    assert sorted(places) == list(range(13))
    assert list(anew) == sorted(anew, reverse=True)


def test_only_the_columns_that_are_named_are_drawn_and_keep_their_length():
    rng = np.random.default_rng(2)
    rows = np.concatenate(
        [unit_rows(rng.standard_normal((9, n)).astype(np.float32)) for n in (5, 3)], axis=1
    )
    query = np.concatenate([0.7 * rows[0, :5], 0.3 * rows[0, 5:]])
    rows, scores, _ = ranked(rows, query)

    places, anew = expand(query, rows, scores, slice(0, 5))

    # The product itself is as near as can be, and no score passes the sum of the weights.
    assert 0 <= anew.max() <= 1 + 1e-6
    rest = anew - rows[places, 5:] @ query[5:]
    assert (np.abs(rest) <= 0.7 + 1e-6).all()


def test_without_that_vector_or_without_neighbours_the_order_stays():
    rows = unit_rows(np.random.default_rng(3).standard_normal((5, 6)).astype(np.float32))
    query = np.concatenate([np.zeros(3), rows[0, 3:]]).astype(np.float32)
    rows, scores, _ = ranked(rows, query)

    places, anew = expand(query, rows, scores, slice(0, 3))
    none, nothing = expand(query, rows[:0], scores[:0], slice(0, 3))

    assert list(places) == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(anew, scores)
    assert (len(none), len(nothing)) == (0, 0)


def test_many_answers_are_chosen_among_more():
    assert candidates(6) == AMONG
    assert candidates(200) == 400
