"""A data frame as the products of a map."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import Float64Array
from prodcat.bulk.frame_kinds import open_frame
from prodcat.bulk.frames import THE_FRAME, FrameRows
from prodcat.errors import ImageError, InputError
from prodcat.explore.catalogue import Catalogue, draw_rows
from prodcat.inputs.images import load_image, open_image
from prodcat.inputs.thumbnails import make_thumbnail
from prodcat.tables.columns import Columns, match_columns
from prodcat.tables.words import read_price

FIELDS = ("id", "name", "description", "image", "category", "brand", "price", "split")
PLAIN = (str, int, float, bool)
FEW = 20
"""Different numbers up to which they are groups, and not a range."""
PICTURE_PX = 512
"""Longer side of a picture that Python alone has, as it is kept."""


class FramePictures:
    """The pictures of a frame's products: encoded, by their path, or whatever else Python has."""

    def __init__(self, sources: Sequence[Any]) -> None:
        self.sources = sources

    def __len__(self) -> int:
        return len(self.sources)

    def __getitem__(self, row: int, /) -> bytes | None:
        source = self.sources[row]
        if source is None or isinstance(source, bytes):
            return source
        try:
            encoded = load_image(source)
            if encoded is not None:
                return encoded
            return _encode(source)
        except (ImageError, InputError):
            return None


def _encode(source: Any) -> bytes:
    import io

    image = open_image(source)
    image.thumbnail((PICTURE_PX, PICTURE_PX))
    out = io.BytesIO()
    image.save(out, "PNG")
    return make_thumbnail(out.getvalue(), side_px=PICTURE_PX)


def read_frame(
    source: Any, *, columns: Columns | None = None, limit: int | None = None
) -> Catalogue:
    """Read the products of a data frame.

    Columns that hold none of our fields are what the map is coloured by, where they group
    products.

    Args:
        source: A pandas or polars DataFrame, or an Arrow table.
        columns: Field → the column that holds it, for those that are not found by their names.
        limit: Products at most; of more, a sample is drawn, the same every time.

    Raises:
        TableError: If no column looks like a name, a description or a picture.
        InputError: If it is no frame, or has no rows.
    """
    frame = open_frame(source)
    matched = match_columns(frame.columns, columns or {}, FIELDS, THE_FRAME)
    used = {name for names in matched.values() for name in names}
    cells = list(frame.rows(frame.columns))
    if not cells:
        raise InputError("The data frame has no rows, so there is nothing to show.")
    chosen = draw_rows(len(cells), limit)
    total = len(cells)
    if chosen is not None:
        cells = [cells[row] for row in chosen.tolist()]
    read = list(FrameRows(frame.columns, Path.cwd(), cells).read(matched))
    rows = [row for row, _ in read]
    pictures = [row.image if picture is None else picture for row, picture in read]
    prices = [read_price(row.price)[0] for row in rows]
    texts, numbers = _others([name for name in frame.columns if name not in used], cells)
    for name in ("brand", "split"):
        if name in matched:
            texts[name] = [getattr(row, name) for row in rows]
    numbered = (chosen if chosen is not None else np.arange(total)).tolist()
    return Catalogue(
        title="Products",
        ids=[row.id or str(place) for row, place in zip(rows, numbered, strict=True)],
        names=[row.name for row in rows],
        descriptions=[row.description for row in rows],
        paths=[row.category or None for row in rows],
        pictures=FramePictures(pictures),
        has_picture=np.array([picture is not None for picture in pictures], dtype=np.bool_),
        prices=np.array([np.nan if price is None else price for price in prices]),
        columns=texts,
        numbers=numbers,
        total=total,
        rows=chosen,
    )


def _others(
    names: Sequence[str], cells: Sequence[Mapping[str, Any]]
) -> tuple[dict[str, Sequence[str]], dict[str, Float64Array]]:
    """Return the columns of short texts, and those of numbers, that are none of our fields."""
    texts: dict[str, Sequence[str]] = {}
    numbers: dict[str, Float64Array] = {}
    for name in names:
        values = [row[name] for row in cells]
        if not all(value is None or isinstance(value, PLAIN) for value in islice(values, 1000)):
            continue
        if all(value is None or type(value) in (int, float) for value in values):
            column = np.array([np.nan if value is None else value for value in values], np.float64)
            if len(np.unique(column[np.isfinite(column)])) > FEW:
                numbers[name] = column
                continue
        shown = ["" if value is None or value != value else str(value) for value in values]
        texts[name] = [text[:200] for text in shown]
    return texts, numbers
