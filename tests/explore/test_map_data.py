"""What a map shows: refused where it does not fit together, and partitions made of columns."""

from dataclasses import replace

import numpy as np
import pytest

from prodcat.errors import InputError
from prodcat.explore.map_data import ColourBy, Fact, MapLayout, by_number, by_text
from tests.explore.page.drawn_map import draw_map

SHORT = np.zeros(299, np.int64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layouts": ()}, "at least one layout"),
        ({"names": ["one"]}, "Expected 300 names, as many as ids, found 1"),
        ({"pictures": [b""] * 2}, "300 pictures"),
        ({"facts": (Fact("path", ["a"]),)}, "300 values of 'path'"),
        ({"colourings": (ColourBy("kind", SHORT, ("a",)),)}, "300 colours by 'kind'"),
        ({"colourings": (ColourBy("kind", np.full(300, 2), ("a", "b")),)}, "expected -1 to 1"),
        (
            {"colourings": (ColourBy("kind", np.zeros(300, int), ("a",), tones={"a": "red"}),)},
            "Unknown tone 'red'",
        ),
        ({"layouts": (MapLayout("PCA", "", np.zeros((3, 2), np.float32)),)}, r"\(300, 2\)"),
    ],
)
def test_a_map_that_does_not_fit_together_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        replace(draw_map(), **change)


def test_equal_texts_are_a_group_and_empty_ones_none():
    partition = by_text("source", ["a", "", "b", None, "a"])
    assert partition.names == ("a", "b")
    assert partition.codes.tolist() == [0, -1, 1, -1, 0]


def test_numbers_fall_into_groups_of_about_equal_counts():
    partition = by_number("price", np.arange(100), groups=4)
    assert np.bincount(partition.codes).tolist() == [25, 25, 25, 25]
    assert partition.names[1] == "25 to 49"
    assert partition.ordered


def test_equal_numbers_are_never_in_two_groups():
    values = np.array([5.0] * 90 + [7.0, np.nan, np.inf] + list(range(10, 17)))
    partition = by_number("price", values, groups=8)
    assert set(partition.codes[:90]) == {0}
    assert partition.names[0] == "5"
    assert partition.codes[91:93].tolist() == [-1, -1]


def test_groups_that_read_the_same_after_rounding_have_names_of_their_own():
    partition = by_number("price", [0.123456, 0.123457], groups=2)
    assert len(set(partition.names)) == 2


def test_no_number_at_all_gives_no_group():
    partition = by_number("price", [np.nan, np.nan])
    assert partition.names == ()
    assert partition.codes.tolist() == [-1, -1]
