"""Charts as plotly figures, for the page to draw.

A figure holds no colours of text, grid or ground: the page sets them, light or dark.
"""

import math
from html import escape
from typing import Any

from prodcat.analyze.charts.chart import COLOURS, Axis, Chart, Series
from prodcat.errors import require

Json = dict[str, Any]

SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "star", "cross", "pentagon")
ROW_PX = 26
"""Height that each name of a sideways chart takes."""
HEIGHT_PX = 340


def to_plotly(chart: Chart) -> Json:
    """Return a chart as a plotly figure: its ``data``, ``layout``, and ``height`` in pixels."""
    x, y = _axis(chart.x), _axis(chart.y)
    if chart.x.unit == "count":
        # Left to itself, plotly cuts few epochs into halves.
        last = max((place for series in chart.series for place in series.x), default=1)
        x |= {"tick0": 1, "dtick": max(1, math.ceil(last / 10))}
    if chart.sideways:
        # What comes first stands on top; plotly counts from the bottom up.
        x["autorange"] = "reversed"
        x, y = y, x
    traces = [_trace(series, chart) for series in chart.series]
    shapes = [_guide(value, sideways=chart.sideways) for value in chart.guides]
    if chart.diagonal:
        shapes.append(
            {"type": "line", "x0": 0, "y0": 0, "x1": 1, "y1": 1, "layer": "below"}
            | {"line": {"dash": "dot", "width": 1.5}}
        )
    height = HEIGHT_PX
    if chart.sideways:
        height = 70 + ROW_PX * len(chart.x.names)
    return {
        "data": traces,
        "layout": {
            "xaxis": x,
            "yaxis": y,
            "shapes": shapes,
            "barmode": "group",
            "hovermode": "closest",
            "showlegend": False,  # the page has one that wraps
            "margin": {"l": 8, "r": 12, "t": 8, "b": 8},
        },
        "height": height,
    }


def plotly_script() -> str:
    """Return plotly.js.

    Raises:
        MissingDependencyError: If plotly is not installed.
    """
    return require("plotly.offline", extra="analyze").get_plotlyjs()


def plain(text: str) -> str:
    """Keep plotly, which reads some HTML in texts, from reading any in ours.

    >>> plain("<b>Boots</b> & co")
    '&lt;b&gt;Boots&lt;/b&gt; &amp; co'
    """
    return escape(text, quote=False)


def _axis(axis: Axis) -> Json:
    shown: Json = {
        "automargin": True,
        "zeroline": False,
        # Between two names there is nothing to zoom into.
        "fixedrange": bool(axis.names),
    }
    if axis.title:
        shown["title"] = {"text": plain(axis.title), "standoff": 8}
    if axis.names:
        shown |= {
            "tickmode": "array",
            "tickvals": list(range(len(axis.names))),
            "ticktext": [plain(name).replace("\n", "<br>") for name in axis.names],
            "range": [-0.6, len(axis.names) - 0.4],
        }
        return shown
    if axis.unit == "share":
        shown |= {"tickformat": ".1~%"}
    if axis.unit == "count":
        shown["tickformat"] = ",d"
    if axis.log:
        shown["type"] = "log"
    if axis.low is not None and axis.high is not None:
        # A little more than asked for, or marks at the ends would be cut in half.
        room = 0.02 * (axis.high - axis.low)
        shown["range"] = [axis.low - room, axis.high + room]
    elif axis.high is not None:
        # The data decide where it begins.
        shown |= {"range": [None, axis.high], "autorange": "min"}
    return shown


def _trace(series: Series, chart: Chart) -> Json:
    colour = COLOURS[series.colour % len(COLOURS)]
    x, y = list(series.x), list(series.y)
    trace: Json = {
        "x": y if chart.sideways else x,
        "y": x if chart.sideways else y,
        "name": plain(series.name),
        "text": [plain(tip) for tip in series.tips],
        # Without the box that plotly adds to a tip, which would name the series again.
        "hovertemplate": "%{text}<extra></extra>" if series.tips else None,
        "showlegend": False,
        "meta": {"legend": series.legend, "colour": colour},
    }
    error = _error(series)
    if error:
        trace["error_x" if chart.sideways else "error_y"] = error | {"color": colour}
    if series.kind == "bars":
        return trace | {
            "type": "bar",
            "orientation": "h" if chart.sideways else "v",
            "marker": {"color": colour},
            # The tips, which plotly would write into the bars as well.
            "textposition": "none",
        }
    symbol = SYMBOLS[series.colour % len(SYMBOLS)]
    modes = {"points": "markers", "line": "lines+markers" if series.marked else "lines"}
    return trace | {
        "type": "scatter",
        "mode": modes[series.kind],
        "line": {"color": colour, "width": 2, "dash": _dash(series)},
        "marker": {"color": colour, "size": 9, "symbol": symbol},
    }


def _dash(series: Series) -> str:
    if series.dashed:
        return "dash"
    # Beyond the last colour they begin again; then the dashes tell.
    return ("solid", "dot", "dashdot")[series.colour // len(COLOURS) % 3]


def _error(series: Series) -> Json:
    if not series.low or not series.high:
        return {}
    up, down = [], []
    for value, low, high in zip(series.y, series.low, series.high, strict=True):
        if value is None or low is None or high is None:
            # There must be as many ends as points; these make a bar that cannot be seen.
            low = value = high = 0.0
        # Moved back by its bias, an interval may lie beside its value.
        up.append(max(0.0, high - value))
        down.append(max(0.0, value - low))
    return {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "width": 3}


def _guide(value: float, *, sideways: bool) -> Json:
    # "paper" is the whole chart, however far the reader has zoomed in.
    line = {"type": "line", "layer": "below", "line": {"dash": "dot", "width": 1.5}}
    if sideways:
        return line | {"xref": "x", "yref": "paper", "x0": value, "x1": value, "y0": 0, "y1": 1}
    return line | {"xref": "paper", "yref": "y", "x0": 0, "x1": 1, "y0": value, "y1": value}
