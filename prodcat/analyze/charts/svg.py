"""Charts as small SVG files, for Markdown; equal charts give equal bytes."""

import io
import re
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.analyze.charts.chart import COLOURS, Axis, Chart, MatrixChart, Series
from prodcat.analyze.charts.of_one_run import learning_charts, matrix_chart, reliability_chart
from prodcat.analyze.charts.of_runs import (
    MAIN_MEASURES,
    class_size_chart,
    coverage_chart,
    measure_chart,
    parts_chart,
    progress_chart,
)
from prodcat.analyze.findings.summary import RunSummary, Summary
from prodcat.errors import AnalyzeError, require
from prodcat.files import write_whole
from prodcat.taxonomy.paths import split_path
from prodcat.wording import shorten

MARKERS = "osD^XP*h"
GREY = "#9a9fa6"
NUMBERED = 25
"""A matrix of at most so many categories names them and shows its numbers."""
STYLE = {
    # Names within the file come from it, else from chance: equal charts are equal bytes.
    "svg.hashsalt": "prodcat",
    # Texts stay texts: smaller than outlines, and to be searched.
    "svg.fonttype": "none",
    "font.family": ["DejaVu Sans"],
    "font.size": 9,
    # A run called $x$ is no formula.
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e4e6e9",
    "axes.edgecolor": GREY,
    "figure.facecolor": "white",
    "path.simplify": True,
}

# Characters that no XML file may hold.
FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_charts(summary: Summary, folder: Path) -> dict[str, Path]:
    """Write the charts of a report as SVG files.

    Those of a single run are named after its place in the report, ``run-1-…``.

    Args:
        summary: What the report says.
        folder: Where to write; made where it is not there.

    Returns:
        Name of each chart → its file, in the order in which they are to be shown.

    Raises:
        AnalyzeError: If a file cannot be written.
        MissingDependencyError: If matplotlib is not installed.
    """
    written: dict[str, Path] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, chart in report_charts(summary).items():
            path = folder / f"{name}.svg"
            write_whole(path, draw_svg(chart))
            written[name] = path
    except OSError as error:
        raise AnalyzeError(f"Cannot write the charts in {folder}: {error.strerror}.") from error
    return written


def report_charts(summary: Summary) -> dict[str, Chart | MatrixChart]:
    """Return all the charts of a report by the names of their files."""
    shared = [
        *(measure_chart(summary, measure) for measure in MAIN_MEASURES),
        coverage_chart(summary, "leaf"),
        coverage_chart(summary, "parent"),
        progress_chart(summary),
        class_size_chart(summary),
        parts_chart(summary),
    ]
    charts: dict[str, Chart | MatrixChart] = {c.name: c for c in shared if c is not None}
    for place, run in enumerate(summary.runs, start=1):
        charts |= {f"run-{place}-{chart.name}": chart for chart in _of_run(run)}
    return charts


def _of_run(run: RunSummary) -> Iterator[Chart | MatrixChart]:
    charts = (
        *learning_charts(run)[:1],
        reliability_chart(run),
        *(matrix_chart(run, level) for level in ("leaf", "top")),
    )
    yield from (chart for chart in charts if chart is not None)


def draw_svg(chart: Chart | MatrixChart) -> bytes:
    """Draw a chart as an SVG file.

    Raises:
        MissingDependencyError: If matplotlib is not installed.
    """
    matplotlib = require("matplotlib", extra="analyze")
    figures = require("matplotlib.figure", extra="analyze")
    with matplotlib.rc_context(STYLE), _any_script():
        figure = figures.Figure(figsize=_size(chart), layout="constrained")
        axes = figure.subplots()
        if isinstance(chart, MatrixChart):
            _draw_matrix(axes, chart)
        else:
            _draw_chart(figure, axes, chart)
        figure.suptitle(_clean(chart.title), x=0.01, ha="left", fontsize=10, fontweight="bold")
        if chart.note:
            # About 15 letters of this size go into an inch.
            width = round(15 * (figure.get_figwidth() - (2 if _is_sideways(chart) else 0.4)))
            note = textwrap.fill(_clean(chart.note), max(width, 30))
            axes.set_title(note, loc="left", fontsize=7.5, color="#5b6067")
        out = io.BytesIO()
        # Neither the hour nor the version of matplotlib, which would change equal charts.
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return out.getvalue()


@contextmanager
def _any_script() -> Iterator[None]:
    """Names may be of any script; the reader's fonts draw them, not ours."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph", category=UserWarning)
        warnings.filterwarnings("ignore", message="Matplotlib currently does not support")
        yield


def _is_sideways(chart: Chart | MatrixChart) -> bool:
    return isinstance(chart, Chart) and chart.sideways


def _size(chart: Chart | MatrixChart) -> tuple[float, float]:
    if isinstance(chart, MatrixChart):
        side = 7.0 if len(chart.labels) > NUMBERED else 2.6 + 0.36 * len(chart.labels)
        return side, side
    if chart.sideways:
        return 6.4, 1.4 + 0.24 * len(chart.x.names)
    return 6.4, 3.8


def _draw_chart(figure: Any, axes: Any, chart: Chart) -> None:
    for series in chart.series:
        _draw_series(axes, series, sideways=chart.sideways)
    for value in chart.guides:
        (axes.axvline if chart.sideways else axes.axhline)(value, color=GREY, ls=":", lw=1)
    if chart.diagonal:
        axes.axline((0, 0), (1, 1), color=GREY, ls=":", lw=1)
    x, y = (axes.yaxis, axes.xaxis) if chart.sideways else (axes.xaxis, axes.yaxis)
    _set_axis(axes, x, chart.x, "y" if chart.sideways else "x")
    _set_axis(axes, y, chart.y, "x" if chart.sideways else "y")
    if chart.sideways:
        axes.invert_yaxis()
    handles, labels = axes.get_legend_handles_labels()
    # By name: the line of a run and its marks are one entry.
    entries = dict(zip(labels, handles, strict=True))
    if len(entries) > 1:
        # Below the axes: within them it would cover points, the more the more runs there are.
        figure.legend(
            entries.values(),
            entries.keys(),
            loc="outside lower left",
            ncols=2 if max(map(len, entries)) > 14 else 4,
            frameon=False,
            fontsize=8,
        )


def _draw_series(axes: Any, series: Series, *, sideways: bool) -> None:
    colour = COLOURS[series.colour % len(COLOURS)]
    marker = MARKERS[series.colour % len(MARKERS)]
    y = [np.nan if value is None else value for value in series.y]
    label = _clean(series.legend) or None
    if label is not None and label.startswith("_"):
        label = f"\u200b{label}"  # matplotlib keeps names with an underscore to itself
    if series.kind == "bars":
        (axes.barh if sideways else axes.bar)(series.x, y, color=colour, label=label)
        return
    line = "none" if series.kind == "points" else ("--" if series.dashed else "-")
    shown = series.kind == "points" or series.marked
    axes.errorbar(
        *((y, series.x) if sideways else (series.x, y)),
        **{"xerr" if sideways else "yerr": _error(series)},
        color=colour,
        ls=line,
        marker=marker if shown else "none",
        ms=5,
        lw=1.5,
        elinewidth=1.2,
        capsize=2,
        label=label,
    )


def _error(series: Series) -> Any:
    if not series.low or not series.high:
        return None
    rows = [
        (0.0, 0.0) if v is None or low is None or high is None else (v - low, high - v)
        for v, low, high in zip(series.y, series.low, series.high, strict=True)
    ]
    # An end moved back by its bias may lie beyond the value, and matplotlib refuses such bars.
    return np.maximum(np.array(rows, dtype=float).T, 0.0)


def _set_axis(axes: Any, shown: Any, axis: Axis, side: str) -> None:
    ticker = require("matplotlib.ticker", extra="analyze")
    shown.label.set_text(_clean(axis.title))
    if axis.names:
        limits = (-0.6, len(axis.names) - 0.4)
        getattr(axes, f"set_{side}lim")(limits)
        shown.set_ticks(range(len(axis.names)), [_clean(name) for name in axis.names], fontsize=8)
        return
    if axis.log:
        getattr(axes, f"set_{side}scale")("log")
    if axis.low is not None or axis.high is not None:
        # So that marks at the ends are not cut in half.
        room = 0.02 * ((1.0 if axis.high is None else axis.high) - (axis.low or 0.0))
        ends = {
            "left" if side == "x" else "bottom": None if axis.low is None else axis.low - room,
            "right" if side == "x" else "top": None if axis.high is None else axis.high + room,
        }
        getattr(axes, f"set_{side}lim")(**ends)
    if axis.unit == "share":
        shown.set_major_formatter(ticker.PercentFormatter(1.0, decimals=None, symbol=" %"))
    if axis.unit == "count":
        shown.set_major_locator(ticker.MaxNLocator(integer=True))


def _draw_matrix(axes: Any, chart: MatrixChart) -> None:
    """Blue where right, red where wrong, the darker the larger the share of the row."""
    # A cell is a pixel: a drawn square for each would make a file of megabytes.
    pixels, numbers = matrix_pixels(chart), len(chart.labels) <= NUMBERED
    axes.imshow(pixels, interpolation="none", aspect="equal", resample=False)
    axes.grid(visible=False)
    axes.set_xlabel("Answer")
    axes.set_ylabel("Label")
    if numbers:
        names = [_clean(shorten(split_path(path)[-1], 18)) for path in chart.labels]
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
        axes.set_yticks(range(len(names)), names, fontsize=8)
        for row, column, count in chart.cells:
            # Of three colours of up to 255: on less than this, dark numbers cannot be read.
            dark = pixels[row, column].sum() < 330
            colour = "white" if dark else "#22262b"
            axes.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=7)
        return
    axes.set_xticks([(a + b - 1) / 2 for _, a, b in chart.bounds])
    names = [_clean(shorten(name, 18)) for name, _, _ in chart.bounds]
    axes.set_xticklabels(names, fontsize=8)
    axes.set_yticks([(a + b - 1) / 2 for _, a, b in chart.bounds], names, fontsize=8)
    axes.tick_params(length=0)
    for _, start, _ in chart.bounds[1:]:
        axes.axhline(start - 0.5, color=GREY, lw=0.6)
        axes.axvline(start - 0.5, color=GREY, lw=0.6)


def matrix_pixels(chart: MatrixChart) -> Any:
    """Return the picture of a matrix, (rows, columns, 3) of uint8."""
    size = len(chart.labels)
    counts = np.zeros((size, size))
    for row, column, count in chart.cells:
        counts[row, column] = count
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    # Never quite white, and by the root: a single mistake in a large row is seen too.
    strength = np.where(counts > 0, 0.25 + 0.75 * np.sqrt(share), 0.0)[..., None]
    ink = np.where(np.eye(size, dtype=bool)[..., None], (31, 90, 150), (200, 40, 20))
    return (255 - strength * (255 - ink)).round().astype(np.uint8)


def _clean(text: str) -> str:
    return FORBIDDEN.sub("\ufffd", text)
