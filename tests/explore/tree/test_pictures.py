import numpy as np

from prodcat.explore.tree.linkage import cut
from prodcat.explore.tree.pictures import picture_tree
from tests.toy import draw_picture

BOOTS, BAGS = ("Women", "Shoes", "Boots"), ("Bags",)


def test_what_looks_alike_is_joined_first():
    paths = [BOOTS, BAGS] * 6
    pictures = [draw_picture(path, i) for i, path in enumerate(paths)]

    made = picture_tree(pictures, np.ones(12, bool), paths)

    groups = cut(made.dendrogram.joins, 12, 2)
    assert {(paths[row], group) for row, group in zip(made.rows, groups.tolist(), strict=True)} in (
        {(BOOTS, 0), (BAGS, 1)},
        {(BOOTS, 1), (BAGS, 0)},
    )


def test_a_large_category_does_not_fill_it():
    paths = [BOOTS] * 40 + [BAGS] * 4 + [None] * 4
    pictures = [draw_picture(BOOTS, i) for i in range(48)]

    made = picture_tree(pictures, np.ones(48, bool), paths, most=12)

    drawn = [paths[row] for row in made.rows]
    assert (drawn.count(BOOTS), drawn.count(BAGS), drawn.count(None)) == (4, 4, 4)


def test_broken_and_missing_pictures_are_left_out():
    pictures = [b"none", None, *(draw_picture(BAGS, i) for i in range(3))]
    made = picture_tree(pictures, np.array([True, False, True, True, True]), [None] * 5)
    assert set(made.rows) == {2, 3, 4}


def test_two_pictures_make_no_tree():
    assert picture_tree([draw_picture(BAGS, 1)] * 2, np.ones(2, bool), [None] * 2) is None
