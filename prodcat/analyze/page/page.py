"""What the page shows, in the order and the number in which it shows it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from prodcat.analyze.charts.chart import Chart
from prodcat.analyze.charts.of_one_run import category_chart, learning_charts, reliability_chart
from prodcat.analyze.charts.of_runs import (
    MAIN_MEASURES,
    class_size_chart,
    coverage_chart,
    difference_chart,
    distinct,
    measure_chart,
    parts_chart,
    progress_chart,
)
from prodcat.analyze.charts.plotly import to_plotly
from prodcat.analyze.findings.summary import (
    LEVELS,
    Comparison,
    ConfusedPair,
    Disagreement,
    Matrix,
    Mistake,
    RunSummary,
    Summary,
)
from prodcat.analyze.pictures import Album, PictureSource
from prodcat.measures.names import MEASURES, Measure
from prodcat.taxonomy.paths import split_path

MISTAKES = 60
PAIRS = 16
"""Confused pairs shown with examples."""
DISAGREEMENTS = 6
"""For each of two runs, products that it alone has right."""
PICTURE_BYTES = 6_500_000
"""Of all pictures of a page, as written in it."""
REACHED = {measure.reached for measure in MEASURES.values() if measure.reached}
"""Accuracies that are shown below the coverage that they came with, in no column of their own."""


@dataclass(frozen=True)
class Figure:
    """A chart with its place in the page."""

    id: str
    title: str
    note: str
    height: int


@dataclass(frozen=True)
class RunPage:
    """What the page shows of one run."""

    run: RunSummary
    learning: tuple[Figure, ...]
    reliability: Figure | None
    categories: Figure | None
    levels: tuple[str, ...]
    """Of the confusion matrices that it has."""
    confused: tuple[ConfusedPair, ...]
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class PairPage:
    """What the page shows of two runs."""

    pair: Comparison
    figure: Figure
    first: tuple[Disagreement, ...]
    """Products that the first run alone has right."""
    second: tuple[Disagreement, ...]


@dataclass(frozen=True)
class Page:
    """All that the template writes."""

    summary: Summary
    measures: dict[str, Measure]
    """Columns of the table of runs."""
    parts: tuple[str, ...]
    """Selections of parts that any run was measured with."""
    shared: dict[str, tuple[Figure, ...]]
    """Section → its charts of all runs."""
    runs: tuple[RunPage, ...]
    pairs: tuple[PairPage, ...]
    album: Album
    places: dict[str, int]
    """Hash of a picture → its place among the page's pictures."""
    data: dict[str, Any]
    """For the scripts."""


def build_page(summary: Summary, pictures: PictureSource | None) -> Page:
    """Choose what the page shows, and open its pictures."""
    book = _Book()
    shared = {
        "runs": book.all(measure_chart(summary, measure) for measure in MAIN_MEASURES),
        "coverage": book.all(coverage_chart(summary, level) for level in ("leaf", "parent")),
        # Of one run it would say what that run's own section does.
        "learning": book.all([progress_chart(summary)] if len(summary.runs) > 1 else []),
        "parts": book.all(parts_chart(summary, measure=m) for m in ("accuracy", "macro_f1")),
        "sizes": book.all([class_size_chart(summary)]),
    }
    runs = tuple(_run_page(book, i, run) for i, run in enumerate(summary.runs))
    pairs = tuple(_pair_page(book, i, pair) for i, pair in enumerate(summary.comparisons))
    # After everything is chosen: the album may fill up, and what comes first gets its picture.
    album = Album(pictures, max_bytes=PICTURE_BYTES)
    for id in _shown_products(runs, pairs):
        facts = summary.products.get(id)
        album.add(facts.image_sha256 if facts is not None else None)
    trees: list[dict[str, Any]] = []
    matrices = {
        f"{level}-{i}": _matrix_data(page.run.matrices[level], trees)
        for i, page in enumerate(runs)
        for level in page.levels
    }
    columns = [m for m in MEASURES if any(_has(run, m) for run in summary.runs)]
    return Page(
        summary=summary,
        measures={m: MEASURES[m] for m in columns if m not in REACHED},
        parts=tuple(distinct(part.name for run in summary.runs for part in run.selections)),
        shared=shared,
        runs=runs,
        pairs=pairs,
        album=album,
        places={sha256: place for place, sha256 in enumerate(album.pictures)},
        data={
            "charts": book.charts,
            "trees": trees,
            "matrices": matrices,
            "pictures": list(album.pictures.values()),
        },
    )


class _Book:
    """Collects the charts of the page for the script that draws them."""

    def __init__(self) -> None:
        self.charts: dict[str, Any] = {}

    def add(self, chart: Chart | None, suffix: str = "") -> Figure | None:
        if chart is None:
            return None
        id, drawn = chart.name + suffix, to_plotly(chart)
        self.charts[id] = {"data": drawn["data"], "layout": drawn["layout"]}
        return Figure(id, chart.title, chart.note, drawn["height"])

    def all(self, charts: Iterable[Chart | None], suffix: str = "") -> tuple[Figure, ...]:
        figures = (self.add(chart, suffix) for chart in charts)
        return tuple(figure for figure in figures if figure is not None)


def _has(run: RunSummary, measure: str) -> bool:
    return measure in run.measures and run.measures[measure].value is not None


def _run_page(book: _Book, place: int, run: RunSummary) -> RunPage:
    suffix = f"-{place}"
    return RunPage(
        run=run,
        learning=book.all(learning_charts(run), suffix),
        reliability=book.add(reliability_chart(run), suffix),
        categories=book.add(category_chart(run), suffix),
        levels=tuple(lv for lv in LEVELS if lv in run.matrices and run.matrices[lv].labels),
        confused=run.confused[:PAIRS],
        mistakes=run.mistakes[:MISTAKES],
    )


def _pair_page(book: _Book, place: int, pair: Comparison) -> PairPage:
    figure = book.add(difference_chart(pair), f"-{place}")
    # Two runs always have a difference to show.
    assert figure is not None
    return PairPage(
        pair,
        figure,
        *(
            tuple(product for product in pair.disagreements if product.right == side)[
                :DISAGREEMENTS
            ]
            for side in ("first", "second")
        ),
    )


def _shown_products(runs: Sequence[RunPage], pairs: Sequence[PairPage]) -> Iterable[str]:
    """Ids of what is shown with a picture, the first of every gallery before any's second."""
    galleries: list[list[str]] = []
    for page in runs:
        galleries.append([mistake.id for mistake in page.mistakes])
        galleries.append([id for pair in page.confused for id in pair.examples])
    for pair in pairs:
        galleries.extend([product.id for product in side] for side in (pair.first, pair.second))
    for rank in zip_longest(*galleries):
        yield from (id for id in rank if id is not None)


def _matrix_data(matrix: Matrix, trees: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a matrix for the script; runs of the same tree share it."""
    tree = {
        "labels": [split_path(path) for path in matrix.labels],
        "groups": [[split_path(g.path), g.depth, g.start, g.end] for g in matrix.groups],
    }
    if tree not in trees:
        trees.append(tree)
    return {
        "tree": trees.index(tree),
        # Flat: brackets around each three numbers would be a good part of a large page.
        "cells": [number for cell in matrix.cells for number in cell],
    }
