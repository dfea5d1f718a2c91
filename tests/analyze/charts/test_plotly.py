"""Figures for the page: plotly itself must accept them, and read no HTML in names."""

import math

import pytest
from plotly.graph_objects import Figure

from prodcat.analyze.charts.chart import Axis, Chart, Series
from prodcat.analyze.charts.plotly import to_plotly
from prodcat.analyze.page.page import build_page
from tests.analyze.summaries import HOSTILE, draw_summary

SERIES = Series(
    "ours", (1.0, 2.0), (0.5, None), kind="points", low=(0.25, None), high=(0.625, None)
)
CHART = Chart("a", "A", Axis("Epoch", "count"), Axis("Accuracy", "share"), (SERIES,))


def test_plotly_accepts_every_chart_of_a_report():
    charts = build_page(draw_summary(runs=12, n=60), None).data["charts"]
    assert len(charts) > 20
    for chart in charts.values():
        Figure(data=chart["data"], layout=chart["layout"])


def test_an_interval_is_drawn_from_the_value_to_its_ends():
    (trace,) = to_plotly(CHART)["data"]
    assert trace["error_y"]["array"] == [0.125, 0.0]
    assert trace["error_y"]["arrayminus"] == [0.25, 0.0]


def test_sideways_values_run_from_left_to_right():
    chart = Chart(
        "a", "A", Axis("", names=("x", "y")), Axis("F1", "share"), (SERIES,), sideways=True
    )
    drawn = to_plotly(chart)
    assert drawn["data"][0]["x"] == [0.5, None]
    assert drawn["data"][0]["error_x"]["array"] == [0.125, 0.0]
    assert drawn["layout"]["yaxis"]["ticktext"] == ["x", "y"]
    assert drawn["layout"]["yaxis"]["autorange"] == "reversed"


def test_names_stay_text_for_plotly():
    series = Series(HOSTILE, (0.0,), (1.0,), tips=(HOSTILE,))
    chart = Chart("a", "A", Axis("", names=(HOSTILE,)), Axis(HOSTILE), (series,))
    drawn = to_plotly(chart)
    trace = drawn["data"][0]
    shown = [trace["name"], *trace["text"], *drawn["layout"]["xaxis"]["ticktext"]]
    shown.append(drawn["layout"]["yaxis"]["title"]["text"])
    assert [text for text in shown if "<" in text] == []
    assert trace["meta"]["legend"] == ""


def test_epochs_are_never_cut_into_pieces():
    long = Series("ours", tuple(float(i) for i in range(1, 41)), (0.5,) * 40)
    for series, step in ((SERIES, 1), (long, 4)):
        chart = Chart("a", "A", Axis("Epoch", "count"), Axis("Loss"), (series,))
        assert to_plotly(chart)["layout"]["xaxis"]["dtick"] == step


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(0.5, 1.0, [0.49, 1.01]), (None, 1.0, [None, 1.0])]
)
def test_an_axis_has_the_ends_that_were_asked_for(low, high, shown):
    chart = Chart("a", "A", Axis("Epoch"), Axis("Accuracy", "share", low, high), (SERIES,))
    drawn = to_plotly(chart)["layout"]["yaxis"]["range"]
    assert [None if end is None else round(end, 6) for end in drawn] == shown
    assert all(end is None or math.isfinite(end) for end in drawn)
