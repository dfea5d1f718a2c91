import numpy as np
import pytest

from prodcat.explore.tree.members import gather_members


def gathered(paths, present=None, **options):
    vectors = np.eye(len(paths), 8, dtype=np.float32) + 0.1
    there = np.ones(len(paths), bool) if present is None else np.array(present)
    return gather_members(vectors, there, paths, **options)


def test_products_are_sorted_into_categories_in_the_order_of_the_tree():
    members = gathered([("b",)] * 3 + [("a", "x")] * 4)
    assert members.paths == (("a", "x"), ("b",))
    assert [rows.tolist() for rows in members.rows] == [[3, 4, 5, 6], [0, 1, 2]]
    assert members.sizes.tolist() == [4, 3]


def test_small_categories_and_products_without_label_or_vector_are_left_out():
    paths = [("a",)] * 4 + [("b",)] * 2 + [None]
    members = gathered(paths, [False, True, True, True, True, True, True])
    assert members.paths == (("a",),)
    assert members.codes.tolist() == [-1, 0, 0, 0, -1, -1, -1]
    assert members.small == 1


def test_of_too_many_categories_those_above_are_taken():
    paths = [("a", str(i)) for i in range(3) for _ in range(3)] + [("b", "x")] * 3
    assert len(gathered(paths).paths) == 4
    members = gathered(paths, most=3)
    assert members.paths == (("a",), ("b",))
    assert members.level == 1


def test_of_too_many_at_the_top_the_largest_are_taken():
    members = gathered([("a",)] * 3 + [("b",)] * 5 + [("c",)] * 4, most=2)
    assert members.paths == (("b",), ("c",))


def test_means_are_of_unit_length():
    members = gathered([("a",)] * 3)
    assert np.linalg.norm(members.means, axis=1) == pytest.approx([1.0])


def test_without_labels_there_are_no_categories():
    assert gathered([None] * 4).paths == ()
