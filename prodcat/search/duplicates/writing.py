"""Near-duplicates as a file: one line a product, or a page with pictures."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prodcat.errors import InputError, TableError, require
from prodcat.excel.cells import FORMULA_SIGNS, MAX_ROWS, cut_text
from prodcat.excel.outputs import output_suffix
from prodcat.excel.sheets import RIGHT, WRONG, open_sheets, write_headings
from prodcat.files import whole, write_text, write_whole
from prodcat.product import PathLike
from prodcat.search.duplicates.page import write_page
from prodcat.search.duplicates.records import Duplicates
from prodcat.tables.table import ProductTable
from prodcat.taxonomy.paths import join_path
from prodcat.wording import encodable

COLUMNS = (
    *("group", "products", "meaning", "contradicting", "why"),
    *("row", "id", "name", "category", "label_differs", "evidence", "twin"),
)
WIDTHS = (7, 9, 18, 13, 50, 8, 18, 50, 50, 12, 30, 6)
"""Of a sheet's columns, in characters."""
SUFFIXES = (".csv", ".xlsx", ".parquet", ".jsonl", ".html")


def check_output(output: PathLike) -> str:
    """Return how a file is written, by its name.

    Raises:
        InputError: If it is not named as one of `SUFFIXES`, or its folder is not there.
        MissingDependencyError: If a library that it takes is not installed.
    """
    return output_suffix(output, SUFFIXES, what="Duplicates are")


def write_duplicates(
    found: Duplicates, output: PathLike, *, table: ProductTable | None = None
) -> tuple[str, ...]:
    """Write what was found, as what the file is named.

    Args:
        found: Of `find_duplicates`.
        output: A file that ends in one of `SUFFIXES`; it may be there already.
        table: Where the pictures of a page are; None for a page without.

    Returns:
        What to know of the file, in sentences.

    Raises:
        InputError: If it is named otherwise, or cannot hold so many products.
        TableError: If it cannot be written.
        MissingDependencyError: If a library that it takes is not installed.
    """
    suffix, file = check_output(output), Path(output)
    try:
        if suffix == ".html":
            return write_page(found, file, table)
        if suffix == ".csv":
            return _write_csv(found, file)
        if suffix == ".xlsx":
            return _write_workbook(found, file)
        if suffix == ".parquet":
            return _write_parquet(found, file)
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows_of(found))
        write_text(file, "".join(lines), errors="replace")
    except OSError as error:
        raise TableError(f"Cannot write {file}: {error.strerror}.") from error
    return ()


def rows_of(found: Duplicates) -> Iterator[dict[str, Any]]:
    """Yield a line for each product of each group, by `COLUMNS`."""
    for number, group in enumerate(found.groups, 1):
        for member in group.members:
            values = (
                *(number, len(group.members), group.meaning, group.contradicting, group.why),
                *(member.row, member.id, member.name, join_path(member.category)),
                *(member.label_differs, ", ".join(member.evidence), member.twin),
            )
            yield dict(zip(COLUMNS, values, strict=True))


def _write_csv(found: Duplicates, file: Path) -> tuple[str, ...]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    formulas = False
    for row in rows_of(found):
        formulas |= any(str(row[c]).startswith(FORMULA_SIGNS) for c in ("id", "name", "category"))
        writer.writerow(
            [str(value).lower() if isinstance(value, bool) else value for value in row.values()]
        )
    # With the mark by which Excel knows UTF-8.
    write_whole(file, text.getvalue().encode("utf-8-sig", errors="replace"))
    if not formulas:
        return ()
    return (
        "Some cells begin like a formula (= + - @) and are written as they were; to open them in"
        " a spreadsheet, write .xlsx, where no text is computed.",
    )


def _write_parquet(found: Duplicates, file: Path) -> tuple[str, ...]:
    arrow = require("pyarrow", extra="bulk")
    kinds = {"group": "int64", "products": "int64", "row": "int64", "twin": "int64"}
    kinds |= {"contradicting": "bool", "label_differs": "bool"}
    schema = arrow.schema([(c, kinds.get(c, "string")) for c in COLUMNS])
    rows = [{c: _encodable(value) for c, value in row.items()} for row in rows_of(found)]
    with whole(file) as temporary:
        require("pyarrow.parquet", extra="bulk").write_table(
            arrow.Table.from_pylist(rows, schema), temporary, compression="zstd"
        )
    return ()


def _encodable(value: Any) -> Any:
    """Write a question mark for half of a surrogate pair."""
    return encodable(value) if isinstance(value, str) else value


def _write_workbook(found: Duplicates, file: Path) -> tuple[str, ...]:
    if found.products_in_groups > MAX_ROWS:
        raise InputError(
            f"{file} cannot hold {found.products_in_groups:,} rows: a sheet has room for"
            f" {MAX_ROWS:,}. Write .parquet or .csv."
        )
    with open_sheets(file, "Near-duplicates") as sheets:
        sheet = sheets.add("duplicates")
        write_headings(sheet, 0, COLUMNS, sheets.head)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        differs = sheets.book.add_format({"bg_color": WRONG})
        # Every second group on a ground of its own, so that the eye finds where one ends.
        striped = sheets.book.add_format({"bg_color": RIGHT})
        last = 0
        for last, row in enumerate(rows_of(found), 1):
            shape = striped if row["group"] % 2 else None
            for column, (name, value) in enumerate(row.items()):
                marked = differs if name == "category" and row["label_differs"] else shape
                if isinstance(value, bool):
                    sheet.write_boolean(last, column, value, marked)
                elif isinstance(value, int):
                    sheet.write_number(last, column, value, marked)
                else:
                    text = cut_text(_encodable(value or ""))
                    sheet.write_string(last, column, text, marked)
        sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    return ()
