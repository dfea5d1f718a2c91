"""The colours of a picture's foreground, as the eye tells them apart."""

import numpy as np

from prodcat.arrays import Float32Array, UInt8Array

# CIE 1976 L*a*b* of sRGB under D65 (IEC 61966-2-1).
TO_XYZ = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
    dtype=np.float32,
)
WHITE = np.array([0.95047, 1.0, 1.08883], dtype=np.float32)
LIGHTNESS = np.linspace(0, 100, 6, dtype=np.float32)
CHROMA = np.arange(-60, 81, 20, dtype=np.float32)
COLOUR_WIDTH = len(LIGHTNESS) * len(CHROMA) ** 2
BORDER = 3
"""Pixels from the edge that are taken for background."""
FAR = 25.0
"""Distance in L*a*b* from the background at which a pixel is foreground without doubt."""
_CODES = np.arange(256, dtype=np.float32) / 255
LINEAR = np.where(_CODES <= 0.04045, _CODES / 12.92, ((_CODES + 0.055) / 1.055) ** 2.4)


def lab_of_rgb(pixels: UInt8Array) -> Float32Array:
    """Return CIELAB of RGB pixels, (3, H, W): lightness 0 to 100, then green–red and blue–yellow.

    >>> lab_of_rgb(np.full((3, 1, 1), 255, dtype=np.uint8)).round(1).ravel().tolist()[0]
    100.0
    """
    linear = LINEAR[pixels].astype(np.float32)
    xyz = np.tensordot(TO_XYZ, linear, axes=1) / WHITE[:, None, None]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]).astype(np.float32)


def foreground(lab: Float32Array) -> Float32Array:
    """Return how surely each pixel is of the product, (H, W), 0 to 1.

    The background is the colour that most of the border has; the middle counts more than the edge.

    Args:
        lab: Pixels, (3, H, W).
    """
    border = np.concatenate(
        [
            lab[:, :BORDER].reshape(3, -1),
            lab[:, -BORDER:].reshape(3, -1),
            lab[:, :, :BORDER].reshape(3, -1),
            lab[:, :, -BORDER:].reshape(3, -1),
        ],
        axis=1,
    )
    background = np.median(border, axis=1)
    distance = np.linalg.norm(lab - background[:, None, None], axis=0)
    rows, columns = (np.linspace(-1, 1, side, dtype=np.float32) for side in lab.shape[1:])
    middle = np.exp(-(rows[:, None] ** 2 + columns[None, :] ** 2))
    weight = np.clip(distance / FAR, 0, 1) ** 2 * middle
    # A white shirt on white would have no foreground at all.
    return (weight + 0.02 * middle).astype(np.float32)


def colour_histogram(lab: Float32Array, weight: Float32Array) -> Float32Array:
    """Return the roots of the shares that colours have, (COLOUR_WIDTH,); soft at the bins' edges.

    Args:
        lab: Pixels, (3, H, W).
        weight: How much each counts, (H, W).
    """
    sizes = (len(LIGHTNESS), len(CHROMA), len(CHROMA))
    places, shares = [], []
    for channel, marks in zip(lab.reshape(3, -1), (LIGHTNESS, CHROMA, CHROMA), strict=True):
        step = marks[1] - marks[0]
        at = np.clip((channel - marks[0]) / step, 0, len(marks) - 1.001)
        below = at.astype(np.int64)
        places.append(below)
        shares.append(at - below)
    flat = weight.ravel()
    histogram = np.zeros(COLOUR_WIDTH)
    for corner in np.ndindex(2, 2, 2):
        index = np.ravel_multi_index(
            [place + up for place, up in zip(places, corner, strict=True)], sizes
        )
        share = flat.copy()
        for up, part in zip(corner, shares, strict=True):
            share *= part if up else 1 - part
        histogram += np.bincount(index, share, minlength=COLOUR_WIDTH)
    return np.sqrt(histogram / histogram.sum()).astype(np.float32)
