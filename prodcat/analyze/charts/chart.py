"""A chart as plain data, drawn alike by plotly on a page and by matplotlib in a file."""

from dataclasses import dataclass
from typing import Literal

COLOURS = (
    "#1f78b4",
    "#d95f02",
    "#1b9e77",
    "#c2569b",
    "#b58900",
    "#4fb3e8",
    "#8c6d46",
    "#7a7f87",
    "#7e6bc4",
    "#c0392b",
)
"""Told apart also by most of the colour-blind, and on white as on near black."""


@dataclass(frozen=True)
class Axis:
    """What is measured along one side, and in what unit."""

    title: str
    unit: Literal["share", "number", "count"] = "number"
    """A share is from 0 to 1 and is written in per cent."""
    low: float | None = None
    high: float | None = None
    """Ends of the axis; None lets the data decide."""
    log: bool = False
    names: tuple[str, ...] = ()
    """What stands at 0, 1, 2 …, where it is no number."""


@dataclass(frozen=True)
class Series:
    """Points that belong together."""

    name: str
    x: tuple[float, ...]
    y: tuple[float | None, ...]
    kind: Literal["line", "points", "bars"] = "line"
    colour: int = 0
    """Place in `COLOURS`, counted round; a run keeps its own in all charts."""
    low: tuple[float | None, ...] = ()
    high: tuple[float | None, ...] = ()
    """Ends of each value's interval; empty for none."""
    dashed: bool = False
    marked: bool = False
    """Of a line: each of its points has a mark."""
    tips: tuple[str, ...] = ()
    """What each point is, told when it is pointed at."""
    legend: str = ""
    """Name in the legend, if it is to stand there; series of equal name share one entry."""


@dataclass(frozen=True)
class Chart:
    """A chart with axes."""

    name: str
    """Of its file, and of its place in the page: letters, digits and hyphens."""
    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    note: str = ""
    """How many products it shows, and what a reader must know to read it."""
    sideways: bool = False
    """x runs from top to bottom, as suits long names; y from left to right."""
    diagonal: bool = False
    """With the line of y = x, to hold the series against."""
    guides: tuple[float, ...] = ()
    """Values of y at which a thin line runs across."""


@dataclass(frozen=True)
class MatrixChart:
    """What was answered for what: truth from top to bottom, answers from left to right."""

    name: str
    title: str
    labels: tuple[str, ...]
    # Those that there are: of all pairs of hundreds of categories, nearly none is ever confused.
    cells: tuple[tuple[int, int, int], ...]
    """Row, column and number of products, where there are any."""
    bounds: tuple[tuple[str, int, int], ...] = ()
    """Name, first row and row after the last of each group of rows."""
    note: str = ""
