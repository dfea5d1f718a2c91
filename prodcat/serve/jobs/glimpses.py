"""What a page shows of a table: its first rows, and small pictures of the products."""

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.bulk.answers import MAX_PICTURES, thumbnail
from prodcat.bulk.cell_values import flat_value, picture_cell
from prodcat.files import whole, write_json
from prodcat.tables.rows import TableRow
from prodcat.tables.table import ProductTable
from prodcat.wording import clean

FIRST_ROWS_FILE = "first_rows.json"
PICTURES_FILE = "thumbnails.bin"
ENDS_FILE = "thumbnails.npy"
FIRST_ROWS = 5
MOST_COLUMNS = 200
CELL_CHARACTERS = 200


def write_first_rows(table: ProductTable, folder: Path) -> None:
    """Write the first rows of a table as they stand in it, long cells cut."""
    columns = list(dict.fromkeys(table.format.columns))[:MOST_COLUMNS]
    rows = islice(table.format.rows(columns, 0), FIRST_ROWS)
    shown = [{name: shown_cell(row.values.get(name)) for name in columns} for row in rows]
    write_json(folder / FIRST_ROWS_FILE, {"columns": columns, "rows": shown})


def shown_cell(value: Any) -> str | None:
    """Return a cell as a short text; None for nothing, and for a picture's bytes.

    >>> shown_cell(" Blue  jeans "), shown_cell(9.5), shown_cell(b"..."), shown_cell(None)
    ('Blue jeans', '9.5', None, None)
    """
    if isinstance(value, str) and value.startswith("data:"):
        return value.partition(",")[0][:CELL_CHARACTERS] + ", …"
    if isinstance(value, bytes) or (isinstance(value, dict) and "bytes" in value):
        value = picture_cell(value)
    flat = flat_value(value)
    if flat is None:
        return None
    text = " ".join(clean(str(flat), 4 * CELL_CHARACTERS).split())
    return text if len(text) <= CELL_CHARACTERS else text[:CELL_CHARACTERS] + "…"


def write_thumbnails(rows: Iterator[TableRow], folder: Path) -> None:
    """Write small pictures of the first products, one after the other, and where each ends."""
    ends: list[int] = [0]
    with whole(folder / PICTURES_FILE, sync=False) as temporary, temporary.open("wb") as file:
        for row in islice(rows, MAX_PICTURES):
            ends.append(ends[-1] + file.write(thumbnail(row) or b""))
    if not ends[-1]:
        return
    with whole(folder / ENDS_FILE, sync=False) as temporary, temporary.open("wb") as file:
        np.save(file, np.array(ends, dtype=np.int64), allow_pickle=False)


def read_thumbnail(folder: Path, row: int) -> bytes | None:
    """Return the small picture of a row, the first being 1; None where there is none."""
    with suppress(OSError, ValueError):
        ends = np.load(folder / ENDS_FILE, mmap_mode="r", allow_pickle=False)
        if 1 <= row < len(ends):
            start, end = int(ends[row - 1]), int(ends[row])
            with (folder / PICTURES_FILE).open("rb") as file:
                file.seek(start)
                return file.read(end - start) or None
    return None


def read_first_rows(folder: Path) -> dict[str, Any]:
    """Return what `write_first_rows` wrote; nothing where it could not."""
    with suppress(OSError, ValueError):
        data = json.loads((folder / FIRST_ROWS_FILE).read_bytes())
        return {"columns": list(data["columns"]), "rows": list(data["rows"])}
    return {"columns": [], "rows": []}
