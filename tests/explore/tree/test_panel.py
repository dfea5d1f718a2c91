import re

import numpy as np

from prodcat.explore.tree.panel import Seen, tree_panel
from prodcat.explore.tree.pictures import picture_tree
from prodcat.vectors.unit import unit_rows
from tests.toy import draw_picture


def seen(paths, names=None, **changes):
    rng = np.random.default_rng(0)
    vectors = unit_rows(rng.normal(size=(len(paths), 8)).astype(np.float32))
    names = [f"product {i}" for i in range(len(paths))] if names is None else names
    return Seen(names, paths, vectors, np.ones(len(paths), bool), "names", **changes)


def test_the_panel_lists_what_disagrees_with_rows_to_show():
    made = tree_panel(seen([("A", "x")] * 20 + [("A", "y")] * 20 + [("B", "z")] * 20)).html
    for part in ("to merge", "to split", "to move", "for review", "<svg"):
        assert part in made
    rows = [int(r) for shown in re.findall(r'data-show="([\d ]+)"', made) for r in shown.split()]
    assert rows
    assert max(rows) < 60


def test_without_categories_it_says_so():
    assert "No category has at least 3 products" in tree_panel(seen([None] * 9)).html


def test_of_one_category_it_says_so():
    made = tree_panel(seen([("A",)] * 30)).html
    assert "Only one category has" in made
    assert "to split" in made


def test_the_pictures_are_joined_where_there_are_looks():
    pictures = [draw_picture(("Bags",), i) if i < 8 else None for i in range(10)]
    paths = [("A",)] * 5 + [("B",)] * 5
    tree = picture_tree(pictures, np.arange(10) < 8, paths)
    made = tree_panel(seen(paths, pictures=tree)).html
    assert "8 products, of each category about as many" in made
    assert len(set(re.findall(r'<foreignObject.*?data-picture="(\d+)"', made))) == 8


def test_names_and_categories_of_strangers_are_escaped():
    paths = [("<img src=x>",)] * 12 + [("<b>",)] * 12
    made = tree_panel(seen(paths, names=["</script><img onerror=1>"] * 24)).html
    assert "<img" not in made
    assert "<b>" not in made
