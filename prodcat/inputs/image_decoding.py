"""Picture to pixels: read the bytes, make sure what they are, decode, turn upright, make RGB."""

import importlib
import io
import math
import os
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from prodcat.errors import ImageError, one_line
from prodcat.inputs.jpeg_files import FILLED, check_scans, read_without_end
from prodcat.inputs.picture_sources import DATA_URI, check_size, plain_source
from prodcat.inputs.plain_files import NotPlainError, open_plain
from prodcat.product import ImageSource

# Pillow knows a format once its plugin is imported. Left to itself it imports all fifty, which
# takes a third of a second. MPO, several JPEGs in one, is read as JPEG.
PLUGINS = {
    "JPEG": "PIL.JpegImagePlugin",
    "PNG": "PIL.PngImagePlugin",
    "WEBP": "PIL.WebPImagePlugin",
    "GIF": "PIL.GifImagePlugin",
    "BMP": "PIL.BmpImagePlugin",
    "TIFF": "PIL.TiffImagePlugin",
    "AVIF": "PIL.AvifImagePlugin",
}
for plugin in PLUGINS.values():
    importlib.import_module(plugin)
FORMATS = tuple(name for name in PLUGINS if name in Image.OPEN)
WHITE = (255, 255, 255)
ORIENTATION = 0x0112
MOST_SECONDS = 10
"""Of one core, to decode a picture; one of 50 million pixels takes one or two."""
LONGEST_PATH = 8192
"""Characters of a text that a message shows the beginning of; a longer one holds a picture."""
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class TooLongError(Exception):
    """Decoding a picture takes longer than any real one does."""


class TimedBytes(io.BytesIO):
    """The bytes of a picture, which are no longer read once it has taken its time to decode.

    Pillow reads a picture piece by piece, or strip by strip: millions of these, or pieces that
    are gone over again and again, would keep it busy for hours within every limit of size.
    """

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        # Of this thread alone: with many at once, or a busy machine, no picture takes longer.
        self._until = time.thread_time() + MOST_SECONDS
        self._thread = threading.get_ident()

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on, as long as there is time."""
        if self._thread != threading.get_ident():
            self._thread, self._until = threading.get_ident(), time.thread_time() + MOST_SECONDS
        if time.thread_time() > self._until:
            raise TooLongError(f"it takes over {MOST_SECONDS} seconds to decode")
        return super().read(size)


class QuietPillow:
    """Keeps Pillow's warnings from our users while any thread is within it.

    Python's filters belong to the process: were each thread to change and restore
    them, one could restore what another had changed. So they share one change.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._caught = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._caught = warnings.catch_warnings()
                self._caught.__enter__()
                warnings.filterwarnings("ignore", module=r"PIL\.")
            self._inside += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._caught.__exit__(None, None, None)


QUIET = QuietPillow()


def describe(source: ImageSource) -> str:
    """Name a picture for a message, on one line."""
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        if len(path) > LONGEST_PATH or DATA_URI.match(path):
            return f"Picture in a text of {len(path):,} characters"
        plain = path.isprintable() and 0 < len(path) < 300
        return f"Picture {path}" if plain else f"Picture {path!r:.300}"
    if isinstance(source, bytes | bytearray):
        return f"Picture of {len(source):,} bytes"
    if isinstance(source, memoryview):
        return f"Picture of {source.nbytes:,} bytes"
    if isinstance(source, Image.Image):
        return f"PIL image of mode {source.mode}"
    if isinstance(source, np.ndarray):
        return f"Picture array of {source.dtype} {source.shape}"
    return f"Picture of type {type(source).__name__}"


def reason_of(error: Exception) -> str:
    """Say what another library found wrong; without a full stop, as it ends our own sentence."""
    return one_line(error, 200).rstrip(".") or type(error).__name__


def read_bytes(source: ImageSource, name: str, max_bytes: int) -> bytes:
    """Return the encoded picture, not more of it than allowed."""
    data = plain_source(source, name, max_bytes)
    if isinstance(data, str | os.PathLike):
        data = read_file(Path(os.fsdecode(data)), name, max_bytes)
    if not isinstance(data, bytes):
        raise ImageError(f"{name} is decoded already; give an encoded one.")
    if not data:
        raise ImageError(f"{name} is empty.")
    return data


def read_file(path: Path, name: str, max_bytes: int) -> bytes:
    """Read a regular file; others, such as a pipe, could block for ever."""
    try:
        with open_plain(path) as file:
            size = os.fstat(file.fileno()).st_size
            data = file.read(max_bytes + 1) if size <= max_bytes else b""  # it may have grown
    except NotPlainError as error:
        raise ImageError(f"{name} is not a regular file.") from error
    except OSError as error:
        raise ImageError(f"{name} cannot be read: {error.strerror}.") from error
    except ValueError as error:  # a null character in the path
        raise ImageError(f"{name} cannot be read: {reason_of(error)}.") from error
    check_size(size, name, max_bytes)
    check_size(len(data), name, max_bytes)
    return data


def read_header(data: bytes, name: str) -> Image.Image:
    """Read the header of an encoded picture."""
    try:
        image = Image.open(TimedBytes(data), formats=FORMATS)
        check_scans(data, image.size, name)
        return image
    except ImageError:
        raise
    except UnidentifiedImageError as error:
        # None of its bytes is shown: it may be a file that nobody meant to open, such as a key.
        raise ImageError(
            f"{name} is not a picture that can be read; known are {', '.join(FORMATS)}."
        ) from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{name} has more pixels than are allowed: {reason_of(error)}") from error
    except Exception as error:  # on a broken file Pillow raises anything, down to KeyError
        raise ImageError(f"{name} is broken: {reason_of(error)}.") from error


def read_array(array: npt.NDArray[Any], name: str) -> Image.Image:
    """Make a picture of an array of bytes, whatever its strides."""
    shape = array.shape
    if array.ndim == 3 and shape[2] == 1:
        array = array[:, :, 0]
    if array.dtype != np.uint8 or not (array.ndim == 2 or (array.ndim == 3 and shape[2] in (3, 4))):
        advice = ""
        if array.dtype.kind == "f":
            advice = " For floats from 0 to 1: (array * 255).round().astype('uint8')."
        elif array.dtype.kind == "b":
            advice = " For bool: array.astype('uint8') * 255."
        elif array.ndim == 3 and shape[0] in (1, 3, 4):
            advice = " With channels first: array.transpose(1, 2, 0)."
        raise ImageError(
            f"{name}: expected uint8 of shape (H, W), (H, W, 1), (H, W, 3) or (H, W, 4).{advice}"
        )
    return Image.fromarray(np.array(array, order="C"))  # a copy: ours to keep


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Turn the picture upright and convert it to RGB."""
    turn = TURNS.get(read_orientation(image))
    if image.mode.startswith("I"):
        # Pillow's own conversion clips at 255: nearly all of a 16-bit picture would be white.
        values = np.asarray(image).clip(0, 65535) >> 8
        image = Image.fromarray(values.astype(np.uint8))
    elif image.mode == "F":
        raise ImageError(f"{name} has floating-point pixels; convert it to 8 bits first.")
    if image.mode == "La":
        image = image.convert("LA")  # Pillow knows no way from here to RGBA
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.new("RGB", layer.size, WHITE)
        image.paste(layer, mask=layer)
    elif image.mode != "RGB":
        image = image.convert("RGB")
    return image if turn is None else image.transpose(turn)


def read_orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none or it is broken."""
    try:
        value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a picture whose notes are broken is still a picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def decode_image(image: Image.Image, name: str) -> Image.Image:
    """Decode a picture of which only the header was read.

    Args:
        image: As `read_header` gives it, perhaps to be reduced.
        name: What to call it in a message.
    """
    filled = image.info.get(FILLED)
    size = image.size if filled is not None else None
    try:
        try:
            image.load()
        except OSError as error:
            without_end = read_without_end(image, size) if "truncated" in str(error) else None
            if without_end is None:
                raise
            image = without_end
            if filled is not None:
                image.info[FILLED] = filled
        return to_rgb(image, name)
    except ImageError:
        raise
    except TooLongError as error:
        raise ImageError(f"{name} is no usual picture: {error}.") from error
    except Exception as error:  # on a broken file Pillow raises anything, down to KeyError
        raise ImageError(f"{name} is broken: {reason_of(error)}.") from error


def filled_size(image: Image.Image) -> tuple[float, float]:
    """Return width and height without the padding of the last column and row.

    A JPEG of 1,001 pixels reduced to an eighth is 126 pixels wide, 125.125 of which are
    picture. To scale it as if it were 126 would shift every pixel.
    """
    width, height = image.info.get(FILLED, image.size)
    if (math.ceil(width), math.ceil(height)) != image.size:  # cropped since
        return image.size
    return width, height
