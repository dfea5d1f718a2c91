"""Charts as files: equal bytes for equal reports, small, and XML whatever names hold."""

import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest

from prodcat.analyze.charts.chart import Axis, Chart, MatrixChart, Series
from prodcat.analyze.charts.svg import draw_svg, matrix_pixels, report_charts, write_charts
from prodcat.errors import AnalyzeError
from tests.analyze.summaries import HOSTILE, draw_summary

CHART = Chart(
    "a",
    "A chart",
    Axis("Epoch", "count"),
    Axis("Accuracy", "share", None, 1),
    (Series("ours", (1.0, 2.0), (0.5, 0.75), legend="ours", low=(0.4, 0.7), high=(0.6, None)),),
    note="N = 2",
)


def texts(svg):
    """What a reader of the file sees written."""
    root = ElementTree.fromstring(svg)
    return [element.text for element in root.iter() if element.text and element.text.strip()]


def test_a_chart_says_its_title_its_axes_its_unit_and_its_n():
    written = texts(draw_svg(CHART))
    assert {"A chart", "Epoch", "Accuracy", "N = 2"} <= set(written)
    assert [text for text in written if text.endswith(" %")] != []


def test_equal_charts_are_equal_bytes():
    assert draw_svg(CHART) == draw_svg(replace(CHART))


def test_a_file_tells_no_time_and_no_version():
    svg = draw_svg(CHART).decode()
    assert re.search(r"\d{4}-\d\d-\d\dT", svg) is None
    assert "Matplotlib v" not in svg


@pytest.mark.parametrize("name", [HOSTILE, "$x^2$", "_hidden", "靴 👟", "a\x00\x08b\ud800"])
def test_names_stay_text(name):
    series = (Series(name, (0.0,), (1.0,), kind="points", legend=name), CHART.series[0])
    chart = replace(CHART, title=name, x=Axis("", names=(name,)), series=series)
    written = " ".join(texts(draw_svg(chart)))
    assert re.sub("[\x00\x08\ud800]", "\ufffd", name) in written


def test_several_series_have_a_legend_and_one_has_none():
    other = replace(CHART.series[0], name="theirs", legend="theirs", colour=1)
    assert "ours" not in texts(draw_svg(CHART))
    assert {"ours", "theirs"} <= set(
        texts(draw_svg(replace(CHART, series=(CHART.series[0], other))))
    )


def test_a_matrix_is_blue_where_right_red_where_wrong_and_white_where_empty():
    chart = MatrixChart("m", "M", ("A", "B"), ((0, 0, 3), (0, 1, 1), (1, 1, 2)))
    pixels = matrix_pixels(chart).astype(int)
    red, green, blue = np.moveaxis(pixels, 2, 0)
    assert blue[0, 0] > red[0, 0]
    assert red[0, 1] > blue[0, 1]
    assert pixels[1, 0].tolist() == [255, 255, 255]
    assert pixels[1, 1].tolist() == [31, 90, 150]
    assert green.shape == (2, 2)


def test_a_small_matrix_shows_its_numbers_and_a_large_one_its_groups():
    small = MatrixChart("m", "M", ("Shoes > Boots", "Bags"), ((0, 0, 37), (1, 0, 4)))
    assert {"37", "4", "Boots", "Bags"} <= set(texts(draw_svg(small)))
    labels = tuple(f"Shoes > {i}" for i in range(40)) + tuple(f"Bags > {i}" for i in range(40))
    large = MatrixChart("m", "M", labels, ((0, 0, 37),), (("Shoes", 0, 40), ("Bags", 40, 80)))
    svg = draw_svg(large)
    assert {"Shoes", "Bags"} <= set(texts(svg))
    assert "37" not in texts(svg)
    assert len(svg) < 40_000


@pytest.mark.slow
def test_a_report_has_a_file_for_each_chart(tmp_path):
    summary = draw_summary(runs=2, n=60)
    written = write_charts(summary, tmp_path / "charts")
    assert list(written) == list(report_charts(summary))
    assert sorted(tmp_path.rglob("*.svg")) == sorted(written.values())
    assert max(path.stat().st_size for path in written.values()) < 60_000


def test_a_folder_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AnalyzeError, match="Cannot write the charts"):
        write_charts(draw_summary(runs=1, n=20), tmp_path / "file" / "charts")
