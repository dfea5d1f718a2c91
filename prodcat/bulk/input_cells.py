"""The input's own columns, read a second time to stand beside their answers.

Texts, numbers and whatever else there is are taken over as they were; pictures' bytes are not.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from prodcat.bulk.arrow_cells import (
    ArrowCells,
    ListedArrowCells,
    parquet_files,
    plain_schema,
)
from prodcat.bulk.cell_types import CellTypes
from prodcat.bulk.cell_values import picture_cell, whole_text
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import RawRow, reading

READ_ROWS = 512
"""Rows whose types are found out together."""

MAX_CHARS = 1_000_000
"""Of a text. A small file may have a far longer one, which all its rows share."""
UNREAD = "rows have cells that could not be read, in columns that no answer needs."
TOO_LONG = f"cells of more than {MAX_CHARS:,} characters were left out."
TOO_DEEP = "cells of lists within lists, too deep to write, were left out."
Columns = Any
"""An Arrow table, or for each column a list of what its cells hold."""
Note = Callable[[str], None]


class InputCells(Protocol):
    """The rows of the input, from the first to the last."""

    names: tuple[str, ...]
    """Of the columns, as the input has them."""
    left_out: tuple[str, ...]
    """Columns that hold nothing but pictures' bytes."""

    def take(self, answers: Any, /) -> tuple[Columns, int]:
        """Return the rows that these answers are for, and how many there are of them.

        Args:
            answers: An Arrow table, of the rows behind those that were taken before.
        """


class ListedCells:
    """The rows of any kind of table, as Python has them.

    Args:
        table: The input.
        note: Is told of each cell that cannot be taken over.
    """

    def __init__(self, table: ProductTable, note: Note) -> None:
        # A field within another is there already, in the one that it is in.
        parts = getattr(table.format, "parts", [table.format])
        inner = {name for part in parts for name in getattr(part, "inner_columns", ())}
        self.names = tuple(name for name in table.format.columns if name not in inner)
        self.left_out: tuple[str, ...] = ()
        self._pictures = set(table.columns.get("image", ()))
        self._rows = raw_rows(table, self.names)
        self._note = note

    def take(self, answers: Any, /) -> tuple[Columns, int]:
        """Return the rows as lists, one for each column."""
        rows = []
        for error in answers["error"].to_pylist():
            if (row := next(self._rows, None)) is None:
                break
            # What an answer needed of a row was told with it.
            if any(wrong not in (error or "") for wrong in (*row.problems, row.error or "")):
                self._note(UNREAD)
            rows.append(self._cells(row))
        return self._columns(rows), len(rows)

    def read(self, count: int) -> list[list[Any]]:
        """Return the next rows, whatever the answers to them; none where there are no more."""
        rows = [self._cells(row) for row in islice(self._rows, count)]
        return self._columns(rows) if rows else []

    def _columns(self, rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
        return [[row[place] for row in rows] for place in range(len(self.names))]

    def _cells(self, row: RawRow) -> list[Any]:
        """Return the cells of a row, before the next one is read: it may have long ones."""
        cells = []
        for name in self.names:
            clean = picture_cell if name in self._pictures else whole_text
            cells.append(self._cleaned(clean, row.values.get(name)))
        return cells

    def _cleaned(self, clean: Callable[[Any], Any], cell: Any) -> Any:
        try:
            if isinstance(cell, str) and len(cell) > MAX_CHARS:
                self._note(TOO_LONG)
                return None
            return clean(cell)
        except RecursionError:
            self._note(TOO_DEEP)
            return None


class CorpusCells(ListedCells):
    """The products of a corpus that has changed since: each is found by its id, or is gone."""

    _ahead: RawRow | None = None

    def take(self, answers: Any, /) -> tuple[Columns, int]:
        """Return what the corpus holds now of the products that were answered."""
        rows = [self._cells(self._find(id)) for id in answers["id"].to_pylist()]
        return self._columns(rows), len(rows)

    def _find(self, product_id: str | None) -> RawRow:
        gone = RawRow({"id": product_id})
        # Both are in the order of their ids, so what comes before is new since.
        while product_id is not None:
            row = self._ahead or next(self._rows, None)
            if row is None:
                return gone
            self._ahead = None
            if (stored := str(row.values["id"]).strip()) == product_id:
                return row
            if stored > product_id:
                self._ahead = row
                return gone
        return gone


class TypedCells:
    """Rows as an Arrow table, of types that fit all rows of the input.

    Args:
        cells: The rows.
        before: The same, to be read to the end before.
    """

    def __init__(self, cells: ListedCells, before: ListedCells) -> None:
        self.names, self.left_out, self._cells = cells.names, cells.left_out, cells
        self._types = CellTypes(len(cells.names))
        # A Parquet file begins with its types, and a cell at the end may be unlike all others.
        while columns := before.read(READ_ROWS):
            self._types.add(columns)

    def take(self, answers: Any, /) -> tuple[Columns, int]:
        """Return the rows as an Arrow table."""
        columns, count = self._cells.take(answers)
        return self._types.table(columns), count


def open_cells(
    table: ProductTable, note: Note, *, as_arrow: bool, changed: bool = False
) -> InputCells:
    """Open the input's columns.

    Args:
        table: The input.
        note: Is told of each cell that cannot be taken over.
        as_arrow: Give Arrow tables, not lists.
        changed: The input is a corpus that has changed since it was answered.
    """
    if (schema := plain_schema(files := parquet_files(table.format))) is not None:
        arrow_cells = ArrowCells(files, schema, table)
        # Else the table has columns that are not those of its files, such as of folders' names.
        if {*schema.names} == {*ListedCells(table, note).names}:
            return arrow_cells if as_arrow else ListedArrowCells(arrow_cells)
    cells = (CorpusCells if changed else ListedCells)(table, note)
    return TypedCells(cells, ListedCells(table, lambda _: None)) if as_arrow else cells


def raw_rows(table: ProductTable, columns: Sequence[str]) -> Iterator[RawRow]:
    """Yield a table's rows as they are."""
    with reading(table.path):
        yield from table.format.rows(list(columns), 0)
