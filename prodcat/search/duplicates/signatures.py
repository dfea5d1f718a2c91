"""What near-duplicates share, of each product as numbers: names, texts and pictures as hashes."""

import re
import unicodedata
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from PIL import Image

from prodcat.arrays import UInt8Array
from prodcat.data.splits import LEAST_DESCRIPTION, normalise_name
from prodcat.errors import ImageError, InputError
from prodcat.inputs.images import load_image, open_image
from prodcat.inputs.text import clean_text
from prodcat.product import ImageSource
from prodcat.tables.rows import TableRow

LEAST_WORDS = 2
"""A name of fewer words, such as "Blue Shirt 42" without colour and size, is no one product's."""
GRID = 8
"""Rows and columns of what is kept of a picture."""
STEP = 4
"""Of 255: two neighbours on the grid nearer than that are equal, so that the noise of a white
ground tells nothing."""


@dataclass(frozen=True, slots=True)
class PictureMark:
    """What is kept of a picture."""

    content: int
    """Hash of the encoded file."""
    shape: int
    """Where the grid grows brighter to the right, 64 bits (difference hash, Krawetz 2013)."""
    colours: UInt8Array
    """The picture on the grid, (8, 8, 3)."""


@dataclass(frozen=True, slots=True)
class ProductMark:
    """What is kept of a product while all are compared; 0 stands for nothing."""

    id: int
    name: int
    """Of the name as it is written, but for case and spaces."""
    family: str
    """The name without colours and tokens with digits; empty where too little is left."""
    maker: str
    """Brand, or else the first word of the name: whose text a description is."""
    description: int
    picture: PictureMark | None
    problem: str | None = None
    """Why its picture could not be read."""


def hashed(text: str | bytes) -> int:
    """Return a hash of 63 bits, the same on every machine; 0 of nothing.

    >>> hashed(""), hashed("a") == hashed(b"a")
    (0, True)
    """
    data = text.encode(errors="surrogatepass") if isinstance(text, str) else text
    return int.from_bytes(blake2b(data, digest_size=8).digest()) >> 1 if data else 0


def folded(text: str) -> str:
    r"""Return a text as it is compared: without markup, accents as one sign, case and spaces.

    >>> folded("  Nike\u00a0MEN <b>Shoe</b> ")
    'nike men shoe'
    """
    try:
        return unicodedata.normalize("NFKC", clean_text(text)).casefold()
    except InputError:
        return ""


def family_name(name: str) -> str:
    """Reduce a folded name to what one product's colours and sizes share.

    >>> family_name("nike men blue t-shirt 42"), family_name("blue shirt 42")
    ('nike men t shirt', '')
    """
    words = normalise_name(name)
    return words if len(words.split()) >= LEAST_WORDS else ""


def mark_product(row: TableRow, *, pictures: bool = True) -> ProductMark:
    """Take of a product what it is compared by; a broken picture is told and left out."""
    name, description = folded(row.name), folded(row.description)
    picture, problem = None, None
    if pictures and row.image is not None:
        try:
            picture = mark_picture(row.image)
        except ImageError as error:
            problem = str(error)
    first = re.search(r"\w+", name)
    return ProductMark(
        id=hashed(row.id),
        name=hashed(name),
        family=family_name(name),
        maker=folded(row.brand) or (first[0] if first else ""),
        description=hashed(description) if len(description) > LEAST_DESCRIPTION else 0,
        picture=picture,
        problem=problem,
    )


def mark_picture(source: ImageSource) -> PictureMark:
    """Hash a picture's bytes, and what is to be seen on it.

    Raises:
        ImageError: If it is too large, broken, or not a picture at all.
    """
    data = load_image(source)
    # Twice the grid: a JPEG is decoded at a fraction of its size, and still averaged down.
    image = open_image(data if data is not None else source, size_hint=(2 * GRID, 2 * GRID))
    grey = image.convert("L").resize((GRID + 1, GRID), Image.Resampling.BOX)
    steps = np.asarray(grey, np.int16)
    bits = np.packbits((steps[:, 1:] - steps[:, :-1] > STEP).ravel())
    colours = np.asarray(image.resize((GRID, GRID), Image.Resampling.BOX), np.uint8)
    content = hashed(data if data is not None else image.tobytes())
    return PictureMark(content, int.from_bytes(bits.tobytes()), colours)
