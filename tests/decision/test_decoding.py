import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prodcat.decision.decoding import Decoder, walk_down
from prodcat.errors import InputError

SHOES = [("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)]
OWN = [("Shoes",), ("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)]

names = st.sampled_from("ab")
paths = st.lists(st.lists(names, min_size=1, max_size=4).map(tuple), min_size=1, unique=True)
"""Trees of uneven depth, where a category may be another's ancestor."""
weights = st.one_of(st.sampled_from([0, 1, 2, 3]), st.floats(0, 1))
thresholds = st.one_of(
    st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 2 / 3, 0.75, 1.0, math.inf]),
    st.floats(0, 1),
)


@st.composite
def products(draw):
    """Leaf paths, the probabilities of a few products, and a threshold for each."""
    leaf_paths = draw(paths)
    count = draw(st.integers(1, 3))
    rows = draw(
        st.lists(
            st.lists(weights, min_size=len(leaf_paths), max_size=len(leaf_paths)).filter(sum),
            min_size=count,
            max_size=count,
        )
    )
    probs = [[weight / sum(row) for weight in row] for row in rows]
    least = draw(st.lists(thresholds, min_size=count, max_size=count))
    return leaf_paths, probs, least


def is_usable(probs):
    return all(abs(sum(row) - 1) < 1e-6 for row in probs)


@given(products())
@settings(deadline=None)
@example((SHOES, [[0.1, 0.2, 0.7], [0.2, 0.1, 0.7]], [0.7, 0.3]))
@example((OWN, [[0.25, 0.25, 0.25, 0.25]], [0.0]))
@example(([("a", "x"), ("a", "y"), ("b",)], [[5e-10, 0.5 - 5e-10, 0.5]], [0.5]))
def test_a_batch_is_answered_as_each_product_alone(drawn):
    leaf_paths, probs, least = drawn
    if not is_usable(probs):
        return
    decisions = Decoder(leaf_paths).decode(probs, least)
    for row, threshold, decision in zip(probs, least, decisions, strict=True):
        alone = walk_down(row, leaf_paths, threshold=threshold)
        assert decision.abstained == (alone is None)
        if alone is not None:
            assert (decision.path, decision.probability) == alone


@given(products())
@settings(deadline=None)
def test_an_answer_is_a_category_at_least_as_probable_as_the_threshold(drawn):
    leaf_paths, probs, least = drawn
    if not is_usable(probs):
        return
    for row, threshold, decision in zip(
        probs, least, Decoder(leaf_paths).decode(probs, least), strict=True
    ):
        if decision.abstained:
            assert decision.path == ()
            assert decision.probability == decision.top[0][1]
            continue
        depth = len(decision.path)
        below = [
            p for p, path in zip(row, leaf_paths, strict=True) if path[:depth] == decision.path
        ]
        assert below
        assert threshold <= decision.probability <= 1
        assert decision.probability == pytest.approx(sum(below), abs=2e-9)


@given(products())
@settings(deadline=None)
def test_going_up_never_makes_an_answer_less_probable(drawn):
    leaf_paths, probs, _ = drawn
    if not is_usable(probs):
        return
    decoder = Decoder(leaf_paths)
    walks = decoder.walk(probs)
    for ways, sizes in zip(walks.nodes, walks.masses, strict=True):
        way = [decoder.node_paths[node] for node in ways if node >= 0]
        assert [len(path) for path in way] == list(range(1, len(way) + 1))
        assert all(below[:-1] == above for above, below in pairwise(way))
        assert all(above >= below for above, below in pairwise(sizes))


@given(products())
@settings(deadline=None)
def test_a_lower_threshold_only_lengthens_the_answer(drawn):
    leaf_paths, probs, least = drawn
    if not is_usable(probs):
        return
    decoder = Decoder(leaf_paths)
    lower = decoder.decode(probs, [threshold / 2 for threshold in least])
    for long, short in zip(lower, decoder.decode(probs, least), strict=True):
        assert long.path[: len(short.path)] == short.path


def test_dust_does_not_decide_whether_a_sum_reaches_the_threshold():
    leaves = [("A", "x"), ("A", "y"), ("B",)]
    assert 0.1 + 0.7 < 0.8  # as floats
    assert walk_down([0.1, 0.7, 0.2], leaves, threshold=0.8) == (("A",), 0.8)
    assert Decoder(leaves).decode([[0.1, 0.7, 0.2]], 0.8)[0].path == ("A",)


def test_of_sums_that_are_alike_but_for_dust_the_first_is_taken():
    leaves = [("A",), ("B", "x"), ("B", "y"), ("C",), ("D",)]
    row = [0.3, 0.1, 0.2, 0.25, 0.15]
    assert row[1] + row[2] > row[0]  # as floats
    assert walk_down(row, leaves, threshold=0.3) == (("A",), 0.3)
    assert Decoder(leaves).decode([row], 0.3)[0].path == ("A",)


def test_the_best_leaf_and_the_answer_agree_where_dust_could_part_them():
    row = [0.5, 0.5 + 1e-12]
    decision = Decoder([("A",), ("B",)]).decode([row], 0.4)[0]
    assert decision.path == ("A",)
    assert decision.top == ((0, 0.5), (1, 0.5))


@pytest.mark.parametrize(
    ("probs", "threshold", "answer"),
    [
        ([0.5, 0.3, 0.1, 0.1], 0.2, (("Shoes",), 0.9)),
        ([0.4, 0.4, 0.1, 0.1], 0.2, (("Shoes",), 0.9)),
        ([0.3, 0.5, 0.1, 0.1], 0.2, (("Shoes", "Boots"), 0.5)),
        ([0.3, 0.5, 0.1, 0.1], 0.6, (("Shoes",), 0.9)),
        ([0.3, 0.5, 0.1, 0.1], 0.95, None),
    ],
)
def test_the_walk_may_end_at_a_category_with_products_of_its_own(probs, threshold, answer):
    assert walk_down(probs, OWN, threshold=threshold) == answer
    decision = Decoder(OWN).decode([probs], threshold)[0]
    assert (None if decision.abstained else (decision.path, decision.probability)) == answer


def test_the_walk_takes_the_best_branch_though_another_leaf_is_better():
    probs = [0.35, 0.25, 0.4]
    assert walk_down(probs, SHOES, threshold=0.3) == (("Shoes", "Boots"), 0.35)
    assert Decoder(SHOES).decode([probs], 0.3)[0].top[0] == (2, 0.4)


def test_the_best_leaves_come_with_every_answer_the_first_of_equals_first():
    decision = Decoder([("a",), ("b",), ("c",), ("d",)], top=3).decode([[0.2, 0.3, 0.2, 0.3]], 1)[0]
    assert decision.top == ((1, 0.3), (3, 0.3), (0, 0.2))
    assert decision.abstained
    assert decision.probability == 0.3


def test_there_are_no_more_best_leaves_than_leaves():
    assert len(Decoder(SHOES, top=5).decode([[1, 0, 0]], 0.5)[0].top) == 3


def test_a_single_leaf_is_always_sure():
    decision = Decoder([("Only", "One")]).decode([[1.0]], 1.0)[0]
    assert (decision.path, decision.probability) == (("Only", "One"), 1.0)


def test_an_answer_just_below_the_threshold_is_lifted_to_it():
    threshold = 0.9000000000001
    decision = Decoder(SHOES).decode([[0.9, 0.05, 0.05]], threshold)[0]
    assert decision.path == ("Shoes", "Boots")
    assert decision.probability == threshold


def test_no_products_get_no_answers():
    assert Decoder(SHOES).decode(np.zeros((0, 3)), 0.5) == []
    assert Decoder(SHOES).decode(np.zeros((0, 3)), []) == []


def test_float32_probabilities_are_taken():
    rows = np.full((2, 3), 1 / 3, dtype=np.float32)
    assert Decoder(SHOES).decode(rows, 0.5)[0].path == ("Shoes",)


def test_answers_are_the_same_in_many_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    leaf_paths = [(f"g{leaf % 3}", f"m{leaf % 6}", f"{leaf}") for leaf in range(20)]
    decoder, probs = Decoder(leaf_paths), rng.dirichlet(np.full(20, 0.1), size=50)
    whole = decoder.decode(probs, 0.6)
    monkeypatch.setattr("prodcat.arrays.BLOCK_VALUES", 200)
    assert decoder.decode(probs, 0.6) == whole
    assert {len(decision.path) for decision in whole} == {0, 1, 2, 3}


def test_names_that_repeat_under_other_parents_stay_apart():
    leaves = [("Women", "Shoes", "Boots"), ("Men", "Shoes", "Boots"), ("Men", "Bags")]
    decision = Decoder(leaves).decode([[0.45, 0.3, 0.25]], 0.5)[0]
    assert (decision.path, decision.probability) == (("Men",), 0.55)


@pytest.mark.parametrize(
    ("leaf_paths", "said"),
    [
        ([], "at least one"),
        ([()], "one or more names"),
        (["Shoes > Boots"], "tuple of one or more names"),
        ([["Shoes", "Boots"]], "tuple of one or more names"),
        ([("A",), ("B",), ("A",)], r"\('A',\) appears twice"),
    ],
)
def test_paths_that_make_no_tree_are_refused(leaf_paths, said):
    with pytest.raises(InputError, match=said):
        Decoder(leaf_paths)
    with pytest.raises(InputError, match=said):
        walk_down([1.0], leaf_paths, threshold=0.5)


@pytest.mark.parametrize(
    "row",
    [
        [math.nan, 0.5, 0.5],
        [math.inf, -math.inf, 1.0],
        [1.5, -0.5, 0.0],
        [3.0, 1.0, 0.2],
        [0.5, 0.5],
    ],
)
def test_what_is_no_probability_is_refused(row):
    with pytest.raises(InputError, match="probabilities"):
        Decoder(SHOES).decode([row], 0.5)
    with pytest.raises(InputError, match="probabilities"):
        walk_down(row, SHOES, threshold=0.5)


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan, -math.inf, [0.5, 0.5]])
def test_what_is_no_threshold_is_refused(threshold):
    with pytest.raises(InputError, match="threshold"):
        Decoder(SHOES).decode([[1.0, 0.0, 0.0]], threshold)


def test_a_decision_without_its_best_leaf_is_refused():
    with pytest.raises(InputError, match="top is 0"):
        Decoder(SHOES, top=0)
