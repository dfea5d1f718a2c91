"""Answers beside the rows of the input that they are for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from prodcat.bulk.input_cells import Columns, InputCells
from prodcat.errors import InputError
from prodcat.product import PathLike

ROWS_AT_ONCE = 512
"""Few, as each may be long."""


@dataclass(frozen=True, eq=False)
class JoinedRows:
    """Some rows of OUT."""

    first: int
    """Number of the first; that of the input's first row is 1."""
    cells: Columns
    """Of the input."""
    answers: Any
    """An Arrow table of `prodcat.bulk.answers.part_schema`, one row for each of the input."""


def joined(cells: InputCells, parts: Iterable[Any], source: PathLike) -> Iterator[JoinedRows]:
    """Yield all rows of the input with their answers.

    Args:
        cells: The input's own columns.
        parts: The answers in the order of their rows, as Arrow tables.
        source: What to call the input in a message.

    Raises:
        InputError: If the input has fewer rows than were answered.
    """
    first = 1
    for part in parts:
        for start in range(0, max(1, part.num_rows), ROWS_AT_ONCE):
            answers = part.slice(start, ROWS_AT_ONCE)
            columns, count = cells.take(answers)
            if count < answers.num_rows:
                raise changed(source)
            yield JoinedRows(first, columns, answers)
            first += count


def changed(source: PathLike) -> InputError:
    """Return what to raise where the input is not what was answered."""
    return InputError(
        f"{source} changed while it was answered, so its rows and the answers do not belong"
        " together. Run the same again when nothing writes it any more."
    )
