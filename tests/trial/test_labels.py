import pytest

from prodcat.trial.labels import LabelPlaces

LEAVES = [("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",), ("Home",), ("Home", "Beds")]


@pytest.mark.parametrize(
    ("label", "path", "kind", "leaf"),
    [
        (("Shoes", "Boots"), ("Shoes", "Boots"), "leaf", 0),
        ((" SHOES", "boots "), ("Shoes", "Boots"), "leaf", 0),
        (("Shoes",), ("Shoes",), "above", -1),
        (("shoes", "clogs"), ("Shoes", "clogs"), "lacking", -1),
        (("Home",), ("Home",), "leaf", 3),
        # A category with products of its own stands for those below it that are not taught.
        (("Home", "Lamps"), ("Home", "Lamps"), "lacking", 3),
        (("Garden", "Boots"), ("Garden", "Boots"), "lacking", -1),
    ],
)
def test_a_label_is_placed_in_the_tree(label, path, kind, leaf):
    placed = LabelPlaces(LEAVES).place(label)

    assert (placed.path, placed.kind, placed.leaf) == (path, kind, leaf)
    assert placed.respelled == (path != label)


def test_categories_that_differ_in_case_alone_are_told_apart_where_the_label_tells_them():
    places = LabelPlaces([("bags",), ("Bags",)])

    assert [places.place((name,)).path for name in ("bags", "Bags")] == [("bags",), ("Bags",)]
    assert places.place(("BAGS",)).path == places.place(("BAGS",)).path


@pytest.mark.parametrize(
    ("answer", "right"),
    [(("Shoes", "Boots"), True), (("Shoes",), True), (("Shoes", "Sandals"), False), ((), False)],
)
def test_right_is_the_category_or_one_above_it(answer, right):
    assert LabelPlaces(LEAVES).place(("shoes", "BOOTS")).is_right(answer) == right
