import pytest

from experiments.benchmarks.foreign.products import Branch, draw_sample
from prodcat.errors import InputError

LEAVES = [("Men", "Bags"), ("Women", "Bags", "Clutches"), ("Women", "Shoes"), ("Men", "Shoes")]


def test_a_branch_is_left_out_wherever_it_stands():
    assert Branch.of("Bags", LEAVES).kept.tolist() == [2, 3]
    assert Branch.of("Clutches", LEAVES).kept.tolist() == [0, 2, 3]


def test_a_branch_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="'Bag'"):
        Branch.of("Bag", LEAVES)


def test_a_branch_that_leaves_nothing_to_learn_is_refused():
    with pytest.raises(InputError, match="fewer than 2"):
        Branch.of("Shoes", LEAVES[1:])


def test_a_sample_keeps_all_leaves():
    labels = [0] * 50 + [1] * 2 + [2]
    drawn = [labels[i] for i in draw_sample(labels, most=10, least=2, seed=0)]
    assert (drawn.count(0), drawn.count(1), drawn.count(2)) == (7, 2, 1)


def test_a_sample_is_the_same_for_the_same_seed():
    labels = [0] * 50
    first = draw_sample(labels, most=10, least=1, seed=0)
    assert first == draw_sample(labels, most=10, least=1, seed=0)
    assert first != draw_sample(labels, most=10, least=1, seed=1)
