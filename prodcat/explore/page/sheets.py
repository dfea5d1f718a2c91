"""Products' pictures made small and laid out in sheets, within a budget.

Sheets are WebP: at 60 by 80 pixels it took half the bytes of JPEG for fashion's pictures, and many
small pictures in one file share what each alone would repeat.
"""

import base64
import io
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from PIL import Image

from prodcat.arrays import IntArray
from prodcat.errors import ImageError, InputError
from prodcat.explore.map_data import Pictures
from prodcat.inputs.images import open_image
from prodcat.inputs.thumbnails import LIMITS, WHITE
from prodcat.screen import OnProgress

logger = logging.getLogger(__name__)

SIDE = 8
"""Pictures along each side of a sheet."""
PER_SHEET = SIDE * SIDE
AREA_PX = 4800
"""Of one picture, such as 60 by 80."""
RUNGS = ((1.0, 60), (1.0, 45), (1.0, 32), (1.0, 22), (0.64, 25), (0.4, 25), (0.25, 22))
"""Share of the area, and quality of the WebP, from the best to what is still told apart."""
SAMPLE_SHEETS = 4
"""Drawn at random, to know what a rung takes."""
MARGIN = 1.04
"""The whole may take so much more than the sample tells."""


@dataclass(frozen=True)
class Sheets:
    """All pictures of a page."""

    written: tuple[str, ...]
    """Each sheet as base64."""
    places: IntArray
    """Of each product, (N,): ``sheet * PER_SHEET + cell``, counted by rows; -1 for none."""
    cell: tuple[int, int]
    """Width and height of a picture, in pixels."""
    broken: int = 0
    """Pictures that could not be opened."""
    left_out: int = 0
    """Pictures that there was no room for."""

    @property
    def size(self) -> int:
        """Bytes of all of them, as written."""
        return sum(map(len, self.written))


def make_sheets(
    pictures: Pictures,
    order: IntArray,
    *,
    max_bytes: int,
    on_progress: OnProgress | None = None,
) -> Sheets:
    """Make the best sheets that the budget allows.

    Args:
        pictures: Of each product.
        order: Rows of the products, (N,): neighbours here share a sheet, so that those that are
            looked at together are decoded together.
        max_bytes: What all sheets may take, written as base64.
        on_progress: Is told of products done.
    """
    rng = np.random.default_rng(0)
    sample = _draw_sample(pictures, rng.permutation(order))
    if not len(sample.rows):
        return Sheets((), np.full(len(order), -1, np.int64), (1, 1), broken=sample.broken)
    rows = order
    for place, (share, quality) in enumerate(RUNGS):
        cell, is_last = _cell(sample.shape, share), place == len(RUNGS) - 1
        expected = _Sheet(pictures, sample.rows, cell, quality).size / sample.share
        if expected * MARGIN > max_bytes and not is_last:
            continue
        if expected * MARGIN > max_bytes:
            # A part of each neighbourhood keeps its pictures.
            room = int(len(order) * max_bytes / (expected * MARGIN))
            rows = order[np.sort(rng.permutation(len(order))[:room])]
        sheets = _build(pictures, rows, cell, quality, on_progress, of=len(order))
        if sheets.size <= max_bytes or is_last:
            return sheets
    raise AssertionError("The last rung returns.")


class _Sheet:
    """Some pictures on one sheet, or several for a sample; those that there are."""

    def __init__(
        self, pictures: Pictures, rows: IntArray, cell: tuple[int, int], quality: int
    ) -> None:
        self.rows: list[int] = []
        self.broken = 0
        tiles: list[Image.Image] = []
        for row in rows.tolist():
            try:
                tile = _tile(pictures[row], cell)
            except (ImageError, InputError) as error:
                self.broken += 1
                logger.debug("A picture is left out: %s", error)
                continue
            if tile is not None:
                tiles.append(tile)
                self.rows.append(row)
        self.files = [
            _encode(tiles[start : start + PER_SHEET], cell, quality)
            for start in range(0, len(tiles), PER_SHEET)
        ]

    @property
    def size(self) -> int:
        return sum(map(len, self.files))


def _build(
    pictures: Pictures,
    rows: IntArray,
    cell: tuple[int, int],
    quality: int,
    on_progress: OnProgress | None,
    *,
    of: int,
) -> Sheets:
    parts = [rows[start : start + PER_SHEET] for start in range(0, len(rows), PER_SHEET)]
    written: list[str] = []
    places, broken, done = np.full(of, -1, np.int64), 0, 0
    # Pillow lets go of Python's lock while it decodes and encodes.
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for part, sheet in zip(
            parts, pool.map(lambda part: _Sheet(pictures, part, cell, quality), parts), strict=True
        ):
            places[sheet.rows] = len(written) * PER_SHEET + np.arange(len(sheet.rows))
            written += sheet.files
            broken, done = broken + sheet.broken, done + len(part)
            if on_progress is not None:
                on_progress(done, len(rows))
    if broken:
        logger.warning("%d pictures could not be opened and are left out.", broken)
    return Sheets(tuple(written), places, cell, broken, left_out=of - len(rows))


def _tile(picture: bytes | None, cell: tuple[int, int]) -> Image.Image | None:
    """Return a picture in the middle of its cell, whole; None where there is none."""
    if not picture:
        return None
    image = open_image(picture, limits=LIMITS, size_hint=cell)
    scale = min(cell[0] / image.width, cell[1] / image.height, 1.0)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    tile = Image.new("RGB", cell, WHITE)
    small = image if size == image.size else image.resize(size, Image.Resampling.BICUBIC)
    tile.paste(small, ((cell[0] - size[0]) // 2, (cell[1] - size[1]) // 2))
    return tile


def _encode(tiles: Sequence[Image.Image], cell: tuple[int, int], quality: int) -> str:
    rows = -(-len(tiles) // SIDE)
    sheet = Image.new("RGB", (cell[0] * min(SIDE, len(tiles)), cell[1] * rows), WHITE)
    for place, tile in enumerate(tiles):
        sheet.paste(tile, (place % SIDE * cell[0], place // SIDE * cell[1]))
    out = io.BytesIO()
    sheet.save(out, "WEBP", quality=quality, method=4)
    return base64.b64encode(out.getvalue()).decode("ascii")


@dataclass(frozen=True)
class _Sample:
    """Products at random that have a picture."""

    rows: IntArray
    shape: float
    """Median of width through height."""
    share: float
    """Of all products, how many were looked at to find these."""
    broken: int


def _draw_sample(pictures: Pictures, rows: IntArray) -> _Sample:
    """Open pictures in the order of *rows* until there are enough, or no more."""
    shapes, sampled, broken, seen = [], [], 0, 0
    for row in rows.tolist():
        seen += 1
        try:
            picture = pictures[row]
            if picture:
                image = open_image(picture, limits=LIMITS, size_hint=(AREA_PX, AREA_PX))
                shapes.append(image.width / image.height)
                sampled.append(row)
        except (ImageError, InputError):
            broken += 1
        if len(sampled) == SAMPLE_SHEETS * PER_SHEET:
            break
    shape = float(np.clip(np.median(shapes), 0.5, 2.0)) if shapes else 1.0
    return _Sample(np.array(sampled, np.int64), shape, seen / max(1, len(rows)), broken)


def _cell(shape: float, share: float) -> tuple[int, int]:
    """Return width and height of a cell of that shape.

    >>> _cell(0.75, 1.0), _cell(1.0, 0.25)
    ((60, 80), (35, 35))
    """
    width = (AREA_PX * share * shape) ** 0.5
    return round(width), round(width / shape)


def by_neighbourhood(x: IntArray, y: IntArray) -> IntArray:
    """Return rows so that neighbours on a map follow one another (Morton 1966).

    Args:
        x: Places from 0 to 65535, (N,).
        y: The same of the other axis.

    >>> by_neighbourhood(np.array([0, 65535, 1]), np.array([0, 65535, 0])).tolist()
    [0, 2, 1]
    """
    return np.argsort(_spread(x) | (_spread(y) << 1), kind="stable")


def _spread(values: IntArray) -> IntArray:
    """Put a zero between all bits of 16."""
    bits = values.astype(np.int64)
    for shift, mask in ((8, 0x00FF00FF), (4, 0x0F0F0F0F), (2, 0x33333333), (1, 0x55555555)):
        bits = (bits | (bits << shift)) & mask
    return bits
