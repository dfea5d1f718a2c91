"""The input's own columns, read a second time to stand beside their answers.

Texts, numbers and whatever else there is are taken over as they were; pictures' bytes are not.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from prodcat.bulk.arrow_cells import (
    ArrowCells,
    ListedArrowCells,
    parquet_files,
    shared_schema,
)
from prodcat.bulk.cell_types import CellTypes
from prodcat.bulk.cell_values import picture_cell, whole_text
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import RawRow, reading

READ_ROWS = 2048
"""Rows that are read together where nothing else says how many."""

Columns = Any
"""An Arrow table, or for each column a list of what its cells hold."""


class InputCells(Protocol):
    """The rows of the input, from the first to the last."""

    names: tuple[str, ...]
    """Of the columns, as the input has them."""
    left_out: tuple[str, ...]
    """Columns that hold nothing but pictures' bytes."""

    def take(self, count: int, ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return the next rows, and how many they are.

        Args:
            count: How many; fewer come where there are no more.
            ids: Of the products that are answered among them.
        """


class ListedCells:
    """The rows of any kind of table, as Python has them."""

    def __init__(self, table: ProductTable) -> None:
        self.names = tuple(table.format.columns)
        self.left_out: tuple[str, ...] = ()
        self._pictures = set(table.columns.get("image", ()))
        self._rows = raw_rows(table, self.names)

    def take(self, count: int, _ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return the next rows as lists, one for each column."""
        rows = list(islice(self._rows, count))
        return self._columns(rows), len(rows)

    def _columns(self, rows: Sequence[RawRow]) -> list[list[Any]]:
        columns = []
        for name in self.names:
            cells = [row.values.get(name) for row in rows]
            clean = picture_cell if name in self._pictures else whole_text
            columns.append([clean(cell) for cell in cells])
        return columns


class CorpusCells(ListedCells):
    """The products of a corpus that has changed since: each is found by its id, or is gone."""

    def take(self, _count: int, ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return what the corpus holds now of the products with these ids."""
        rows = []
        for product_id in ids:
            row = None
            # Both are in the order of their ids, so what comes before is new since.
            while product_id is not None and (row := next(self._rows, None)):
                if str(row.values["id"]).strip() >= str(product_id):
                    break
            if row is not None and str(row.values["id"]).strip() == product_id:
                rows.append(row)
                continue
            rows.append(RawRow({"id": product_id}))
            if row is not None:
                self._rows = _before(row, self._rows)
        return self._columns(rows), len(rows)


class TypedCells:
    """Rows as an Arrow table, of types that fit all rows of the input."""

    def __init__(self, table: ProductTable, cells: ListedCells) -> None:
        self.names, self.left_out, self._cells = cells.names, cells.left_out, cells
        self._types = CellTypes(len(cells.names))
        # A Parquet file begins with its types, and a cell at the end may be unlike all others.
        before = ListedCells(table)
        while True:
            columns, count = before.take(READ_ROWS, ())
            if not count:
                break
            self._types.add(columns)

    def take(self, count: int, ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return the next rows as an Arrow table."""
        columns, rows = self._cells.take(count, ids)
        return self._types.table(columns), rows


def open_cells(table: ProductTable, *, as_arrow: bool, changed: bool = False) -> InputCells:
    """Open the input's columns.

    Args:
        table: The input.
        as_arrow: Give Arrow tables, not lists.
        changed: The input is a corpus that has changed since it was answered.
    """
    if files := parquet_files(table.format):
        schema = shared_schema(files)
        # Else the table has columns that are not those of its files, such as of folders' names.
        if schema is not None and sorted(schema.names) == sorted(table.format.columns):
            arrow_cells = ArrowCells(files, schema, table)
            return arrow_cells if as_arrow else ListedArrowCells(arrow_cells)
    cells = (CorpusCells if changed else ListedCells)(table)
    return TypedCells(table, cells) if as_arrow else cells


def raw_rows(table: ProductTable, columns: Sequence[str]) -> Iterator[RawRow]:
    """Yield a table's rows as they are."""
    with reading(table.path):
        yield from table.format.rows(list(columns), 0)


def _before(first: RawRow, rows: Iterator[RawRow]) -> Iterator[RawRow]:
    yield first
    yield from rows
