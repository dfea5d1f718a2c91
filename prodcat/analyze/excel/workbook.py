"""A report as an Excel workbook: measures, predictions to filter, confusion matrices.

Texts are written as texts, never as formulas, and the same report gives the same bytes.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from prodcat.analyze.excel.predictions import add_predictions
from prodcat.analyze.findings.summary import LEVELS, Matrix, RunSummary, Summary
from prodcat.excel.sheets import (
    COLUMNS,
    Sheets,
    open_sheets,
    write_headings,
    write_number,
)
from prodcat.measures.interval import Interval
from prodcat.measures.names import MEASURES

if TYPE_CHECKING:
    from prodcat.analyze.pictures import PictureSource

COSTS: dict[str, Callable[[RunSummary], float | None]] = {
    "seconds": lambda run: run.training.seconds,
    "epochs": lambda run: run.training.epochs,
    "one product ms": lambda run: run.cost.one_product_ms,
    "products per s": lambda run: run.cost.products_per_s,
    "model bytes": lambda run: run.cost.model_bytes,
    "peak memory mb": lambda run: run.cost.peak_memory_mb,
}
"""Heading → what training took, and what using the model takes."""


def write_excel(summary: Summary, file: Path, *, pictures: "PictureSource | None" = None) -> None:
    """Write a report as a workbook.

    Sheets: the runs' measures, also with parts withheld, the pairs of runs, and for each
    run its predictions, right
    ones green and wrong ones red, and its confusion matrix at each level. Of more products
    than a sheet can bear, the first are listed and the sheet says so.

    Args:
        summary: What it says.
        file: To write.
        pictures: Where to find the products' pictures, to put them into their rows.

    Raises:
        MissingDependencyError: If xlsxwriter is not installed.
    """
    with open_sheets(file, summary.title) as sheets:
        _measures(sheets, summary)
        _parts_given(sheets, summary)
        _pairs(sheets, summary)
        for run in summary.runs:
            add_predictions(sheets, run, pictures)
        for run in summary.runs:
            for level in LEVELS:
                _matrix(sheets, run, level, run.matrices[level])


def _measures(sheets: Sheets, summary: Summary) -> None:
    sheet = sheets.add("Measures")
    side = "test" if summary.side == "test" else "validation"
    sheet.write_string(0, 0, summary.title, sheets.bold)
    row = 1
    for mark in summary.marks:
        sheet.write_string(row, 0, mark, sheets.red)
        row += 1
    about = f"{summary.n:,} {side} products, {summary.classes:,} categories; 95 % intervals."
    for line in (about, *summary.notes):
        sheet.write_string(row, 0, line)
        row += 1
    names = [name for name in MEASURES if any(name in run.measures for run in summary.runs)]
    headings = ["run", "N"]
    for name in names:
        headings += [MEASURES[name].title, "low", "high"]
    headings += [*COSTS, *summary.differing, "warnings"]
    row += 1
    write_headings(sheet, row, headings[:COLUMNS], sheets.head)
    sheet.freeze_panes(row + 1, 1)
    sheet.autofilter(row, 0, row + len(summary.runs), min(len(headings), COLUMNS) - 1)
    sheet.set_column(0, 0, 28)
    for place, run in enumerate(summary.runs, row + 1):
        sheet.write_string(place, 0, run.name, sheets.bold)
        sheet.write_number(place, 1, run.n)
        column = 2
        for name in names:
            interval = run.measures.get(name, Interval())
            shape = sheets.best if name in run.best_in else sheets.share
            for value in (interval.value, interval.low, interval.high):
                write_number(sheet, place, column, value, shape)
                column += 1
        for cost_of in COSTS.values():
            write_number(sheet, place, column, cost_of(run))
            column += 1
        for text in (*(run.settings.get(k, "") for k in summary.differing), " ".join(run.warnings)):
            if column < COLUMNS:
                sheet.write_string(place, column, text)
            column += 1
    for place, folder in enumerate(summary.skipped, row + len(summary.runs) + 2):
        sheet.write_string(place, 0, folder.path)
        sheet.write_string(place, 1, f"left out: {folder.reason}")


def _parts_given(sheets: Sheets, summary: Summary) -> None:
    sheet = sheets.add("Parts given")
    rows = [(run.name, selection) for run in summary.runs for selection in run.selections]
    names = [name for name in MEASURES if any(name in part.measures for _, part in rows)]
    write_headings(
        sheet, 0, ["run", "given", "N", *(MEASURES[name].title for name in names)], sheets.head
    )
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 1, 28)
    sheet.autofilter(0, 0, len(rows), len(names) + 2)
    for row, (name, selection) in enumerate(rows, 1):
        sheet.write_string(row, 0, name)
        sheet.write_string(row, 1, selection.name)
        sheet.write_number(row, 2, selection.n)
        for column, measure in enumerate(names, 3):
            value = selection.measures.get(measure, Interval()).value
            write_number(sheet, row, column, value, sheets.share)


def _pairs(sheets: Sheets, summary: Summary) -> None:
    if not summary.comparisons:
        return
    sheet = sheets.add("Pairs")
    names = list(dict.fromkeys(m for pair in summary.comparisons for m in pair.differences))
    headings = ["first", "second", "N"]
    for name in names:
        headings += [f"{MEASURES[name].title}, second less first", "low", "high", "p"]
    headings += ["only first right", "only second right", "McNemar's p"]
    write_headings(sheet, 0, headings, sheets.head)
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, 1, 28)
    sheet.autofilter(0, 0, len(summary.comparisons), len(headings) - 1)
    for row, pair in enumerate(summary.comparisons, 1):
        sheet.write_string(row, 0, pair.first)
        sheet.write_string(row, 1, pair.second)
        sheet.write_number(row, 2, pair.n)
        column = 3
        for name in names:
            if difference := pair.differences.get(name):
                shape = sheets.best if difference.significant else sheets.share
                for value in (difference.value, difference.low, difference.high):
                    write_number(sheet, row, column, value, shape)
                    column += 1
                write_number(sheet, row, column, difference.p, sheets.p)
                column += 1
            else:
                # The cells of value, ends and p stay empty, and the next measure keeps its columns.
                column += 4
        sheet.write_number(row, column, pair.mcnemar.only_first)
        sheet.write_number(row, column + 1, pair.mcnemar.only_second)
        sheet.write_number(row, column + 2, pair.mcnemar.p, sheets.p)


def _matrix(sheets: Sheets, run: RunSummary, level: str, matrix: Matrix) -> None:
    sheet = sheets.add(f"{level.capitalize()} {run.name}")
    if len(matrix.labels) >= COLUMNS:
        sheet.write_string(0, 0, "More categories than Excel has columns.", sheets.red)
        return
    sheet.write_string(0, 0, "label in rows, answer in columns", sheets.head)
    sheet.set_column(0, 0, 45)
    sheet.set_column(1, max(len(matrix.labels), 1), 5)
    sheet.freeze_panes(1, 1)
    for place, label in enumerate(matrix.labels, 1):
        sheet.write_string(0, place, label, sheets.turned)
        sheet.write_string(place, 0, label, sheets.bold)
    # Zeros are not written: nearly all cells of a large matrix would be one.
    for row, column, n in matrix.cells:
        sheet.write_number(row + 1, column + 1, n, sheets.diagonal if row == column else sheets.off)
