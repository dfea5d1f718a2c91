import re
from xml.etree import ElementTree

import numpy as np

from prodcat.explore.tree.drawing import draw_beside_tree, draw_with_pictures
from prodcat.explore.tree.linkage import arrange, cluster

PATHS = (("Men", "Shoes", "Boots"), ("Men", "Shirts"), ("Women", "Shoes", "Boots"), ("Women",))


def tree(rows=4):
    points = np.random.default_rng(3).normal(size=(rows, 5)).astype(np.float32)
    return arrange(cluster(points), rows)


def test_every_category_stands_on_both_sides_and_is_linked():
    svg = ElementTree.fromstring(draw_beside_tree(tree(), PATHS))
    texts = ["".join(t.itertext()) for t in svg.iter("text")]
    assert sum(text.endswith("Boots") for text in texts) == 4
    links = [path.get("d") for path in svg.iter("path") if "C" in path.get("d")]
    assert len(links) == 4


def test_the_rows_of_the_left_side_are_in_the_order_of_the_dendrogram():
    dendrogram = tree()
    svg = ElementTree.fromstring(draw_beside_tree(dendrogram, PATHS))
    labels = [t for t in svg.iter("text") if t.get("x") == "323" and t.find("title") is not None]
    by_height = sorted(labels, key=lambda t: float(t.get("y")))
    shown = [t.find("title").text for t in by_height]
    assert shown == [" > ".join(PATHS[leaf]) for leaf in dendrogram.order]


def test_what_strangers_named_is_escaped():
    paths = (("<script>alert(1)</script>", "\"'&"), ("\u202eevil", "b"), ("c",))
    drawn = draw_beside_tree(tree(3), paths)
    assert "<script" not in drawn
    assert "\u202e" not in drawn
    ElementTree.fromstring(drawn)


def test_pictures_are_named_by_their_rows():
    dendrogram = tree()
    drawn = draw_with_pictures(dendrogram, [7, 3, 9, 1], ["a", "b", "<i>", "d"], ["#111"] * 4)
    rows = [int(row) for row in re.findall(r'data-picture="(\d+)"', drawn)]
    assert rows == [[7, 3, 9, 1][leaf] for leaf in dendrogram.order]
    ElementTree.fromstring(drawn)


def test_a_line_is_drawn_to_scale():
    dendrogram = tree(3)
    svg = ElementTree.fromstring(draw_with_pictures(dendrogram, [0, 1, 2], "abc", ["#111"] * 3))
    lines = [p.get("d") for p in svg.iter("path") if "H" in p.get("d")]
    # The last join stands at the left margin, leaves 300 to the right of it.
    assert re.fullmatch(r"M[\d.]+ [\d.]+H18\.0V[\d.]+H[\d.]+", lines[-1])
    first = dendrogram.joins[0].height / dendrogram.joins[1].height
    assert f"H{round(18 + 300 * (1 - first), 1)}V" in lines[0]
