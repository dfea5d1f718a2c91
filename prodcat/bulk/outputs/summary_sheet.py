"""The sheet of a workbook that says how many rows pass, how many need a person, and why."""

from collections.abc import Mapping
from typing import Any

from prodcat.bulk.outputs.about import About
from prodcat.excel.sheets import Sheets, write_headings
from prodcat.product import FOREIGN, UNREAD, UNSURE
from prodcat.wording import clean

MEANINGS = {
    "sure": "pass: answered",
    UNSURE: "need a person: no category is probable enough",
    FOREIGN: "need a person: unlike anything that the model learnt",
    UNREAD: "need a person: nothing could be read",
}
"""Outcome of a row → what the sheet says of it."""
TEXT_CHARS = 1000


def add_summary(sheets: Sheets, colours: Mapping[str, str], about: About) -> None:
    """Add the sheet.

    Args:
        sheets: Of the workbook.
        colours: Outcome of a row → the colour of its answer, which the sheet explains.
        about: What to say; all rows are counted.
    """
    sheet, counts = sheets.add("Summary"), about.counter.counts()
    sheet.set_column(0, 0, 52)
    sheet.set_column(1, 2, 12)
    sheet.set_column(3, 3, 26)
    sheet.set_column(4, 4, 80)
    place = 0

    def line(*values: Any, shape: Any = None, share: int | None = None) -> None:
        nonlocal place
        for column, value in enumerate(values):
            if isinstance(value, str):
                sheet.write_string(place, column, clean(value, TEXT_CHARS), shape)
            elif value is not None:
                sheet.write_number(place, column, value, sheets.share if column == share else None)
        place += 1

    line(f"Answers for {about.source}", shape=sheets.bold)
    line(f"model: {about.model}")
    line(f"its fingerprint: {about.fingerprint}")
    line(f"asked for: {about.rule}")
    place += 1
    write_headings(sheet, place, ("rows that", "rows", "share"), sheets.head)
    place += 1
    numbers = {"sure": counts.answered, **counts.reasons}
    for outcome, number in numbers.items():
        shape = sheets.book.add_format({"bg_color": colours.get(outcome, colours[UNSURE])})
        share = number / counts.rows if counts.rows else None
        line(
            MEANINGS.get(outcome, f"need a person: {outcome}"), number, share, shape=shape, share=2
        )
    share = counts.abstained / counts.rows if counts.rows else None
    line("need a person, all together", counts.abstained, share, share=2)
    line("all rows", counts.rows)
    if counts.problems:
        place += 1
        headings = ("what could not be read", "rows", "of these answered", "first rows", "such as")
        write_headings(sheet, place, headings, sheets.head)
        place += 1
        for problem in counts.problems:
            rows = ", ".join(map(str, problem.rows))
            line(problem.reason, problem.count, problem.answered, rows, problem.example)
        line("The first row below the headings is row 1. A row may have several of these.")
    if about.told():
        place += 1
        for sentence in about.told():
            line(sentence, shape=sheets.red)
