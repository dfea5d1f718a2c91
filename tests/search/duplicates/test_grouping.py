import numpy as np

from prodcat.search.duplicates.grouping import MOST_MAKERS, shared_keys, sharing


def test_products_that_share_a_key_are_tied_and_nothing_is_no_key():
    edges, cut = shared_keys("name", np.array([7, 0, 7, 3, 0, 7]), most=5)
    assert (edges, cut) == ([(0, 2), (2, 5)], [])


def test_a_key_of_too_many_is_cut_and_told():
    edges, (cut,) = shared_keys("name", np.array([1, 9, 9, 9, 9]), most=3)
    assert edges == []
    assert (cut.kind, cut.example, cut.products) == ("name", 1, 4)


def test_the_picture_of_many_makers_is_a_placeholder():
    makers = np.arange(MOST_MAKERS + 1)
    assert shared_keys("picture", np.ones_like(makers), most=99, spread=makers)[0] == []
    few = makers[:MOST_MAKERS]
    assert len(shared_keys("picture", np.ones_like(few), most=99, spread=few)[0]) == len(few) - 1


def test_evidence_is_what_two_of_the_group_share():
    keys = np.array([5, 5, 8, 0, 0, 8])
    assert sharing([0, 1, 2, 3, 4], keys) == {0, 1}
