"""What has to be known of a JPEG before it is decoded, or after its end was found missing."""

import io
import math
import re

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from prodcat.errors import ImageError

START_OF_SCAN, END_OF_IMAGE = 0xDA, 0xD9
STANDALONE = {0x01, *range(0xD0, 0xD9)}
"""Markers that no length follows."""
AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
"""The marker that ends a scan: within it an escaped 0xff and restarts do not."""
MOST_SCANS = 100
"""Of a progressive JPEG; those of cameras and shops have about ten."""
MOST_SCANNED_PIXELS = 1_500_000_000
"""Pixels times scans: each scan goes over all of the picture again."""
REDUCED_COST = 4
"""So many pixels of a JPEG that is reduced while it is decoded cost as much as one."""
FILLED = "filled_size"  # key in Image.info
LEAST_ROWS = 0.75
"""Share of the rows that must be there of a picture that lacks its end."""
LEAST_SCANS = 3
"""The same of a progressive one: all rows at an eighth of the size, and something finer."""
UNWRITTEN = 128
"""What the decoder puts where there was nothing, in each channel; give or take 1."""


def is_jpeg(data: bytes) -> bool:
    """Tell by its first bytes."""
    return data[:3] == b"\xff\xd8\xff"


def count_scans(data: bytes) -> int:
    r"""Count the scans of a JPEG without decoding any, up to where its markers make no sense.

    >>> count_scans(b"\xff\xd8\xff\xda\x00\x02scan\xff\x00\xff\xd9")
    1
    """
    scans, place = 0, 2
    while place + 4 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker == 0xFF:  # filling
            place += 1
            continue
        if marker == END_OF_IMAGE:
            break
        place += 2
        if marker in STANDALONE:
            continue
        place += max(2, int.from_bytes(data[place : place + 2], "big"))
        if marker == START_OF_SCAN:
            scans += 1
            after = AFTER_SCAN.search(data, place)
            if after is None:
                break
            place = after.start()
    return scans


def check_scans(data: bytes, size: tuple[int, int], name: str) -> None:
    """Refuse a JPEG that would be gone over so often that decoding takes minutes.

    Args:
        data: The file.
        size: Width and height.
        name: What to call it in a message.

    Raises:
        ImageError: If it has too many scans for its size, or too many at all.
    """
    if not is_jpeg(data):
        return
    scans, pixels = count_scans(data), size[0] * size[1]
    most = max(1, min(MOST_SCANS, MOST_SCANNED_PIXELS // max(1, pixels)))
    if scans > most:
        raise ImageError(
            f"{name} is a JPEG of {scans:,} scans; at most {most} are allowed for {size[0]} ×"
            f" {size[1]} pixels."
        )


def read_without_end(image: Image.Image, size: tuple[int, int] | None) -> Image.Image | None:
    """Decode a JPEG whose last bytes are missing as browsers do, with grey for what is not there.

    Args:
        image: Which Pillow found to be cut off.
        size: What it had been reduced to while decoding; None for its own.

    Returns:
        None where it is no JPEG, or too little of it is there.
    """
    stream = getattr(image, "fp", None)  # of what is read from a file
    data = stream.getvalue() if isinstance(stream, io.BytesIO) else b""
    if not is_jpeg(data) or (image.info.get("progressive") and count_scans(data) < LEAST_SCANS):
        return None
    # Given an end, the decoder goes on to the last row. Pillow's own switch for that belongs to the
    # process, not to a picture.
    again = JpegImageFile(io.BytesIO(data + bytes([0xFF, END_OF_IMAGE])))
    if size is not None:
        again.draft("RGB", size)
    again.load()
    return again if share_of_rows(again) >= LEAST_ROWS else None


def reduce_jpeg(image: Image.Image, size_hint: tuple[int, int], *, turned: bool) -> None:
    """Have a JPEG of at least four times the size that is needed decoded at a fraction of its own.

    Args:
        image: Of which only the header was read.
        size_hint: Width and height that will be needed.
        turned: Whether it is stored on its side.
    """
    # At twice the size the difference is next to none, and it takes no longer.
    enough = 2 * size_hint[0], 2 * size_hint[1]
    if image.width < 2 * enough[0] or image.height < 2 * enough[1]:
        return
    reduced = image.draft("RGB", enough)
    if reduced is not None and not turned:
        image.info[FILLED] = reduced[1][2:]


def check_pixels(image: Image.Image, whole: tuple[int, int], most: int, name: str) -> None:
    """Refuse a picture that takes too much memory or time to decode.

    Args:
        image: As it will be decoded, perhaps reduced.
        whole: Its own width and height.
        most: Pixels that are allowed; four times as many of one that is reduced while it is
            decoded, which takes little memory, unless it is progressive.
        name: What to call it in a message.

    Raises:
        ImageError: If it is too large, or empty.
    """
    pixels = whole[0] * whole[1]
    cost = pixels
    if image.size != whole and not image.info.get("progressive"):
        cost = max(image.width * image.height, math.ceil(pixels / REDUCED_COST))
    if not 0 < cost <= most:
        raise ImageError(
            f"{name} has {whole[0]} × {whole[1]} = {pixels:,} pixels;"
            f" from 1 to {most:,} are allowed."
        )


def share_of_rows(image: Image.Image) -> float:
    """Return how many of a picture's rows were decoded before its data ended, 0 to 1.

    The others, at its lower edge, are evenly grey.
    """
    values = np.asarray(image)
    rows = np.abs(values.reshape(len(values), -1).astype(np.int16) - UNWRITTEN).max(axis=1) > 1
    written = np.flatnonzero(rows)
    return float(written[-1] + 1) / len(values) if len(written) else 0.0
