"""Text that may be a table: by its content JSON, cells between delimiters, or none."""

import re
from typing import Literal, overload

from prodcat.errors import TableError
from prodcat.tables.byte_source import ByteSource
from prodcat.tables.csv_files import CsvTable, read_sample
from prodcat.tables.encodings import find_encoding
from prodcat.tables.json_files import JsonTable
from prodcat.tables.kaggle_folder import KaggleFolder
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import TableFormat

JSON_SUFFIXES = (".jsonl", ".ndjson", ".json")
TEXT_SUFFIXES = (*JSON_SUFFIXES, ".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", "")
JSON_BEGINNING = re.compile(r'\ufeff?\s*(\{\s*["}]|\[\s*[\[{\]])')
HTML = re.compile(r"\s*<(!doctype html|html|head|body|table|meta)\b", re.IGNORECASE)
LEAST_FIT = 0.8
"""Of the rows of a text that is not named as a table, this share has as many cells as names."""


@overload
def open_text(
    source: ByteSource, read_as: ReadAs, *, is_sure: Literal[True] = True
) -> TableFormat: ...
@overload
def open_text(
    source: ByteSource, read_as: ReadAs, *, is_sure: Literal[False]
) -> TableFormat | None: ...
def open_text(source: ByteSource, read_as: ReadAs, *, is_sure: bool = True) -> TableFormat | None:
    """Open a text as the kind of table that it is.

    Args:
        source: Where it is.
        read_as: What is known of it.
        is_sure: Whether it is named as a table; else None is returned for what looks like none.

    Raises:
        TableError: If it is no text, or one that is read elsewhere, such as a feed.
    """
    name = source.name
    # The table named instead of its folder; the pictures lie beside it all the same.
    if source.path.name == "styles.csv" and (source.path.parent / "images").is_dir():
        return KaggleFolder(source.path.parent, read_as)
    encoding = find_encoding(source, read_as)
    sample = read_sample(encoding, source)
    beginning = sample.lstrip("\ufeff \t\r\n")
    if not beginning and not sample:
        raise TableError(f"{source.path} is empty.")
    if beginning.startswith("<"):
        raise TableError(_markup(source, beginning))
    is_json = name.suffix.lower() in JSON_SUFFIXES and beginning.startswith(("{", "["))
    if is_json or (JSON_BEGINNING.match(sample) and read_as.delimiter is None):
        return JsonTable(source, read_as, encoding)
    table = CsvTable(source, read_as, encoding=encoding)
    looks_so = table.layout.width > 1 and table.layout.fit >= LEAST_FIT
    return table if is_sure or looks_so or read_as.delimiter is not None else None


def _markup(source: ByteSource, beginning: str) -> str:
    """Say what to do with HTML or XML."""
    path = source.path
    if HTML.match(beginning) or "urn:schemas-microsoft-com:office" in beginning[:5000]:
        return (
            f"{path} is a page or a sheet in HTML or XML, whatever its name says."
            " Open it in a spreadsheet, and save it as .xlsx or .csv."
        )
    return (
        f"{path} is XML. If it is a product feed, such as one for Google Merchant, take it over"
        f" with: python -m crawler merchant CORPUS {path}"
    )
