"""The input's own columns, read a second time to stand beside their answers.

Texts, numbers and whatever else there is are taken over as they were; pictures' bytes are not.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Protocol

from prodcat.bulk.cell_types import CellTypes
from prodcat.bulk.cell_values import MAX_PICTURE_CHARS, picture_cell, whole_text
from prodcat.errors import require
from prodcat.tables.files_table import FilesTable
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import RawRow, TableFormat, reading

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

    def take(self, count: int | None, ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return the next rows, and how many they are.

        Args:
            count: How many; None for all that are left.
            ids: Of the products that are answered among them.
        """


class ListedCells:
    """The rows of any kind of table, as Python has them."""

    def __init__(self, table: ProductTable) -> None:
        self.left_out = picture_columns(table)
        self.names = tuple(c for c in table.format.columns if c not in self.left_out)
        self._pictures = set(table.columns.get("image", ()))
        self._rows = raw_rows(table, self.names)

    def take(self, count: int | None, _ids: Sequence[str | None], /) -> tuple[Columns, int]:
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

    def take(self, _count: int | None, ids: Sequence[str | None], /) -> tuple[Columns, int]:
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

    def take(self, count: int | None, ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return the next rows as an Arrow table."""
        columns, rows = self._cells.take(count, ids)
        return self._types.table(columns), rows


class ArrowCells:
    """The rows of Parquet files, in Arrow's own types."""

    def __init__(self, files: Sequence[ParquetTable], schema: Any, table: ProductTable) -> None:
        self.left_out = picture_columns(table)
        self.names = tuple(name for name in schema.names if name not in self.left_out)
        self._pictures = set(table.columns.get("image", ()))
        self._schema = require("pyarrow", extra="bulk").schema(
            [schema.field(name) for name in self.names]
        )
        self._table = table
        self._batches = (batch for file in files for batch in file.batches(self.names))
        self._rest: Any = None

    def take(self, count: int | None, _ids: Sequence[str | None], /) -> tuple[Columns, int]:
        """Return the next rows as an Arrow table."""
        arrow = require("pyarrow", extra="bulk")
        pieces, rows = [], 0
        with reading(self._table.path):
            while count is None or rows < count:
                batch = self._rest if self._rest is not None else next(self._batches, None)
                self._rest = None
                if batch is None:
                    break
                if count is not None and rows + batch.num_rows > count:
                    self._rest = batch.slice(count - rows)
                    batch = batch.slice(0, count - rows)
                pieces.append(arrow.Table.from_batches([batch]).select(self.names))
                rows += batch.num_rows
        # Files of one table may have the same column in types of other widths.
        pieces = [piece.cast(self._schema) for piece in pieces]
        table = arrow.concat_tables(pieces) if pieces else self._schema.empty_table()
        return short_texts(table, self._pictures), rows


def open_cells(table: ProductTable, *, as_arrow: bool, changed: bool = False) -> InputCells:
    """Open the input's columns.

    Args:
        table: The input.
        as_arrow: Give Arrow tables, not lists.
        changed: The input is a corpus that has changed since it was answered.
    """
    if as_arrow and not changed and (files := parquet_files(table.format)):
        schema = shared_schema(files)
        # Else the table has columns that are not those of its files, such as of folders' names.
        if schema is not None and sorted(schema.names) == sorted(table.format.columns):
            return ArrowCells(files, schema, table)
    cells = (CorpusCells if changed else ListedCells)(table)
    return TypedCells(table, cells) if as_arrow else cells


def raw_rows(table: ProductTable, columns: Sequence[str]) -> Iterator[RawRow]:
    """Yield a table's rows as they are."""
    with reading(table.path):
        yield from table.format.rows(list(columns), 0)


def parquet_files(format: TableFormat) -> list[ParquetTable]:
    """Return the Parquet files that a table is made of; none if any is of another kind."""
    files = format.parts if isinstance(format, FilesTable) else [format]
    parquet = [file for file in files if type(file) is ParquetTable]
    return parquet if len(parquet) == len(files) else []


def shared_schema(files: Sequence[ParquetTable]) -> Any:
    """Return types that the columns of all files fit in; None if there are none."""
    arrow = require("pyarrow", extra="bulk")
    schemas = [file.schema() for file in files]
    if any(len(set(schema.names)) < len(schema.names) for schema in schemas):
        return None
    try:
        return arrow.unify_schemas(schemas, promote_options="permissive").remove_metadata()
    except arrow.ArrowException:
        return None


def picture_columns(table: ProductTable) -> tuple[str, ...]:
    """Return the columns of Parquet that hold a picture's bytes and no path."""
    files = parquet_files(table.format)
    return bytes_columns(files[0].schema(), table.columns.get("image", ())) if files else ()


def bytes_columns(schema: Any, columns: Sequence[str]) -> tuple[str, ...]:
    """Return those of the columns that are not of texts or lists of texts."""
    types = require("pyarrow", extra="bulk").types
    left_out = []
    for name in columns:
        index = schema.get_field_index(name)
        if index < 0:
            continue
        kind = schema.field(index).type
        kind = kind.value_type if types.is_dictionary(kind) else kind
        is_list = types.is_list(kind) or types.is_large_list(kind)
        text = kind.value_type if is_list else kind
        if not (types.is_string(text) or types.is_large_string(text) or types.is_null(text)):
            left_out.append(name)
    return tuple(left_out)


def short_texts(table: Any, columns: set[str]) -> Any:
    """Empty cells of pictures' columns that are no paths but pictures, written as text."""
    arrow = require("pyarrow", extra="bulk")
    compute = require("pyarrow.compute", extra="bulk")
    for index, field in enumerate(table.schema):
        plain = arrow.types.is_string(field.type) or arrow.types.is_large_string(field.type)
        if field.name in columns and plain:
            length = compute.binary_length(table.column(index))
            kept = compute.if_else(
                compute.greater(length, MAX_PICTURE_CHARS),
                arrow.scalar(None, field.type),
                table.column(index),
            )
            table = table.set_column(index, field, kept)
    return table


def _before(first: RawRow, rows: Iterator[RawRow]) -> Iterator[RawRow]:
    yield first
    yield from rows
