import re
from xml.etree import ElementTree

import numpy as np
import pytest

from prodcat.explore.profile.counting import count_profile, histogram
from prodcat.explore.profile.drawing import Bar, draw_bars, draw_histogram
from prodcat.explore.profile.panel import profile_panel
from tests.explore.test_colourings import catalogue


def test_the_longest_bar_is_the_largest_count_and_the_others_are_to_scale():
    svg = ElementTree.fromstring(draw_bars("Bars", [Bar("a", 50), Bar("b", 200)], of=400))
    widths = [float(rect.get("width")) for rect in svg.iter("rect")]
    assert widths[0] == pytest.approx(widths[1] / 4, abs=0.1)
    assert "200 (50.0 %)" in "".join(svg.itertext())


def test_a_histogram_is_drawn_to_scale():
    svg = ElementTree.fromstring(draw_histogram("Lengths", histogram([1, 1, 1, 1, 2]), "letters"))
    heights = [float(rect.get("height")) for rect in svg.iter("rect")]
    assert heights[0] == pytest.approx(4 * heights[1], abs=0.3)


def test_the_panel_shows_charts_and_the_products_that_lack_a_part():
    shop = catalogue([("A", "x")] * 4 + [None], prices=np.array([1.0, 2.0, 3.0, 4.0, np.nan]))
    made = profile_panel(count_profile(shop, None)).html
    for part in ("What is missing", "Largest categories", "Lengths of names", "Prices"):
        assert part in made
    assert re.search(r'data-show="4">no category \(1\)', made)


def test_what_strangers_wrote_is_escaped():
    evil = "</script><img src=x onerror=1>"
    shop = catalogue([(evil,)] * 3, columns={evil: [evil, evil, "b"]})
    made = profile_panel(count_profile(shop, None)).html
    assert "<img" not in made
    assert "</script" not in made


def test_without_categories_it_says_so():
    assert "No product has a category" in profile_panel(count_profile(catalogue([None]), None)).html
