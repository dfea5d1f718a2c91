"""What a check found, as a table to decide in, and as a page to look at."""

import base64
import csv
import io
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from prodcat.errors import ImageError, require
from prodcat.excel.cells import cut_text, guarded
from prodcat.excel.outputs import output_suffix
from prodcat.excel.sheets import insert_picture, open_sheets, write_headings
from prodcat.files import write_text
from prodcat.inputs.image_store import ImageStore
from prodcat.inputs.thumbnails import make_thumbnail
from prodcat.product import PathLike
from prodcat.review.checking import CHECKED, Check
from prodcat.review.suspicion import Suspicion
from prodcat.search.duplicates.page import page_of
from prodcat.taxonomy.paths import join_path
from prodcat.wording import encodable, percent, shorten

COLUMNS = (
    *("id", "name", "label", "answer", "verdict", "kind", "value", "probability", "reason"),
    *("alike", "covers"),
)
"""The first ones are those of a list of mistakes, which `prodcat import` reads back."""
WIDTHS = (24, 40, 40, 40, 16, 12, 9, 12, 80, 24, 9)
SUFFIXES = (".csv", ".xlsx", ".html")
MOST_ALIKE = 200
"""Ids in one cell."""
MOST_PICTURES = 2000
"""Of a workbook."""
MOST_CARDS = 300
"""Of a page, of each kind."""
MOST_BYTES = 12_000_000
"""Of the pictures on a page."""
NAME, PATH = 300, 200
KINDS = {
    "label": "Labels that look wrong",
    "duplicates": "Duplicates whose labels contradict each other",
    "foreign": "Products that fit nowhere",
    "poor": "Products without enough to decide by",
}


def check_output(output: PathLike) -> str:
    """Return the kind of a file, or say which there are.

    Raises:
        InputError: If it is none of them, or its folder is not there.
        MissingDependencyError: If a library that it takes is not installed.
    """
    return output_suffix(output, SUFFIXES, what="What a check finds is")


def write_check(check: Check, output: PathLike, *, pictures: ImageStore | None = None) -> None:
    """Write the suspicions as .csv, .xlsx or .html, by the file's ending.

    Args:
        check: What was found.
        output: To write; one that is there is replaced.
        pictures: Of the corpus, for a workbook or a page.

    Raises:
        InputError: If the ending is another.
        OSError: If it cannot be written.
    """
    suffix, file = check_output(output), Path(output)
    if suffix == ".csv":
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows_of(check):
            writer.writerow(
                guarded(cell) if isinstance(cell, str) else cell for cell in row.values()
            )
        write_text(file, stream.getvalue(), errors="replace")
    elif suffix == ".xlsx":
        _write_workbook(check, file, pictures)
    else:
        write_text(file, _page(check, pictures), errors="replace")


def rows_of(check: Check) -> Iterator[dict[str, Any]]:
    """Yield a row for each suspicion, with the keys of `COLUMNS`."""
    for each in check.suspicions:
        row = check.rows[each.product_id]
        yield {
            "id": each.product_id,
            "name": row.name,
            "label": _path(check, row.category_id),
            "answer": _path(check, each.suggestion),
            "verdict": "",
            "kind": each.kind,
            "value": round(each.value, 4),
            "probability": None if each.probability is None else round(each.probability, 4),
            "reason": each.reason,
            "alike": " ".join(each.alike[:MOST_ALIKE]),
            "covers": 1 + len(each.alike),
        }


def to_frame(check: Check) -> Any:
    """Return the suspicions as a data frame, with the columns of `COLUMNS`."""
    pandas = require("pandas", extra="train")
    return pandas.DataFrame(list(rows_of(check)), columns=list(COLUMNS))


def _path(check: Check, category: str | None) -> str:
    return "" if category is None else join_path(check.paths.get(category, (category,)))


def _write_workbook(check: Check, file: Path, pictures: ImageStore | None) -> None:
    with open_sheets(file, "Products that deserve a look") as sheets:
        sheet = sheets.add("suspicions")
        first = int(pictures is not None)
        write_headings(sheet, 0, ["picture", *COLUMNS][1 - first :], sheets.head)
        for column, width in enumerate([12, *WIDTHS][1 - first :]):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, first + 2)
        last = 0
        for last, (row, each) in enumerate(zip(rows_of(check), check.suspicions, strict=True), 1):
            if pictures is not None and last <= MOST_PICTURES:
                insert_picture(sheet, last, _picture(check, each, pictures))
            for column, cell in enumerate(row.values(), first):
                if isinstance(cell, str):
                    sheet.write_string(last, column, cut_text(encodable(cell)))
                elif cell is not None:
                    sheet.write_number(last, column, cell)
        sheet.autofilter(0, 0, max(1, last), first + len(COLUMNS) - 1)
        mixed = sheets.add("categories in each other")
        shares = ("of the first like the second", "of the second like the first")
        write_headings(mixed, 0, ("first", "second", *shares, "products"), sheets.head)
        mixed.set_column(0, 1, 50)
        mixed.set_column(2, 4, 16)
        for place, pair in enumerate(check.mixed, 1):
            mixed.write_string(place, 0, cut_text(encodable(_path(check, pair.first))))
            mixed.write_string(place, 1, cut_text(encodable(_path(check, pair.second))))
            mixed.write_number(place, 2, pair.first_share, sheets.share)
            mixed.write_number(place, 3, pair.second_share, sheets.share)
            mixed.write_number(place, 4, pair.products)


def _picture(check: Check, each: Suspicion, pictures: ImageStore) -> bytes | None:
    """Return a small picture of a product; None where there is none that can be read."""
    digest = check.rows[each.product_id].image_sha256
    path = None if digest is None else pictures.contained(digest)
    try:
        return None if path is None else make_thumbnail(path)
    except (ImageError, OSError):
        return None


def _page(check: Check, pictures: ImageStore | None) -> str:
    counts = check.counts()
    summary = (
        f"{check.products:,} products, {check.labelled:,} with a label, {check.decided:,} of these"
        f" decided by people. About {percent(check.rate, digits=2)} of the labels look wrong."
    )
    left_out = [
        f"Of {KINDS[kind].lower()} the first {MOST_CARDS} of {count:,} are shown;"
        " a table (.csv or .xlsx) has all."
        for kind, count in counts.items()
        if count > MOST_CARDS
    ]
    room = MOST_BYTES
    sections = []
    for kind in CHECKED:
        shown = [each for each in check.suspicions if each.kind == kind][:MOST_CARDS]
        if not shown:
            continue
        cards = []
        for each in shown:
            picture = _picture(check, each, pictures) if pictures is not None and room > 0 else None
            room -= len(picture or b"")
            cards.append(_card(check, each, picture))
        sections.append(
            f"<section><h2>{escape(KINDS[kind])} ({counts[kind]:,})</h2>"
            f"<ul>{''.join(cards)}</ul></section>"
        )
    if check.mixed:
        sections.append(_mixed(check))
    return page_of("Products that deserve a look", summary, left_out, sections)


def _card(check: Check, each: Suspicion, picture: bytes | None) -> str:
    row = check.rows[each.product_id]
    shown = (
        f'<img alt="" src="data:image/jpeg;base64,{base64.b64encode(picture).decode()}">'
        if picture
        else "no picture"
    )
    suggestion = ""
    if each.suggestion is not None:
        chance = "" if each.probability is None else f" ({percent(each.probability, digits=0)})"
        suggestion = f"<p>→ <b>{_shown(_path(check, each.suggestion), PATH)}</b>{chance}</p>"
    covers = f'<p class="quiet">and {len(each.alike):,} like it</p>' if each.alike else ""
    return (
        f'<li><div class="picture">{shown}</div><b>{_shown(row.name or "no name", NAME)}</b>'
        f'<p><span class="bad">{_shown(_path(check, row.category_id) or "no label", PATH)}</span>'
        f'</p>{suggestion}<p class="quiet">{escape(each.reason)}</p>{covers}'
        f'<p class="quiet">{_shown(each.product_id, PATH)}</p></li>'
    )


def _mixed(check: Check) -> str:
    items = "".join(
        f"<li><b>{_shown(_path(check, pair.first), PATH)}</b><p>and</p>"
        f"<b>{_shown(_path(check, pair.second), PATH)}</b>"
        f'<p class="quiet">{percent(pair.first_share, digits=0)} of the first look like the second,'
        f" {percent(pair.second_share, digits=0)} of the second like the first.</p></li>"
        for pair in check.mixed
    )
    return f"<section><h2>Categories that lie in each other</h2><ul>{items}</ul></section>"


def _shown(text: str, most: int) -> str:
    return escape(shorten(text, most))
