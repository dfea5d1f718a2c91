import numpy as np
import pytest

from prodcat.explore.colour_names import COLOURS
from prodcat.explore.picture_facts import read_picture_facts
from tests.model_files import encoded
from tests.toy import draw_picture


def test_each_picture_is_told_by_size_colour_and_pixels():
    pictures = [draw_picture(("Women", "Dresses"), 1), None, encoded("#ffffff")]
    facts = read_picture_facts(pictures, np.array([True, False, True]), grey=True, threads=1)

    assert facts.sizes.tolist() == [[48, 64], [0, 0], [6, 8]]
    assert COLOURS[facts.colours[0]] == "green"
    assert facts.colours[1] == -1
    assert facts.present.tolist() == [True, False, True]
    assert facts.grey.shape == (3, 32 * 24)
    assert facts.grey[2] == pytest.approx(1.0, abs=0.01)
    assert (facts.grey[1] == 0).all()


def test_broken_pictures_are_counted_and_stop_nothing():
    facts = read_picture_facts([b"none", draw_picture(("Bags",), 0)], np.ones(2, bool))
    assert facts.broken == 1
    assert facts.present.tolist() == [False, True]
    assert facts.grey is None


def test_progress_is_told_to_the_end():
    told = []
    pictures = [draw_picture(("Bags",), 0)] * 300
    read_picture_facts(
        pictures, np.ones(300, bool), on_progress=lambda done, of: told.append((done, of))
    )
    assert told == [(256, 300), (300, 300)]
