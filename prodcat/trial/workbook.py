"""An evaluation as a workbook: its sums, and the products with what each model says of them.

Texts are written as texts, never as formulas.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prodcat.excel.sheets import (
    ABSTAINED,
    RIGHT,
    WRONG,
    Sheets,
    insert_picture,
    open_sheets,
    write_headings,
    write_number,
)
from prodcat.taxonomy.paths import join_path
from prodcat.trial.result import Evaluation, ModelAnswer
from prodcat.wording import clean, p_value

MAX_PRODUCTS = 100_000
"""That are listed."""
COLOURS = {"right": RIGHT, "wrong": WRONG, "abstained": ABSTAINED}
PATH_LENGTH = 1000
LISTED_LABELS = 1000


def write_workbook(evaluation: Evaluation, file: Path) -> None:
    """Write an evaluation as a workbook.

    Raises:
        MissingDependencyError: If xlsxwriter is not installed.
    """
    with open_sheets(file, f"Evaluation of {evaluation.table}") as sheets:
        _sums(sheets, evaluation)
        _products(sheets, evaluation)
        _labels(sheets, evaluation)


class _Writer:
    """Writes a sheet row by row."""

    def __init__(self, sheet: Any) -> None:
        self.sheet, self.row = sheet, 0

    def line(self, values: Sequence[str | float | None], shapes: Sequence[Any] = ()) -> None:
        """Write a row of cells, in shapes where there are any."""
        for column, value in enumerate(values):
            shape = shapes[column] if column < len(shapes) else None
            if value == "":
                continue
            if isinstance(value, str):
                self.sheet.write_string(self.row, column, value, shape)
            else:
                write_number(self.sheet, self.row, column, value, shape)
        self.row += 1

    def headings(self, headings: Sequence[str], shape: Any) -> None:
        """Write a row of headings, after one that is empty."""
        self.row += 1
        write_headings(self.sheet, self.row, headings, shape)
        self.row += 1


def _sums(sheets: Sheets, evaluation: Evaluation) -> None:
    sheet = sheets.add("Sums")
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1 + 3 * len(evaluation.models), 14)
    to = _Writer(sheet)
    to.line([f"Evaluation of {evaluation.table}"], [sheets.bold])
    to.line([f"{evaluation.n:,} labelled products of {evaluation.rows:,} rows; 95 % intervals."])
    for note in evaluation.notes:
        to.line([note], [sheets.red])
    for model in evaluation.models:
        to.line([f"{model.name}: {model.promise}"])
    for title, of_taught in (
        ("all labelled products", False),
        ("products whose label is a leaf of the model", True),
    ):
        bounds = [h for m in evaluation.models for h in (m.name, "low", "high")]
        to.headings([title, *bounds], sheets.head)
        for name, measure in evaluation.titles.items():
            values: list[float | None] = []
            for model in evaluation.models:
                found = (model.taught if of_taught else model.measures).get(name)
                values += [found.value, found.low, found.high] if found else [None] * 3
            to.line([measure, *values], [None, *[sheets.share] * len(values)])
        counts = [model.n_taught if of_taught else evaluation.n for model in evaluation.models]
        to.line(["products", *(cell for n in counts for cell in (n, None, None))])
    for pair in evaluation.pairs:
        to.headings(["pair", "better", "only first right", "only second right", "p"], sheets.head)
        test = pair.mcnemar
        better = pair.better or "cannot be told"
        names = f"{pair.first} and {pair.second}"
        to.line([names, better, test.only_first, test.only_second, p_value(test.p)])
    if evaluation.left_out:
        to.headings(["rows with", "rows", "first rows", "takes part", "such as"], sheets.head)
        for reason in evaluation.left_out:
            rows = ", ".join(map(str, reason.rows))
            takes_part = "yes" if reason.answered else "no"
            to.line([reason.reason, reason.count, rows, takes_part, reason.example])


def _products(sheets: Sheets, evaluation: Evaluation) -> None:
    sheet = sheets.add("Products")
    pictures = any(product.picture for product in evaluation.products)
    columns = {"picture": 12} if pictures else {}
    columns |= {"row": 8, "id": 18, "name": 45, "right category": 45}
    for model in evaluation.models:
        columns |= {model.name: 45, f"{model.name}: outcome": 11, f"{model.name}: probability": 11}
    listed = min(evaluation.n, MAX_PRODUCTS)
    first = 0
    if listed < evaluation.n:
        note = f"The first {listed:,} of {evaluation.n:,} products; a .json file has all."
        sheet.write_string(0, 0, note, sheets.red)
        first = 1
    write_headings(sheet, first, columns, sheets.head)
    # Beside what is scrolled to stays what tells the product.
    sheet.freeze_panes(first + 1, list(columns).index("name") + 1)
    sheet.autofilter(first, 0, first + listed, len(columns) - 1)
    for column, width in enumerate(columns.values()):
        sheet.set_column(column, column, width)
    formats = {outcome: sheets.row_formats(colour) for outcome, colour in COLOURS.items()}
    plain = sheets.book.add_format({"valign": "top"})
    for place in range(listed):
        product, row, column = evaluation.products[place], first + 1 + place, 0
        if pictures:
            insert_picture(sheet, row, product.picture)
            column = 1
        sheet.write_number(row, column, product.number, plain)
        texts = (product.id, product.name, join_path(product.label))
        for text in texts:
            column += 1
            sheet.write_string(row, column, clean(text, PATH_LENGTH), plain)
        for model in evaluation.models:
            answer = model.answers[place]
            text_format, share_format = formats[answer.outcome]
            sheet.write_string(row, column + 1, answer_text(answer), text_format)
            sheet.write_string(row, column + 2, answer.outcome, text_format)
            sheet.write_number(row, column + 3, answer.probability, share_format)
            column += 3


def answer_text(answer: ModelAnswer) -> str:
    """Write an answer, or the best guess where there is none."""
    if answer.path:
        return clean(join_path(answer.path), PATH_LENGTH)
    guess = f"; best guess: {join_path(answer.leaf)}" if answer.leaf else ""
    return clean(f"({answer.reason or 'abstained'}{guess})", PATH_LENGTH)


def _labels(sheets: Sheets, evaluation: Evaluation) -> None:
    rows = [
        (
            names,
            clean(join_path(count.label), PATH_LENGTH),
            kind,
            count.products,
            clean(join_path(count.path), PATH_LENGTH) if counts is model.respelled else "",
        )
        for names, model in evaluation.label_groups
        for kind, counts in model.labels.items()
        for count in counts[:LISTED_LABELS]
    ]
    if not rows:
        return
    sheet = sheets.add("Labels")
    headings = ("model", "label", "is", "products", "in the tree")
    write_headings(sheet, 0, headings, sheets.head)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, len(rows), len(headings) - 1)
    for column, width in enumerate((18, 50, 28, 10, 50)):
        sheet.set_column(column, column, width)
    to = _Writer(sheet)
    to.row = 1
    for row in rows:
        to.line(row)
