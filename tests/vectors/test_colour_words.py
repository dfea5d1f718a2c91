import numpy as np
import pytest

from prodcat.vectors.colour_words import COLOURS, colours_of_names


@pytest.mark.parametrize(
    ("name", "colours"),
    [
        ("Nike Men BLACK Shoes", {"black"}),
        ("Schwarze Hose, weiße Streifen", {"black", "white"}),
        ("Robe bleue", {"blue"}),
        ("Charred blackberry", set()),
        ("", set()),
    ],
)
def test_the_colours_of_a_name(name, colours):
    vector = colours_of_names([name])[0]

    assert {COLOURS[place] for place in np.flatnonzero(vector)} == colours
    assert np.linalg.norm(vector) == pytest.approx(float(bool(colours)), abs=1e-6)


def test_of_no_names_there_are_no_rows():
    assert colours_of_names([]).shape == (0, len(COLOURS))
