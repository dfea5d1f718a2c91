"""The shape of what a picture shows: which way its edges run, cell by cell (Dalal, Triggs 2005)."""

import numpy as np

from prodcat.arrays import Float32Array

CELLS = 8
DIRECTIONS = 8
SHAPE_WIDTH = CELLS * CELLS * DIRECTIONS


def gradient_histograms(lightness: Float32Array) -> Float32Array:
    """Return how strong the edges of each direction are in each cell, (SHAPE_WIDTH,).

    Args:
        lightness: Of each pixel, (H, W), both multiples of `CELLS`.
    """
    down, across = np.gradient(lightness)
    strength = np.hypot(down, across)
    turn = (np.arctan2(down, across) % np.pi) / np.pi * DIRECTIONS
    below = turn.astype(np.int64)
    share = turn - below
    height, width = lightness.shape
    rows = np.arange(height) * CELLS // height
    columns = np.arange(width) * CELLS // width
    cell = (rows[:, None] * CELLS + columns[None, :]) * DIRECTIONS
    histogram = np.zeros(SHAPE_WIDTH)
    for direction, part in ((below % DIRECTIONS, 1 - share), ((below + 1) % DIRECTIONS, share)):
        histogram += np.bincount(
            (cell + direction).ravel(), (strength * part).ravel(), minlength=SHAPE_WIDTH
        )
    return np.sqrt(histogram).astype(np.float32)
