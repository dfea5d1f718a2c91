"""Answers as CSV: UTF-8 with the mark by which Excel knows it, and texts as they were."""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from prodcat.bulk.answers import OURS
from prodcat.bulk.cell_values import flat_value
from prodcat.bulk.joining import JoinedRows
from prodcat.bulk.outputs.about import About
from prodcat.excel.cells import FORMULA_SIGNS

FORMULAS = (
    "cells begin like a formula (= + - @) and are written as they were; to open the answers in a"
    " spreadsheet, write .xlsx, where no text is computed."
)
LEFT_OUT = "cells of bytes that are no text were left out."


def write_csv(file: Path, names: Sequence[str], rows: Iterator[JoinedRows], about: About) -> None:
    """Write the rows of OUT.

    Args:
        file: To write.
        names: Of the input's columns in OUT.
        rows: Their cells are lists.
        about: Is told of cells that a spreadsheet program would compute.
    """
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*names, *OURS])
        for row in rows:
            ours = (row.answers[name].to_pylist() for name in OURS)
            columns = [*row.cells, *ours]
            for cells in zip(*columns, strict=True):
                writer.writerow([csv_cell(cell, about) for cell in cells])


def csv_cell(cell: Any, about: About) -> str | int | float | None:
    """Return what to write for a cell."""
    value = flat_value(cell)
    if isinstance(value, str):
        if value.startswith(FORMULA_SIGNS) and not is_number(value):
            about.note(FORMULAS)
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None and isinstance(cell, bytes):
        about.note(LEFT_OUT)
    return value


def is_number(text: str) -> bool:
    """Tell a plain number, such as ``-9.90``, from what a spreadsheet program would compute.

    >>> is_number("-9.90"), is_number("-2+3"), is_number("=1")
    (True, False, False)
    """
    try:
        float(text)
    except ValueError:
        return False
    return True
