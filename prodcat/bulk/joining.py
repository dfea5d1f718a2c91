"""Answers beside the rows of the input that they are for."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from prodcat.bulk.input_cells import Columns, InputCells
from prodcat.errors import InputError, require
from prodcat.product import PathLike


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

    A row that continues the product of the row above it, as a further variant does, has no
    answer of its own and gets that of its product.

    Args:
        cells: The input's own columns.
        parts: The answers in the order of their rows, as Arrow tables.
        source: What to call the input in a message.

    Raises:
        InputError: If the input has fewer rows than were answered.
    """
    first = 1
    for answers, following in with_following(parts):
        if not answers.num_rows:  # of a table without any
            yield JoinedRows(first, cells.take(0, ())[0], answers)
            return
        stop = None if following is None else following["row"][0].as_py()
        ids = answers["id"].to_pylist()
        columns, count = cells.take(None if stop is None else stop - first, ids)
        last = answers["row"][-1].as_py()
        if first + count <= last:
            raise changed(source)
        yield JoinedRows(first, columns, spread(answers, first, count))
        first += count


def with_following(parts: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Yield each with the one behind it, None for the last.

    >>> list(with_following("ab"))
    [('a', 'b'), ('b', None)]
    """
    before = None
    for part in parts:
        if before is not None:
            yield before, part
        before = part
    if before is not None:
        yield before, None


def spread(answers: Any, first: int, count: int) -> Any:
    """Give each row its answer, or that of the last row before it which has one.

    Args:
        answers: Some of the rows' answers.
        first: Number of the first row.
        count: How many rows.
    """
    if answers.num_rows == count:
        return answers
    places = np.searchsorted(
        answers["row"].to_numpy(), np.arange(first, first + count), side="right"
    )
    arrow = require("pyarrow", extra="bulk")
    return answers.take(arrow.array(np.maximum(places - 1, 0)))


def changed(source: PathLike) -> InputError:
    """Return what to raise where the input is not what was answered."""
    return InputError(
        f"{source} changed while it was answered, so its rows and the answers do not belong"
        " together. Run the same again when nothing writes it any more."
    )
