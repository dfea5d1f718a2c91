"""The forms in which Python has pictures, each brought to bytes, a path, an image or an array."""

import base64
import binascii
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from prodcat.errors import ImageError, one_line
from prodcat.product import ImageSource

DATA_URI = re.compile(r"\s*data:([^,]{0,200}),", re.IGNORECASE)
BASE64 = re.compile(
    r"\s*(?:/9j/|iVBORw0KGgo|R0lGOD|UklGR|SUkq|TU0A|AAAA.GZ0eXB)[A-Za-z0-9+/_\-\s]{30,}={0,2}\s*"
)
"""Base64 of each format that we read but BMP, whose beginning is too short to tell. That of JPEG
looks like a path, but a path has a dot before its suffix."""
CHANNELS = (1, 3, 4)

Plain = bytes | str | os.PathLike[str] | Image.Image | NDArray[Any]
"""What is read from here on."""


def plain_source(source: ImageSource, name: str, max_bytes: int) -> Plain:
    """Bring a picture to encoded bytes, a path, a PIL image or an array.

    Args:
        source: See `prodcat.product.ImageSource`.
        name: What to call it in a message.
        max_bytes: Of what is encoded; beyond it, it is not decoded from base64 nor read on.

    Raises:
        ImageError: If it is none of these, too large, or does not say what it means.
    """
    if isinstance(source, Mapping):
        inner = source.get("bytes")
        inner = source.get("path") if inner is None else inner
        if inner is None:
            raise ImageError(f"{name}: a dict of a picture has bytes or a path, and this has none.")
        source = inner
    if isinstance(source, str):
        encoded = decode_text(source, name, max_bytes)
        return source if encoded is None else encoded
    if isinstance(source, bytes | bytearray | memoryview):
        check_size(memoryview(source).nbytes, name, max_bytes)
        return bytes(source)
    if isinstance(source, os.PathLike | Image.Image | np.ndarray):
        return source
    if callable(getattr(source, "read", None)):
        return read_stream(source, name, max_bytes)
    # Told by what it can do: torch is not loaded for it.
    if callable(getattr(source, "detach", None)) and callable(getattr(source, "cpu", None)):
        return read_tensor(source, name)
    raise ImageError(
        f"{name} cannot be read: give a path, encoded bytes, a file object, a PIL image,"
        " a numpy array of uint8 or a tensor."
    )


def is_decoded(source: ImageSource) -> bool:
    """Tell pictures whose pixels are there from those that are encoded or somewhere else."""
    return isinstance(source, Image.Image | np.ndarray) or (
        callable(getattr(source, "detach", None)) and not callable(getattr(source, "read", None))
    )


def check_size(size: int, name: str, max_bytes: int) -> None:
    """Refuse more bytes than allowed."""
    if size > max_bytes:
        raise ImageError(f"{name} takes {size:,} bytes; at most {max_bytes:,} are allowed.")


def is_text_of_picture(text: str) -> bool:
    """Tell a text that holds a picture from one that says where it is."""
    return DATA_URI.match(text) is not None or BASE64.fullmatch(text) is not None


def decode_text(text: str, name: str, max_bytes: int) -> bytes | None:
    """Decode a ``data:`` URI, or base64 of a picture; None for any other text, such as a path.

    Raises:
        ImageError: If it is one of these but broken, is too large, or is a web address.

    >>> decode_text("data:image/gif;base64,R0lGODlh", "Picture", 100)
    b'GIF89a'
    >>> decode_text("pictures/shoe.jpg", "Picture", 100)
    """
    if text[:8].lower().startswith(("http://", "https://")):
        raise ImageError(f"{name} is a web address; nothing is fetched. Give the picture itself.")
    if uri := DATA_URI.match(text):
        data = text[uri.end() :]
        if not uri[1].lower().rstrip().endswith(";base64"):
            check_size(len(data) - 2 * data.count("%"), name, max_bytes)
            return unquote_to_bytes(data)
        return _from_base64(data, name, max_bytes)
    if BASE64.fullmatch(text):
        return _from_base64(text, name, max_bytes)
    return None


def _from_base64(text: str, name: str, max_bytes: int) -> bytes:
    # Line ends are few; what they add to the size is not worth a copy of the text.
    check_size(len(text) * 3 // 4 - 2, name, max_bytes)
    compact = "".join(unquote_to_bytes(text).decode("latin-1").split())
    padded = compact.rstrip("=") + "=" * (-len(compact.rstrip("=")) % 4)
    try:
        return base64.b64decode(padded.translate({ord("-"): "+", ord("_"): "/"}), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImageError(f"{name} is no readable base64: {one_line(error)}.") from error


def read_stream(stream: Any, name: str, max_bytes: int) -> bytes:
    """Read a file object from its beginning, where it can be, and not more of it than allowed."""
    try:
        # What was just written to a BytesIO leaves it at its end.
        if callable(getattr(stream, "seekable", None)) and stream.seekable():
            stream.seek(0)
        data = stream.read(max_bytes + 1)
    except (OSError, ValueError) as error:  # closed, or not open for reading
        raise ImageError(f"{name} cannot be read: {one_line(error)}.") from error
    if not isinstance(data, bytes):
        raise ImageError(f"{name} reads {type(data).__name__}, not bytes; open it with mode 'rb'.")
    if len(data) > max_bytes:
        raise ImageError(f"{name} takes more than the {max_bytes:,} bytes that are allowed.")
    return data


def read_tensor(tensor: Any, name: str) -> NDArray[np.uint8]:
    """Turn a tensor of one picture into an array, (H, W) or (H, W, channels).

    Args:
        tensor: (H, W), channels first or last; uint8, or floats from 0 to 1.
        name: What to call it in a message.

    Raises:
        ImageError: If it is not that, or could have its channels first as well as last.
    """
    try:
        array = np.asarray(tensor.detach().cpu())
    except (TypeError, RuntimeError) as error:  # bfloat16, sparse, quantized
        raise ImageError(
            f"{name} is no plain array ({one_line(error)}); give it as one."
        ) from error
    shape = tuple(array.shape)
    if array.ndim == 3:
        first, last = shape[0] in CHANNELS, shape[2] in CHANNELS
        if first and last:
            raise ImageError(
                f"{name} of shape {shape} may have its channels first or last; give it as an"
                " array: tensor.permute(1, 2, 0).numpy() where they are first, else tensor.numpy()."
            )
        if first:
            array = array.transpose(1, 2, 0)
        elif not last:
            array = array[:0]
    if array.ndim not in (2, 3) or not array.size:
        raise ImageError(
            f"{name} has the shape {shape}; a picture is (channels, H, W), (H, W, channels) or"
            " (H, W), with 1, 3 or 4 channels. Of a batch, give one after the other."
        )
    if array.dtype.kind == "f":
        low, high = float(array.min()), float(array.max())
        if not (low >= 0.0 and high <= 1.0):  # NaN is neither
            raise ImageError(
                f"{name} has values from {low:.3g} to {high:.3g}; floats are from 0 to 1."
                " Undo the normalization, or give uint8."
            )
        return (array * 255).round().astype(np.uint8)
    if array.dtype != np.uint8:
        raise ImageError(f"{name} is of {array.dtype}; expected uint8, or floats from 0 to 1.")
    return array
