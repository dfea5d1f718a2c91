"""Types of Arrow for columns whose cells may be anything, from one row to the next."""

from collections.abc import Sequence
from typing import Any

from prodcat.bulk.cell_values import flat_value
from prodcat.errors import require

EXACT = 2**53
"""Whole numbers up to here are the same as floats."""
LARGEST = 2**63 - 1


class CellTypes:
    """The types that all cells of each column fit in; text where there is none.

    Args:
        count: How many columns.
    """

    def __init__(self, count: int) -> None:
        self._arrow = require("pyarrow", extra="bulk")
        self._types: list[Any] = [self._arrow.null()] * count
        self._has_large = [False] * count

    def add(self, columns: Sequence[Sequence[Any]]) -> None:
        """Take more rows into account."""
        for index, cells in enumerate(columns):
            if self._types[index] is None:
                continue
            largest = max((abs(cell) for cell in cells if type(cell) is int), default=0)
            self._has_large[index] |= largest > EXACT
            kind = self._merged(self._types[index], self._type_of(cells))
            is_float = kind is not None and self._arrow.types.is_floating(kind)
            if largest > LARGEST or (is_float and self._has_large[index]):
                kind = None
            self._types[index] = kind

    def table(self, columns: Sequence[Sequence[Any]]) -> Any:
        """Return rows that were taken into account as an Arrow table."""
        arrays = [self._array(*pair) for pair in zip(columns, self._types, strict=True)]
        return self._arrow.Table.from_arrays(arrays, [str(i) for i in range(len(arrays))])

    def _array(self, cells: Sequence[Any], kind: Any) -> Any:
        if kind is not None and not self._arrow.types.is_null(kind):
            return self._arrow.array(cells, type=kind)
        return self._arrow.array([_text(cell) for cell in cells], type=self._arrow.string())

    def _type_of(self, cells: Sequence[Any]) -> Any:
        try:
            kind = self._arrow.array(cells).type
        except (self._arrow.ArrowException, OverflowError, TypeError, ValueError):
            return None
        # Parquet has no objects without any field.
        return None if "struct<>" in str(kind) else kind

    def _merged(self, one: Any, other: Any) -> Any:
        """Return a type for the cells of both; None where only text is one."""
        if other is None or one == other:
            return other
        schemas = [self._arrow.schema([("cell", kind)]) for kind in (one, other)]
        try:
            unified = self._arrow.unify_schemas(schemas, promote_options="permissive")
        except self._arrow.ArrowException:
            return None
        return unified.field("cell").type


def _text(cell: Any) -> str | None:
    flat = flat_value(cell)
    if isinstance(flat, bool):
        return str(flat).lower()
    return None if flat is None else str(flat)
