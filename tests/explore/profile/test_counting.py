from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from prodcat.explore.picture_facts import read_picture_facts
from prodcat.explore.profile.counting import count_profile, histogram
from tests.explore.test_colourings import catalogue
from tests.toy import draw_picture


def test_counts_are_those_of_a_hand_count():
    shop = catalogue(
        [("A", "x")] * 3 + [("A",), None, ("B", "y")],
        names=["one", "", "three", "four", "five", "six"],
        prices=np.array([1.0, 2.0, np.nan, 3.0, 4.0, 5.0]),
        columns={"brand": ["Acme", "Acme", "Doric", "", "", ""], "source": ["shop"] * 6},
    )

    made = count_profile(shop, None)

    assert [(v.categories, v.products, v.labels) for v in made.levels] == [(2, 5, 1), (2, 4, 4)]
    assert [(c.name, c.count) for c in made.largest] == [("A > x", 3), ("A", 1), ("B > y", 1)]
    missing = {count.name: (count.count, count.rows) for count in made.missing}
    assert missing["name"] == (1, (1,))
    assert missing["category"] == (1, (4,))
    assert missing["price"] == (1, (2,))
    assert missing["picture"][0] == 6
    assert dict(made.category_sizes)["1 to 2"] == 2
    assert dict(made.category_sizes)["3 to 9"] == 1
    assert [(name, n) for name, n, _ in made.columns] == [("brand", 2)]
    assert made.name_lengths.total == 5
    assert [(p.category, p.products, p.median) for p in made.prices_by_category] == [
        ("A", 3, 2.0),
        ("B", 1, 5.0),
    ]


def test_pictures_are_counted_by_size_and_colour():
    pictures = [
        draw_picture(("Women", "Dresses"), 1),
        draw_picture(("Women", "Shoes", "Boots"), 2),
        b"broken",
    ]
    shop = replace(catalogue([None] * 3), pictures=pictures, has_picture=np.ones(3, bool))

    made = count_profile(shop, read_picture_facts(pictures, shop.has_picture, threads=1))

    assert [(c.name, c.count) for c in made.picture_sizes] == [("48 × 64", 2)]
    assert {c.name for c in made.colours} == {"green", "red"}
    assert made.broken_pictures == 1


@pytest.mark.parametrize(
    "values",
    [[5], [3, 3, 3], list(range(10)), list(range(1000)), [1, 10, 100, 1e5], [0.1, 0.2, 0.25], [0]],
)
def test_every_value_falls_into_one_bin(values):
    made = histogram(values)
    assert made.total == len(values)
    assert len(made.edges) == len(made.counts) + 1
    assert list(made.edges) == sorted(made.edges)


def test_whole_numbers_have_bins_of_equally_many():
    widths = {round(b - a) for a, b in pairwise(histogram(range(1, 20)).edges)}
    assert widths == {1}


def test_no_values_have_no_histogram():
    assert histogram([]) is None


def test_nothing_but_names_has_a_profile():
    made = count_profile(catalogue([None] * 2), None)
    assert (made.levels, made.prices, made.colours, made.largest) == ((), None, (), ())
