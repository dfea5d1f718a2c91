"""Rows out of Arrow's columns: one value that cannot be read costs no other."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from prodcat.errors import one_line
from prodcat.tables.damage import mend
from prodcat.tables.nested import FieldNames, pick
from prodcat.tables.table_format import NOT_UTF8, RawRow

ROWS_AT_ONCE = 128
"""Few, as each row may hold a picture."""
MAX_CELL_BYTES = 50_000_000
"""Larger ones are not held; as of CSV."""
TOO_LARGE = f"a value of more than {MAX_CELL_BYTES:,} bytes"

Cells = tuple[list[Any], dict[int, str]]
"""The values of a column, and what is wrong with those that cannot be read."""


def arrow_names(schema: Any) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the names of all columns, and which are fields within structs, ``product.title``."""
    names = FieldNames()
    # A row like any of them, so that structs are named as objects of JSON are.
    names.add({field.name: _example(field.type) for field in schema})
    # Of one name there may be several, which is to be told.
    return (*schema.names, *names.inner), frozenset(names.inner)


def _example(type: Any) -> Any:
    return {field.name: _example(field.type) for field in type} if _is_struct(type) else None


def _is_struct(type: Any) -> bool:
    return type.num_fields > 0 and str(type).startswith("struct<")


def class_names(schema: Any) -> dict[str, list[str]]:
    """Return the names that numbers stand for in columns of Hugging Face's data sets."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = told.get("info", {}).get("features", {})
        labels = {
            name: feature["names"]
            for name, feature in features.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, AttributeError, KeyError):  # of another version, or of somebody else
        return {}
    return {name: list(map(str, names)) for name, names in labels.items()}


def arrow_rows(batch: Any, columns: Sequence[str] | None = None) -> Iterator[RawRow]:
    """Yield the rows of an Arrow batch.

    Args:
        batch: Its columns; of several of one name the first counts.
        columns: Names of `arrow_names` to read; None for all columns.
    """
    names = list(batch.schema.names)
    read = {name: read_cells(batch.column(names.index(name))) for name in dict.fromkeys(names)}
    # Without names with dots, rows are as they come.
    inner = None if columns is None or read.keys() >= set(columns) else columns
    problems: dict[int, list[str]] = {}
    for name, (_, wrong) in read.items():
        for place, reason in wrong.items():
            told = reason if reason.startswith(NOT_UTF8) else f"{name}: {reason}"
            problems.setdefault(place, []).append(told)
    for number, cells in enumerate(zip(*(values for values, _ in read.values()), strict=True)):
        row = dict(zip(read, cells, strict=True))
        picked = row if inner is None else {name: pick(row, name) for name in inner}
        yield RawRow(picked, tuple(problems.get(number, ())))


def read_cells(column: Any) -> Cells:
    """Return the values of a column, whatever is in it."""
    if hasattr(column, "dictionary"):
        # As many rows may share a value as there are, so it is read once.
        values, wrong = read_cells(column.dictionary)
        places = column.indices.to_pylist()
        return (
            [None if place is None else values[place] for place in places],
            {row: wrong[place] for row, place in enumerate(places) if place in wrong},
        )
    if column.nbytes <= MAX_CELL_BYTES:
        try:
            return column.to_pylist(), {}
        # Arrow does not look whether text is UTF-8, or a time one that Python has.
        except (ValueError, OverflowError):
            pass
    cells = [_read_cell(column, place) for place in range(len(column))]
    return [value for value, _ in cells], {i: wrong for i, (_, wrong) in enumerate(cells) if wrong}


def _read_cell(column: Any, place: int) -> tuple[Any, str]:
    if column.slice(place, 1).nbytes > MAX_CELL_BYTES:
        return None, TOO_LARGE
    cell = column[place]
    try:
        return cell.as_py(), ""
    except UnicodeDecodeError:
        # Deeper within, such as in a list, it is left out.
        if not hasattr(cell, "as_buffer"):
            return None, NOT_UTF8
        raw = cell.as_buffer().to_pybytes().decode("utf-8", "surrogateescape")
        (text,), (reason, *_) = mend([raw])
        return text, reason
    except (ValueError, OverflowError) as error:
        return None, f"a value that cannot be read, {one_line(error, 80)}"
