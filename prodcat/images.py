"""Pictures: open any safely as RGB, fit them to an encoder, keep them by content hash."""

import io
import os
import re
import stat
import threading
import warnings
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from prodcat.errors import ConfigError, CorpusError, ImageError, InputError
from prodcat.product import ImageSource

try:
    from PIL import AvifImagePlugin  # noqa: F401
except ImportError:  # Pillow before 11.3
    AVIF: tuple[str, ...] = ()
else:
    AVIF = ("AVIF",)

UInt8Array = npt.NDArray[np.uint8]

# Importing a format's plugin is what makes Pillow know it; naming only these keeps it from
# loading the forty others, and from their bugs.
FORMATS = (
    JpegImagePlugin.JpegImageFile.format,
    MpoImagePlugin.MpoImageFile.format,
    PngImagePlugin.PngImageFile.format,
    WebPImagePlugin.WebPImageFile.format,
    GifImagePlugin.GifImageFile.format,
    BmpImagePlugin.BmpImageFile.format,
    TiffImagePlugin.TiffImageFile.format,
    *AVIF,
)
FITS = ("letterbox", "squash", "crop")
WHITE = (255, 255, 255)
ORIENTATION = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class ImageLimits:
    """What a picture may take at most; beyond it, it is refused before it is decoded."""

    max_bytes: int = 20 * 1024 * 1024
    """Size of the encoded file."""
    max_pixels: int = 50_000_000
    """Width times height."""


DEFAULT_LIMITS = ImageLimits()
# catch_warnings changes the whole process; one thread at a time, or filters get mixed up.
_quiet = threading.Lock()


def open_image(
    source: ImageSource,
    *,
    limits: ImageLimits = DEFAULT_LIMITS,
    size_hint: tuple[int, int] | None = None,
) -> Image.Image:
    """Open a picture as RGB, the right way up, transparency on white.

    Args:
        source: Path, encoded bytes, PIL image, or array of uint8: (H, W), (H, W, 1),
            (H, W, 3) or (H, W, 4). Of an animation the first frame counts.
        limits: What to refuse before decoding.
        size_hint: Width and height that will be needed; a large JPEG is then decoded
            at a fraction of its size, but not below these.

    Raises:
        ImageError: If it is too large, broken, or not a picture at all.

    >>> open_image(np.zeros((4, 6), dtype=np.uint8)).size
    (6, 4)
    """
    name = describe(source)
    if isinstance(source, Image.Image):
        image = source
    elif isinstance(source, np.ndarray):
        image = from_array(source, name)
    else:
        image = from_bytes(read_bytes(source, name, limits), name)
    width, height = image.size
    if width * height == 0:
        raise ImageError(f"{name} has no pixels: {width} × {height}.")
    if width * height > limits.max_pixels:
        raise ImageError(
            f"{name} has {width} × {height} = {width * height:,} pixels;"
            f" at most {limits.max_pixels:,} are allowed."
        )
    try:
        if size_hint is not None and image.format in ("JPEG", "MPO"):
            width, height = size_hint
            turned = read_orientation(image) >= 5
            image.draft("RGB", (height, width) if turned else (width, height))
        image.load()
        return to_rgb(image, name)
    except ImageError:
        raise
    except Exception as error:  # Pillow raises anything on a broken file, down to KeyError
        raise ImageError(f"{name} is broken: {one_line(error)}") from error


def describe(source: ImageSource) -> str:
    """Name a picture for a message, on one line."""
    if isinstance(source, str | os.PathLike):
        path = os.fsdecode(source)
        return (
            f"Picture {path}"
            if path.isprintable() and len(path) < 300
            else f"Picture {path!r:.300}"
        )
    if isinstance(source, bytes | bytearray):
        return f"Picture of {len(source):,} bytes"
    if isinstance(source, memoryview):
        return f"Picture of {source.nbytes:,} bytes"
    if isinstance(source, Image.Image):
        return f"PIL image of mode {source.mode}"
    if isinstance(source, np.ndarray):
        return f"Picture array of {source.dtype} {source.shape}"
    return f"Picture of type {type(source).__name__}"


def one_line(error: Exception) -> str:
    """Say what another library found wrong, on one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__


def read_bytes(source: ImageSource, name: str, limits: ImageLimits) -> bytes:
    """Return the encoded picture, not more of it than allowed."""
    if isinstance(source, str | os.PathLike):
        data = read_file(Path(os.fsdecode(source)), name, limits.max_bytes)
    elif isinstance(source, bytes | bytearray | memoryview):
        check_size(memoryview(source).nbytes, name, limits.max_bytes)
        data = bytes(source)
    else:
        raise ImageError(
            f"{name} cannot be read: give a path, encoded bytes, a PIL image"
            " or a numpy array of uint8."
        )
    if not data:
        raise ImageError(f"{name} is empty.")
    return data


def read_file(path: Path, name: str, max_bytes: int) -> bytes:
    """Read a regular file; others, such as a pipe, could block for ever."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ImageError(f"{name} is not a regular file.")
        check_size(status.st_size, name, max_bytes)
        with path.open("rb") as file:
            data = file.read(max_bytes + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ImageError):
            raise
        reason = error.strerror if isinstance(error, OSError) else None
        raise ImageError(f"{name} cannot be read: {reason or one_line(error)}.") from error
    check_size(len(data), name, max_bytes)
    return data


def check_size(size: int, name: str, max_bytes: int) -> None:
    """Refuse an encoded picture that is too large."""
    if size > max_bytes:
        raise ImageError(f"{name} takes {size:,} bytes; at most {max_bytes:,} are allowed.")


def from_bytes(data: bytes, name: str) -> Image.Image:
    """Read the header of an encoded picture."""
    try:
        with _quiet, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError as error:
        raise ImageError(
            f"{name} is not a picture that can be read: it begins with {data[:16]!r};"
            f" known are {', '.join(FORMATS)}."
        ) from error
    except Exception as error:
        raise ImageError(f"{name} is broken: {one_line(error)}") from error


def from_array(array: npt.NDArray[Any], name: str) -> Image.Image:
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
    if array.size == 0:
        raise ImageError(f"{name} has no pixels.")
    return Image.fromarray(np.ascontiguousarray(array))


def to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Turn the picture upright and convert it to RGB."""
    turn = TURNS.get(read_orientation(image))
    if image.mode.startswith("I"):
        # Pillow's own conversion clips at 255: nearly all of a 16-bit picture would be white.
        values = np.asarray(image).astype(np.int64).clip(0, 65535)
        image = Image.fromarray((values >> 8).astype(np.uint8))
    elif image.mode == "F":
        raise ImageError(f"{name} has floating-point pixels; convert it to 8 bits first.")
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
        with _quiet, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = image.getexif().get(ORIENTATION, 1)
    except Exception:  # a picture whose notes are broken is still a picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


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
    wide, high = image.size
    target = width, height
    box = (0.0, 0.0, float(wide), float(high))
    if fit == "letterbox":
        scale = min(width / wide, height / high)
        target = max(1, round(wide * scale)), max(1, round(high * scale))
    elif fit == "crop":
        scale = min(wide / width, high / height)
        left, top = (wide - width * scale) / 2, (high - height * scale) / 2
        box = (max(0.0, left), max(0.0, top), min(wide, wide - left), min(high, high - top))
    if target != image.size or fit == "crop":
        image = image.resize(target, Image.Resampling.BICUBIC, box=box, reducing_gap=3.0)
    pixels = np.full((3, height, width), 255, dtype=np.uint8)
    left, top = (width - target[0]) // 2, (height - target[1]) // 2
    inside = pixels[:, top : top + target[1], left : left + target[0]]
    inside[...] = np.asarray(image).transpose(2, 0, 1)
    return pixels


class ImageStore:
    """Pictures as files named by the hash of their content: equal ones are kept once.

    The suffix is always ``.jpg``, so that the path follows from the hash alone;
    the content keeps its own format.
    """

    def __init__(self, root: Path) -> None:
        self.root = Path(root)

    def put(self, data: bytes) -> str:
        """Keep an encoded picture and return the SHA-256 of its bytes.

        Raises:
            CorpusError: If it cannot be written.
        """
        digest = sha256(data).hexdigest()
        path = self.path(digest)
        temporary = path.with_name(f"{digest}.{uuid4().hex}.tmp")
        try:
            # The size tells a file that a power cut left half written.
            if path.exists() and path.stat().st_size == len(data):
                return digest
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                temporary.write_bytes(data)
                os.replace(temporary, path)  # noqa: PTH105
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
        except OSError as error:
            raise CorpusError(f"Cannot keep a picture in {self.root}: {error.strerror}.") from error
        return digest

    def path(self, sha256: str) -> Path:
        """Return where the picture of that hash is, or would be.

        Raises:
            InputError: If it is not a hash, which could lead out of the folder.
        """
        if not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
            raise InputError(f"{sha256!r:.80} is not the SHA-256 of a picture: 64 hex digits.")
        return self.root / sha256[:2] / sha256[2:4] / f"{sha256}.jpg"

    def read(self, sha256: str) -> bytes:
        """Return the encoded picture.

        Raises:
            ImageError: If it is not there.
        """
        path = self.path(sha256)
        try:
            return path.read_bytes()
        except OSError as error:
            raise ImageError(f"Picture {path} cannot be read: {error.strerror}.") from error

    def __contains__(self, sha256: object) -> bool:
        return isinstance(sha256, str) and self.path(sha256).is_file()
