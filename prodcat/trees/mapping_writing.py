"""A mapping as a file: a sheet for people to decide in, CSV, or JSON."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prodcat.excel.cells import cut_text, guarded
from prodcat.excel.outputs import output_suffix
from prodcat.excel.sheets import open_sheets, write_headings
from prodcat.files import write_json, write_text
from prodcat.product import PathLike
from prodcat.taxonomy.mapping import MappedCategory, TreeMapping
from prodcat.taxonomy.paths import join_path
from prodcat.trees.mapping_files import BETWEEN, COLUMNS
from prodcat.wording import encodable

WIDTHS = (16, 60, 60, 24, 8, 11, 50, 50, 50, 12, 16)
SUFFIXES = (".xlsx", ".csv", ".json")


def check_output(output: PathLike) -> str:
    """Return the kind of a file, or say which there are.

    Raises:
        InputError: If it is none of them, or its folder is not there.
        MissingDependencyError: If a library that it takes is not installed.
    """
    return output_suffix(output, SUFFIXES, what="A mapping is")


def write_mapping(mapping: TreeMapping, output: PathLike) -> None:
    """Write a mapping as .xlsx, .csv or .json, by the file's ending; the doubtful first.

    Raises:
        InputError: If the ending is another.
        OSError: If it cannot be written.
    """
    suffix, file = check_output(output), Path(output)
    if suffix == ".json":
        write_json(file, json.loads(encodable(json.dumps(mapping.to_dict(), ensure_ascii=False))))
    elif suffix == ".csv":
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows_of(mapping):
            writer.writerow(
                guarded(cell) if isinstance(cell, str) else cell for cell in row.values()
            )
        write_text(file, stream.getvalue(), errors="replace")
    else:
        _write_workbook(mapping, file)


def rows_of(mapping: TreeMapping) -> Iterator[dict[str, Any]]:
    """Yield a row for each category of the left tree, with the keys of `COLUMNS`."""
    paths = mapping.right.path
    for row in mapping.in_order():
        candidates = [join_path(paths(each.category)) for each in row.candidates[:2]]
        yield {
            "id": row.category,
            "category": join_path(mapping.left.path(row.category)),
            "answer": BETWEEN.join(join_path(paths(each.category)) for each in row.counterparts),
            "verdict": _verdict(row),
            "kind": row.kind,
            "confidence": round(row.confidence, 3),
            "reason": _reason(row),
            "second": candidates[0] if candidates else "",
            "third": candidates[1] if len(candidates) > 1 else "",
            "decided by": row.decided_by,
            "answer id": BETWEEN.join(each.category for each in row.counterparts),
        }


def _verdict(row: MappedCategory) -> str:
    if not row.by_person:
        return ""
    return "answer" if row.counterparts else "none of these"


def _reason(row: MappedCategory) -> str:
    shown = row.counterparts or row.candidates[:1]
    return "; ".join(dict.fromkeys(each.reason for each in shown if each.reason))


def _write_workbook(mapping: TreeMapping, file: Path) -> None:
    with open_sheets(file, "From one category tree to another") as sheets:
        sheet = sheets.add("mapping")
        doubtful = sheets.book.add_format({"bg_color": "#FFF2CC", "valign": "top"})
        plain = sheets.book.add_format({"valign": "top", "text_wrap": True})
        write_headings(sheet, 0, COLUMNS, sheets.head)
        for column, width in enumerate(WIDTHS):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 2)
        last = 0
        for last, (row, cells) in enumerate(
            zip(mapping.in_order(), rows_of(mapping), strict=True), 1
        ):
            for column, cell in enumerate(cells.values()):
                shape = plain if row.is_sure or column != COLUMNS.index("answer") else doubtful
                if isinstance(cell, str):
                    sheet.write_string(last, column, cut_text(encodable(cell)), shape)
                else:
                    sheet.write_number(last, column, cell, shape)
        sheet.autofilter(0, 0, max(1, last), len(COLUMNS) - 1)
        choices = ["answer", "second", "third", "none of these"]
        column = COLUMNS.index("verdict")
        sheet.data_validation(
            1,
            column,
            max(1, last),
            column,
            # Any path may be written as well.
            {"validate": "list", "source": choices, "error_type": "information"},
        )
        unused = sheets.add("nothing maps here")
        write_headings(unused, 0, ("right id", "right category"), sheets.head)
        unused.set_column(0, 0, 16)
        unused.set_column(1, 1, 80)
        for place, category in enumerate(mapping.unused(), 1):
            unused.write_string(place, 0, cut_text(encodable(category)))
            path = join_path(mapping.right.path(category))
            unused.write_string(place, 1, cut_text(encodable(path)))
