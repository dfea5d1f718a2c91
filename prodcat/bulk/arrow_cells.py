"""The input's own columns out of Parquet, in Arrow's own types or as Python has them."""

from collections.abc import Sequence
from typing import Any

from prodcat.bulk.cell_values import LETTERS, LETTERS_CHARS, PATH_FIELDS
from prodcat.errors import require
from prodcat.tables.files_table import FilesTable
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import TableFormat, reading

LARGE_BYTES = 4 << 20
"""Of a column in a row group, unpacked; shared values are in it once."""
LARGE_RATIO = 20


class ArrowCells:
    """The rows of Parquet files, in Arrow's own types."""

    def __init__(self, files: Sequence[ParquetTable], schema: Any, table: ProductTable) -> None:
        self._pictures = table.columns.get("image", ())
        self.left_out = bytes_columns(schema, self._pictures)
        self.names = tuple(name for name in schema.names if name not in self.left_out)
        arrow = require("pyarrow", extra="bulk")
        fields = [schema.field(name) for name in self.names]
        columns = list(self.names)
        for place, of_table in enumerate(fields):
            path = path_field(of_table.type) if of_table.name in self._pictures else None
            if path is not None:
                # Of a picture's bytes beside its path, nothing is read.
                columns[place] = f"{of_table.name}.{path.name}"
                fields[place] = arrow.field(of_table.name, arrow.struct([path]))
        self._schema = arrow.schema(fields)
        self._table = table
        self._batches = (batch for file in files for batch in file.batches(columns))
        self._rest: Any = None

    def take(self, answers: Any, /) -> tuple[Any, int]:
        """Return the rows of these answers as an Arrow table."""
        arrow = require("pyarrow", extra="bulk")
        pieces, rows, count = [], 0, answers.num_rows
        with reading(self._table.path):
            while rows < count:
                batch = self._rest if self._rest is not None else next(self._batches, None)
                self._rest = None
                if batch is None:
                    break
                if rows + batch.num_rows > count:
                    self._rest = batch.slice(count - rows)
                    batch = batch.slice(0, count - rows)
                pieces.append(arrow.Table.from_batches([batch]).select(self.names))
                rows += batch.num_rows
        # Files of one table may have the same column in types of other widths.
        pieces = [piece.cast(self._schema) for piece in pieces]
        table = arrow.concat_tables(pieces) if pieces else self._schema.empty_table()
        return picture_texts(table, self._pictures), rows


class ListedArrowCells:
    """The same as lists, one for each column."""

    def __init__(self, cells: ArrowCells) -> None:
        self.names, self.left_out, self._cells = cells.names, cells.left_out, cells

    def take(self, answers: Any, /) -> tuple[Any, int]:
        """Return the rows of these answers as lists."""
        table, rows = self._cells.take(answers)
        return [listed(column) for column in table.columns], rows


def parquet_files(format: TableFormat) -> list[ParquetTable]:
    """Return the Parquet files that a table is made of; none if any is of another kind."""
    files = format.parts if isinstance(format, FilesTable) else [format]
    parquet = [file for file in files if type(file) is ParquetTable]
    return parquet if len(parquet) == len(files) else []


def plain_schema(files: Sequence[ParquetTable]) -> Any:
    """Return types that the columns of all files fit in; None if Arrow cannot take them over."""
    arrow = require("pyarrow", extra="bulk")
    if not files:
        return None
    schemas = [file.schema() for file in files]
    if any(len(set(schema.names)) < len(schema.names) for schema in schemas):
        return None
    if any(map(unpacks_to_much, files)):
        return None
    try:
        shared = arrow.unify_schemas(schemas, promote_options="permissive").remove_metadata()
        for schema in schemas:
            schema.empty_table().select(shared.names).cast(shared)
    except arrow.ArrowException:
        return None
    return shared


def unpacks_to_much(file: ParquetTable) -> bool:
    """Tell a file in which many rows may share values that would fill the memory if copied."""
    return any(
        chunk.unpacked > LARGE_BYTES and chunk.unpacked > LARGE_RATIO * chunk.packed
        for group in file.row_groups
        for chunk in group.chunks
    )


def bytes_columns(schema: Any, columns: Sequence[str]) -> tuple[str, ...]:
    """Return those of the columns that hold neither texts, lists of them, nor paths."""
    types = require("pyarrow", extra="bulk").types
    left_out = []
    for name in columns:
        index = schema.get_field_index(name)
        if index < 0:
            continue
        kind = schema.field(index).type
        is_list = types.is_list(kind) or types.is_large_list(kind)
        text = kind.value_type if is_list or types.is_dictionary(kind) else kind
        if not (is_text(text) or types.is_null(text) or path_field(kind)):
            left_out.append(name)
    return tuple(left_out)


def is_text(kind: Any) -> bool:
    """Tell whether a type is one of texts."""
    types = require("pyarrow", extra="bulk").types
    return bool(types.is_string(kind) or types.is_large_string(kind))


def path_field(kind: Any) -> Any:
    """Return the field of the path in an object that is a picture; None where it has none."""
    if not require("pyarrow", extra="bulk").types.is_struct(kind):
        return None
    fields = (kind.field(name) for name in PATH_FIELDS if kind.get_field_index(name) >= 0)
    return next((field for field in fields if is_text(field.type)), None)


def without_bytes(table: Any, pictures: Sequence[str]) -> Any:
    """Return a table without the columns of bytes, and of pictures with their paths alone."""
    left_out = bytes_columns(table.schema, pictures)
    kept = [name for name in table.column_names if name not in left_out]
    return picture_texts(table.select(kept), pictures)


def picture_texts(table: Any, columns: Sequence[str]) -> Any:
    """Leave of pictures their paths and addresses, not what is written in letters."""
    arrow = require("pyarrow", extra="bulk")
    compute = require("pyarrow.compute", extra="bulk")
    for index, field in enumerate(table.schema):
        if field.name not in columns:
            continue
        cells = table.column(index)
        if (path := path_field(field.type)) is not None:
            cells = compute.struct_field(cells, path.name)
        if is_text(cells.type):
            is_long = compute.greater(compute.binary_length(cells), LETTERS_CHARS)
            in_letters = compute.and_(is_long, compute.match_substring_regex(cells, LETTERS))
            is_picture = compute.or_(in_letters, compute.starts_with(cells, "data:"))
            cells = compute.if_else(is_picture, arrow.scalar(None, cells.type), cells)
        table = table.set_column(index, field.name, cells)
    return table


def listed(column: Any) -> list[Any]:
    """Return what the cells of a column hold; what Python has no value for is text."""
    arrow = require("pyarrow", extra="bulk")
    try:
        return list(column.to_pylist())
    except (ValueError, OverflowError, arrow.ArrowException):
        return [listed_cell(cell) for cell in column]


def listed_cell(cell: Any) -> Any:
    """Return what a cell holds, such as a time in the year 30,000 as its text."""
    arrow = require("pyarrow", extra="bulk")
    try:
        return cell.as_py()
    except (ValueError, OverflowError, arrow.ArrowException):
        pass
    try:
        # Text that is not UTF-8, which Arrow does not look at.
        if hasattr(cell, "as_buffer"):
            return cell.as_buffer().to_pybytes().decode("utf-8", "replace")
        return cell.cast(arrow.string()).as_py()
    except (ValueError, OverflowError, arrow.ArrowException):
        return None
