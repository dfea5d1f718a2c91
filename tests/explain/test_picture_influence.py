"""Where in a picture an answer comes from."""

import numpy as np
import pytest

from prodcat.explain.cells import highest_share
from prodcat.explain.picture_influence import picture_influence
from tests.explain.answerers import VotingAnswerer, product, red_square, target_of


def found(pixels):
    asked, whole = VotingAnswerer(), product("boots", pixels=pixels)
    target = target_of(asked, whole)
    asked.asked = 0
    return picture_influence(asked, target, whole), asked.asked


@pytest.mark.parametrize("place", [(0, 0), (2, 20), (12, 12), (22, 5)])
def test_the_heat_lies_where_the_answer_comes_from(place):
    pixels = red_square(place)
    pixels[:, 30, 30] = 0  # something else, so that the frame is not the square alone
    red = pixels[1] == 0
    seen, _ = found(pixels)
    hottest = highest_share(seen.heat, 0.06)
    assert (hottest & red).sum() / hottest.sum() > 0.6
    assert seen.strongest.answer > 0.1


def test_what_is_background_is_not_asked_about():
    pixels = np.full((3, 32, 32), 255, dtype=np.uint8)
    pixels[:, 2:4, 2:4] = 0
    pixels[:, 28:30, 28:30] = 0
    _, asked = found(pixels)
    assert asked < 12
    assert found(red_square((12, 12)))[1] > 20


def test_a_picture_of_one_colour_has_no_place_that_matters():
    seen, asked = found(np.full((3, 8, 6), 200, dtype=np.uint8))
    assert asked == 1
    assert not seen.heat.any()
    assert seen.strongest.answer == 0.0


def test_a_place_that_speaks_against_the_answer_is_below_zero():
    asked, pixels = VotingAnswerer(), red_square((12, 12))
    whole = product("strap strap strap", pixels=pixels)
    seen = picture_influence(asked, target_of(asked, whole), whole)
    assert seen.heat.min() < 0
    assert seen.heat.max() == pytest.approx(0, abs=1e-9)


def test_a_picture_of_a_single_pixel_is_explained():
    seen, _ = found(np.zeros((3, 1, 1), dtype=np.uint8))
    assert seen.heat.shape == (1, 1)
