"""Answers as columns of a table, and the names that they leave to the input's own."""

from collections.abc import Sequence
from typing import Any

from prodcat.errors import InputError, require
from prodcat.inputs.thumbnails import make_thumbnail
from prodcat.product import Prediction
from prodcat.tables.rows import TableRow
from prodcat.taxonomy.paths import join_path
from prodcat.wording import encodable

OURS = (
    "category",
    "probability",
    "abstained",
    "reason",
    "leaf",
    "leaf_probability",
    "alternatives",
    "error",
)
"""Columns of OUT that follow those of the input."""
SUFFIX = "_input"
"""What a column of the input is called by in OUT, if one of ours has its name."""
MAX_PICTURES = 10_000
"""Rows that get their picture, from the first on; each takes a few kilobytes of memory."""


def answer_schema() -> Any:
    """Types of the columns that are ours."""
    arrow = require("pyarrow", extra="bulk")
    alternative = arrow.struct([("path", arrow.string()), ("probability", arrow.float64())])
    types = (
        arrow.string(),
        arrow.float64(),
        arrow.bool_(),
        arrow.string(),
        arrow.string(),
        arrow.float64(),
        arrow.list_(alternative),
        arrow.string(),
    )
    return arrow.schema(list(zip(OURS, types, strict=True)))


def part_schema() -> Any:
    """Columns of a part: ours, behind what finds their row of the input again."""
    arrow = require("pyarrow", extra="bulk")
    return arrow.schema(
        [
            ("row", arrow.int64()),
            ("id", arrow.string()),
            # A small JPEG, where pictures are to be shown.
            ("picture", arrow.binary()),
            *answer_schema(),
        ]
    )


def answer_table(
    rows: Sequence[TableRow], predictions: Sequence[Prediction], *, pictures: bool = False
) -> Any:
    """Return the rows of a part as an Arrow table.

    Args:
        rows: That were answered.
        predictions: An answer to each.
        pictures: Put a small picture beside each answer, as far as there is room.
    """
    cells = [
        {
            "row": row.number,
            "id": row.id or None,
            "picture": thumbnail(row) if pictures and row.number <= MAX_PICTURES else None,
            **answer_row(prediction),
        }
        for row, prediction in zip(rows, predictions, strict=True)
    ]
    # By the schema: of a batch that abstains throughout, Arrow would make columns of nulls, which
    # do not fit beside those of other batches.
    return require("pyarrow", extra="bulk").Table.from_pylist(cells, schema=part_schema())


def answer_row(prediction: Prediction) -> dict[str, Any]:
    """Return our columns of one row.

    >>> row = answer_row(Prediction(("Bags",), 0.9))
    >>> row["category"], row["reason"], row["leaf"]
    ('Bags', None, None)
    """
    alternatives = [
        {"path": join_path(a.path), "probability": a.probability} for a in prediction.alternatives
    ]
    # Of a product without any readable part there is no probability, not one of 0.
    unread = prediction.abstained and not alternatives
    return {
        "category": join_path(prediction.path) if prediction.path else None,
        "probability": None if unread else prediction.probability,
        "abstained": prediction.abstained,
        "reason": prediction.reason,
        "leaf": alternatives[0]["path"] if alternatives else None,
        "leaf_probability": alternatives[0]["probability"] if alternatives else None,
        "alternatives": alternatives,
        "error": prediction.error,
    }


def thumbnail(row: TableRow) -> bytes | None:
    """Return the row's picture as a small JPEG; None where there is none, or it is broken."""
    if row.image is None:
        return None
    try:
        return make_thumbnail(row.image)
    except InputError:  # what reads it for the model says so
        return None


def output_names(columns: Sequence[str]) -> list[str]:
    """Return what the input's columns are called in OUT, each by another name than ours.

    Halves of surrogate pairs, which JSON can hold and no file takes, become question marks.

    >>> output_names(["id", "Category", "category_input", "error", "id"])
    ['id', 'Category_input_2', 'category_input', 'error_input', 'id_2']
    """
    columns = [encodable(name) for name in columns]
    # Names that differ in case alone are one name to many a database, and to most people.
    free = [name for name in columns if name.casefold() not in OURS]
    taken = {*OURS, *(name.casefold() for name in free)}
    names: dict[str, None] = {}
    # A table may have thousands of columns of one name.
    numbers: dict[str, int] = {}
    for name in columns:
        ours = name.casefold() in OURS
        plain = name + SUFFIX if ours else name
        new, number = plain, numbers.get(plain, 1)
        while new in names or (ours and new.casefold() in taken):
            number += 1
            new = f"{plain}_{number}"
        numbers[plain] = number
        names[new] = None
        taken.add(new.casefold())
    return list(names)
