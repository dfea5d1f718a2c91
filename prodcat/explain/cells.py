"""Windows that cover a picture piece by piece, and what is put in their place."""

from collections.abc import Sequence

import numpy as np

from prodcat.arrays import BoolArray, Float64Array, UInt8Array

Window = tuple[int, int, int, int]
"""Top, left, bottom and right, in pixels; the last two are the first that it does not cover."""

PLAIN = 16
"""A pixel is background whose colours are no further from it than this; JPEGs are not exact."""
EDGE = 2
"""Pixels at each side of a picture that its background is told by."""


def background(pixels: UInt8Array) -> UInt8Array:
    """Return the colour that covers best without adding anything: that at the picture's edge, (3,).

    For a product on white, and in a white letterbox, that is white.

    Args:
        pixels: RGB, (3, H, W).

    >>> background(np.full((3, 8, 8), 250, dtype=np.uint8)).tolist()
    [250, 250, 250]
    """
    edge = np.ones(pixels.shape[1:], dtype=np.bool_)
    edge[EDGE:-EDGE, EDGE:-EDGE] = False
    return np.median(pixels[:, edge], axis=1).astype(np.uint8)


def foreground(pixels: UInt8Array, colour: UInt8Array) -> BoolArray:
    """Whether each pixel is something else than background, (H, W)."""
    distance = np.abs(pixels.astype(np.int16) - colour.astype(np.int16)[:, None, None])
    return distance.max(axis=0) > PLAIN


def frame(shown: BoolArray) -> Window:
    """Return the smallest window around all that is shown; the whole picture where nothing is.

    >>> frame(np.array([[False, True, False], [False, True, False]]))
    (0, 1, 2, 2)
    """
    rows, columns = np.flatnonzero(shown.any(axis=1)), np.flatnonzero(shown.any(axis=0))
    if not len(rows):
        return 0, 0, shown.shape[0], shown.shape[1]
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1


def windows(around: Window, count: int, size: float) -> list[Window]:
    """Lay windows over a part of a picture, in as many rows as columns.

    Args:
        around: That part.
        count: Windows in a row, and in a column.
        size: Of a window, as a share of the part's height and width.

    >>> windows((0, 0, 4, 2), 2, 0.5)
    [(0, 0, 2, 1), (0, 1, 2, 2), (2, 0, 4, 1), (2, 1, 4, 2)]
    """
    top, left, bottom, right = around
    rows = _stretches(top, bottom, count, size)
    columns = _stretches(left, right, count, size)
    laid = [(y0, x0, y1, x1) for y0, y1 in rows for x0, x1 in columns]
    return list(dict.fromkeys(laid))


def _stretches(start: int, end: int, count: int, size: float) -> list[tuple[int, int]]:
    length = max(1, round((end - start) * size))
    steps = np.linspace(start, end - length, count)
    return [(round(step), round(step) + length) for step in steps.tolist()]


def cover(pixels: UInt8Array, window: Window, colour: UInt8Array) -> UInt8Array:
    """Return the picture with a window of one colour."""
    top, left, bottom, right = window
    covered = pixels.copy()
    covered[:, top:bottom, left:right] = colour[:, None, None]
    return covered


def spread_out(
    shape: tuple[int, int], laid: Sequence[Window], values: Sequence[float]
) -> Float64Array:
    """Give each pixel the mean of the windows that cover it, (H, W); 0 where none does.

    >>> spread_out((1, 3), [(0, 0, 1, 2), (0, 1, 1, 2)], [1.0, 3.0]).tolist()
    [[1.0, 2.0, 0.0]]
    """
    total, times = np.zeros(shape), np.zeros(shape)
    for (top, left, bottom, right), value in zip(laid, values, strict=True):
        total[top:bottom, left:right] += value
        times[top:bottom, left:right] += 1
    return total / np.maximum(times, 1)


def smooth(heat: Float64Array, radius: int) -> Float64Array:
    """Blur a heat map by the mean over a square, twice: nearly a bell, without hard edges.

    Args:
        heat: (H, W).
        radius: Pixels on either side that count.
    """
    for _ in range(2):
        for axis in (0, 1):
            heat = _mean_along(heat, radius, axis)
    return heat


def _mean_along(heat: Float64Array, radius: int, axis: int) -> Float64Array:
    # One column more before it: the difference of two running sums is that of what lies between.
    width = [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)]
    sums = np.cumsum(np.pad(heat, width, mode="edge"), axis=axis)
    reach, length = 2 * radius + 1, heat.shape[axis]
    after = np.take(sums, np.arange(reach, reach + length), axis=axis)
    means: Float64Array = (after - np.take(sums, np.arange(length), axis=axis)) / reach
    return means


def shrink(heat: Float64Array, rows: int, columns: int) -> Float64Array:
    """Average a heat map down to so many rows and columns at most.

    >>> shrink(np.array([[1.0, 3.0], [5.0, 7.0]]), 1, 2).tolist()
    [[3.0, 5.0]]
    """
    for axis, count in ((0, rows), (1, columns)):
        parts = np.array_split(heat, min(count, heat.shape[axis]), axis=axis)
        heat = np.stack([part.mean(axis=axis) for part in parts], axis=axis)
    return heat


def highest_share(heat: Float64Array, share: float) -> BoolArray:
    """Whether each pixel is among that share of the picture with the highest heat, (H, W).

    >>> highest_share(np.array([[0.1, 0.9], [0.3, 0.2]]), 0.25).tolist()
    [[False, True], [False, False]]
    """
    count = max(1, round(heat.size * share))
    chosen = np.zeros(heat.size, dtype=np.bool_)
    chosen[np.argsort(-heat, axis=None, kind="stable")[:count]] = True
    return chosen.reshape(heat.shape)
