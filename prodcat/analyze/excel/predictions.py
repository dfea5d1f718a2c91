"""The sheet of a run's predictions: right ones green, wrong ones red, to filter."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from prodcat.analyze.findings.summary import RunSummary
from prodcat.decision.accuracies import in_percent
from prodcat.excel.sheets import RIGHT, WRONG, Sheets, insert_picture, write_headings
from prodcat.runs.side import Side

if TYPE_CHECKING:
    from prodcat.analyze.pictures import PictureSource

MAX_PREDICTIONS = 100_000
"""Products of a run that are listed."""
MAX_PICTURES = 10_000
"""Products of a run that get their picture."""


def add_predictions(sheets: Sheets, run: RunSummary, pictures: "PictureSource | None") -> None:
    """Add the sheet of a run's predictions, with their pictures where a source is given."""
    side = run.side
    widths = _widths(side)
    headings = list(widths)[0 if pictures else 1 :]
    sheet = sheets.add(f"Predictions {run.name}")
    listed = min(len(side), MAX_PREDICTIONS)
    first = 0
    if listed < len(side):
        note = f"The first {listed:,} of {len(side):,} products; predictions.parquet has all."
        sheet.write_string(0, 0, note, sheets.red)
        first = 1
    write_headings(sheet, first, headings, sheets.head)
    sheet.freeze_panes(first + 1, 2 if pictures else 1)
    sheet.autofilter(first, 0, first + listed, len(headings) - 1)
    for column, heading in enumerate(headings):
        sheet.set_column(column, column, widths[heading])
    formats = {right: sheets.row_formats(RIGHT if right else WRONG) for right in (True, False)}
    cells = _cells(side)
    for row in range(listed):
        text, share = formats[bool(side.right[row])]
        place, column = first + 1 + row, 0
        if pictures:
            # The row has its colour to the edge, whether or not a picture covers the cell.
            sheet.write_blank(place, 0, None, text)
            if row < MAX_PICTURES:
                insert_picture(sheet, place, pictures.thumbnail(side.image_sha256[row]))
            column = 1
        for value in cells(row):
            if isinstance(value, str):
                sheet.write_string(place, column, value, text)
            else:
                sheet.write_number(place, column, value, share)
            column += 1


def _widths(side: Side) -> dict[str, int]:
    """Heading of each column → its width."""
    return {
        "picture": 12,
        "id": 18,
        "name": 45,
        "label": 45,
        "best leaf": 45,
        "right": 8,
        "probability": 11,
        **{f"answered at {in_percent(accuracy)}%": 11 for accuracy in side.thresholds},
        "answer": 45,
        "second best": 45,
        "its probability": 11,
        "parts used": 24,
    }


def _cells(side: Side) -> Callable[[int], Sequence[str | float]]:
    right, best, labels = side.right.tolist(), side.best.tolist(), side.labels.tolist()
    second = side.top[:, 1].tolist()
    answered = [side.answered(accuracy).tolist() for accuracy in side.thresholds]

    def cells(row: int) -> Sequence[str | float]:
        return (
            side.ids[row],
            side.names[row] or "",
            side.paths[labels[row]],
            side.paths[best[row]],
            "right" if right[row] else "wrong",
            float(side.probability[row]),
            *("yes" if of_accuracy[row] else "no" for of_accuracy in answered),
            side.answers[row],
            side.paths[second[row]] if second[row] >= 0 else "",
            float(side.top_probability[row, 1]),
            ", ".join(part for part, has in side.has.items() if has[row]),
        )

    return cells
