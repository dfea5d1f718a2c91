"""Pictures: open any safely as RGB, fit them to an encoder, keep them by content hash."""

from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from prodcat.arrays import UInt8Array
from prodcat.errors import ConfigError
from prodcat.inputs.image_decoding import (
    QUIET,
    decode_image,
    describe,
    filled_size,
    read_array,
    read_bytes,
    read_header,
    read_orientation,
)
from prodcat.inputs.jpeg_files import check_pixels, reduce_jpeg
from prodcat.inputs.picture_sources import is_decoded, plain_source
from prodcat.product import ImageSource

FITS = ("letterbox", "squash", "crop")


@dataclass(frozen=True)
class ImageLimits:
    """What a picture may take at most; beyond it, it is refused before it is decoded."""

    max_bytes: int = 20 * 1024 * 1024
    """Size of the encoded file."""
    max_pixels: int = 50_000_000
    """Width times height; four times as many of a JPEG decoded at a fraction of its size."""


DEFAULT_LIMITS = ImageLimits()


def open_image(
    source: ImageSource,
    *,
    limits: ImageLimits = DEFAULT_LIMITS,
    size_hint: tuple[int, int] | None = None,
    name: str | None = None,
) -> Image.Image:
    """Open a picture as RGB, the right way up, transparency on white.

    Args:
        source: See `prodcat.product.ImageSource`. Of an animation the first frame counts.
        limits: What to refuse before decoding.
        size_hint: Width and height that will be needed; a JPEG of at least four times
            that size is then decoded at a fraction of its own.
        name: What to call it in messages; None for its path or size.

    Raises:
        ImageError: If it is too large, broken, or not a picture at all.

    >>> open_image(np.zeros((4, 6), dtype=np.uint8)).size
    (6, 4)
    """
    name = name or describe(source)
    with QUIET:
        plain = plain_source(source, name, limits.max_bytes)
        if isinstance(plain, Image.Image):
            image = plain
        elif isinstance(plain, np.ndarray):
            image = read_array(plain, name)
        else:
            image = read_header(read_bytes(plain, name, limits.max_bytes), name)
        whole = image.size
        # A caller's own PIL image is left as it is.
        if size_hint is not None and image is not source and isinstance(image, JpegImageFile):
            turned = read_orientation(image) != 1
            # Turned, the padding could be at any side; photos of products rarely are.
            if not turned or whole[0] * whole[1] > limits.max_pixels:
                reduce_jpeg(image, size_hint, turned=turned)
        check_pixels(image, whole, limits.max_pixels, name)
        return decode_image(image, name)


def fit_image(image: Image.Image, *, height: int, width: int, fit: str = "letterbox") -> UInt8Array:
    """Scale a picture to exactly the size that an encoder reads.

    Args:
        image: The picture, RGB.
        height: Height in pixels.
        width: Width in pixels.
        fit: ``letterbox`` keeps all of the picture and its shape and pads with white,
            ``squash`` gives up its shape, ``crop`` gives up what is off the centre.

    Returns:
        Pixels, (3, height, width), contiguous.

    >>> fit_image(Image.new("RGB", (20, 10)), height=4, width=4)[0, :, 0]
    array([255,   0,   0, 255], dtype=uint8)
    """
    if fit not in FITS:
        raise ConfigError(f"Unknown fit {fit!r}. Choose one of: {', '.join(FITS)}.")
    if height < 1 or width < 1:
        raise ConfigError(f"A picture cannot be fit to {width} × {height} pixels.")
    if image.mode != "RGB":
        image = image.convert("RGB")
    # A JPEG that was reduced while decoding may have padding at its right and lower edge.
    wide, high = filled_size(image)
    target = width, height
    left = top = 0.0
    if fit == "letterbox":
        scale = min(width / wide, height / high)
        # At least 1: a very long picture would otherwise have no height at all.
        target = max(1, round(wide * scale)), max(1, round(high * scale))
    elif fit == "crop":
        scale = min(wide / width, high / height)
        left, top = max(0.0, wide - width * scale) / 2, max(0.0, high - height * scale) / 2
    box = left, top, wide - left, high - top
    # From a gap of 3 on, Pillow's documentation says, the result is hardly to be told from that
    # of resizing in one step.
    image = image.resize(target, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    pixels = np.full((3, height, width), 255, dtype=np.uint8)
    x, y = (width - target[0]) // 2, (height - target[1]) // 2
    inside = pixels[:, y : y + target[1], x : x + target[0]]
    inside[...] = np.asarray(image).transpose(2, 0, 1)
    return pixels


def load_image(source: ImageSource, *, limits: ImageLimits = DEFAULT_LIMITS) -> bytes | None:
    """Return the encoded picture; None for one that is decoded already.

    Raises:
        ImageError: If it is too large, or cannot be read.
    """
    if is_decoded(source):
        return None
    return read_bytes(source, describe(source), limits.max_bytes)
