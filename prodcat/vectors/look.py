"""How a product looks: the colours and the shape of its picture, from the pixels alone.

No network: what one that was trained for categories forgets, it can be told anew from the pixels.
"""

from hashlib import sha256

import numpy as np

from prodcat.arrays import Float32Array, UInt8Array
from prodcat.embeddings.cache import EmbeddingCache
from prodcat.inputs.image_decoding import describe
from prodcat.inputs.images import DEFAULT_LIMITS, ImageLimits, fit_image, load_image, open_image
from prodcat.product import ImageSource
from prodcat.vectors.colours import COLOUR_WIDTH, colour_histogram, foreground, lab_of_rgb
from prodcat.vectors.shapes import SHAPE_WIDTH, gradient_histograms
from prodcat.vectors.unit import unit_rows

LOOK_VERSION = 1
"""Changes with every vector that this makes otherwise."""
SIDE = 80
"""Pixels of the square that a picture is fit to."""
COLOUR_WEIGHT = 0.7
"""Of the colours among what makes a look; the rest is the shape's."""
LOOK_WIDTH = COLOUR_WIDTH + SHAPE_WIDTH


def look_of_pixels(pixels: UInt8Array) -> Float32Array:
    """Return the look of a picture, (LOOK_WIDTH,), of unit length.

    Args:
        pixels: RGB, (3, H, W).
    """
    lab = lab_of_rgb(pixels)
    weight = foreground(lab)
    colour = unit_rows(colour_histogram(lab, weight))
    shape = unit_rows(gradient_histograms(lab[0]))
    joined = np.concatenate([COLOUR_WEIGHT**0.5 * colour, (1 - COLOUR_WEIGHT) ** 0.5 * shape])
    return unit_rows(joined)


class LookReader:
    """Reads the look of pictures, whatever size they come in.

    Args:
        limits: What to refuse before decoding.
        cache: Looks from earlier, to which new ones are added; None for none.
    """

    def __init__(
        self, limits: ImageLimits = DEFAULT_LIMITS, cache: EmbeddingCache | None = None
    ) -> None:
        self.limits, self.cache = limits, cache

    def read(self, source: ImageSource) -> Float32Array:
        """Return the look of a picture, (LOOK_WIDTH,).

        Raises:
            ImageError: If it cannot be decoded.
        """
        data = load_image(source, limits=self.limits)
        key = None if data is None or self.cache is None else sha256(data).hexdigest()
        if key is not None and self.cache is not None:
            cached = self.cache.find([key])
            if key in cached:
                return cached[key]
        image = open_image(
            source if data is None else data,
            limits=self.limits,
            size_hint=(SIDE, SIDE),
            name=describe(source),
        )
        look = look_of_pixels(fit_image(image, height=SIDE, width=SIDE))
        if key is not None and self.cache is not None:
            self.cache.add([key], look[None])
        return look
