"""The main colour of a picture, by name.

A shop's own colour words differ from shop to shop, and many shops have none. Each pixel of the
foreground is named by its lightness, chroma and hue; the name with the most weight counts.
"""

import numpy as np

from prodcat.arrays import Float32Array, IntArray, UInt8Array
from prodcat.vectors.colours import foreground, lab_of_rgb

WEIGHTS = {
    "black": 1.0,
    "grey": 0.75,
    "white": 1.0,
    "beige": 0.25,
    "brown": 1.0,
    "red": 1.6,
    "orange": 1.0,
    "yellow": 1.0,
    "green": 1.25,
    "turquoise": 0.2,
    "blue": 1.25,
    "purple": 2.0,
    "pink": 1.25,
}
"""How much a pixel of each name counts, fitted on 3,000 training products of fashion.parquet: the
skin of models is beige, and blue in the shade turquoise."""
COLOURS = tuple(WEIGHTS)
SHOWN = {
    "black": "#222222",
    "grey": "#8c8c8c",
    "white": "#f2f2f2",
    "beige": "#d9c7a5",
    "brown": "#7a4f2b",
    "red": "#c62828",
    "orange": "#ef7d1a",
    "yellow": "#f2cf1d",
    "green": "#3a8c3f",
    "turquoise": "#2ba7a3",
    "blue": "#2f5fb3",
    "purple": "#7b3fa0",
    "pink": "#e67fa9",
}
"""What stands for each of them in a chart."""
_WEIGHTS = np.array(list(WEIGHTS.values()), dtype=np.float64)


def main_colour(pixels: UInt8Array) -> int:
    """Return the index in `COLOURS` of a picture's main colour.

    Args:
        pixels: RGB, (3, H, W).

    >>> red = np.zeros((3, 8, 8), np.uint8)
    >>> red[0] = 200
    >>> COLOURS[main_colour(red)]
    'red'
    """
    lab = lab_of_rgb(pixels)
    weights = np.bincount(name_pixels(lab).ravel(), foreground(lab).ravel(), minlength=len(COLOURS))
    return int((weights * _WEIGHTS).argmax())


def name_pixels(lab: Float32Array) -> IntArray:
    """Return the index in `COLOURS` of each pixel of CIELAB, (3, H, W) → (H, W)."""
    lightness, a, b = lab
    chroma, hue = np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360
    is_dull = chroma < np.where(lightness < 35, 6.4, 8)
    is_reddish = (hue >= 345) | (hue < 20)
    rules = (
        ("black", is_dull & (lightness < 45)),
        ("grey", is_dull & (lightness < 70)),
        ("white", is_dull),
        ("black", (lightness < 18) & (chroma < 14)),
        ("red", is_reddish & (lightness < 52) & ((hue >= 350) | (hue < 25))),
        ("pink", is_reddish),
        ("red", (hue < 42) & (chroma > 32) & (lightness < 62)),
        ("red", (hue < 42) & (chroma > 22) & (lightness < 48)),
        ("orange", (hue < 60) & (chroma > 42)),
        ("brown", (hue < 105) & (lightness < 50)),
        ("brown", (hue < 42) & (lightness < 62)),
        ("pink", hue < 42),
        ("orange", (hue < 82) & (chroma > 48)),
        ("yellow", (hue < 115) & (chroma > 38)),
        ("beige", (hue < 115) & (lightness >= 50)),
        ("beige", hue < 100),
        ("green", hue < 185),
        ("turquoise", hue < 225),
        ("blue", hue < 300),
        ("purple", hue < 335),
    )
    return np.select(
        [where for _, where in rules],
        [COLOURS.index(name) for name, _ in rules],
        default=COLOURS.index("pink"),
    ).astype(np.int64)
