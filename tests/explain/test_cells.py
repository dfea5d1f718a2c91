"""Windows over a picture, and heat maps."""

import numpy as np
import pytest
from scipy.ndimage import uniform_filter1d

from prodcat.explain.cells import (
    background,
    cover,
    foreground,
    frame,
    highest_share,
    shrink,
    smooth,
    spread_out,
    windows,
)
from tests.explain.answerers import red_square


def test_the_background_is_that_of_the_edge():
    pixels = np.full((3, 20, 20), 240, dtype=np.uint8)
    pixels[:, 5:18, 3:17] = 10
    assert background(pixels).tolist() == [240, 240, 240]


def test_the_frame_leaves_the_background_out():
    pixels = red_square((4, 10))
    assert frame(foreground(pixels, background(pixels))) == (4, 10, 12, 18)


def test_slightly_uneven_background_is_background():
    pixels = red_square((4, 10))
    pixels[:, 25:30, 25:30] = 250
    assert frame(foreground(pixels, background(pixels))) == (4, 10, 12, 18)


@pytest.mark.parametrize("around", [(0, 0, 32, 24), (3, 5, 30, 21), (7, 7, 8, 8)])
@pytest.mark.parametrize(("count", "size"), [(3, 0.5), (4, 0.3)])
def test_windows_cover_all_of_the_part_and_nothing_else(around, count, size):
    covered = np.zeros((32, 24), dtype=int)
    for top, left, bottom, right in windows(around, count, size):
        covered[top:bottom, left:right] += 1
    inside = np.zeros_like(covered, dtype=bool)
    inside[around[0] : around[2], around[1] : around[3]] = True
    assert (covered[inside] > 0).all()
    assert (covered[~inside] == 0).all()


def test_covering_leaves_the_picture_as_it_is():
    pixels = red_square((4, 10))
    covered = cover(pixels, (4, 10, 12, 18), background(pixels))
    assert (covered == 255).all()
    assert (pixels != 255).any()


def test_each_pixel_has_the_mean_of_its_windows():
    heat = spread_out((2, 4), [(0, 0, 2, 2), (0, 1, 2, 3)], [1.0, 3.0])
    assert heat.tolist() == [[1.0, 2.0, 3.0, 0.0]] * 2


def test_smoothing_is_the_mean_over_a_square_twice():
    heat = np.random.default_rng(0).normal(size=(12, 9))
    expected = heat
    for _ in range(2):
        for axis in (0, 1):
            expected = uniform_filter1d(expected, 5, axis=axis, mode="nearest")
    np.testing.assert_allclose(smooth(heat, 2), expected, atol=1e-12)


def test_shrinking_keeps_the_mean():
    heat = np.random.default_rng(0).normal(size=(16, 12))
    small = shrink(heat, 4, 3)
    assert small.shape == (4, 3)
    assert small.mean() == pytest.approx(heat.mean())
    assert shrink(heat, 99, 99).shape == heat.shape


@pytest.mark.parametrize("share", [0.01, 0.2, 0.5])
def test_the_highest_share_is_as_large_as_asked(share):
    heat = np.random.default_rng(0).normal(size=(10, 20))
    chosen = highest_share(heat, share)
    assert chosen.sum() == round(200 * share)
    assert heat[chosen].min() > heat[~chosen].max()
