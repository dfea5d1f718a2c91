"""Pictures made small, to be looked at in a report or a workbook."""

import io
from pathlib import Path

from PIL import Image

from prodcat.inputs.images import ImageLimits, open_image

SIDE_PX = 96
"""Of a thumbnail, the longer side at most."""
QUALITY = 70
"""Of the JPEG."""
LIMITS = ImageLimits(max_bytes=20 * 1024 * 1024, max_pixels=50_000_000)
WHITE = (255, 255, 255)


def make_thumbnail(picture: Path | bytes, *, side_px: int = SIDE_PX) -> bytes:
    """Make a small JPEG of a picture, never larger than the picture itself.

    Raises:
        ImageError: If it is too large, broken, or not a picture at all.
    """
    # A JPEG of many megapixels is decoded at a fraction of its size, and in a fraction of the time.
    image = open_image(picture, limits=LIMITS, size_hint=(side_px, side_px))
    image.thumbnail((side_px, side_px), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    # A copy without the profile and the rest that the picture brought along.
    small = Image.new("RGB", image.size, WHITE)
    small.paste(image)
    small.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()
