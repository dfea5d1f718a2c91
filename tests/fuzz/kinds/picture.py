"""Pictures of every format that is read, mutated, also where their sizes stand."""

import io
import random
from pathlib import Path

from PIL import Image

from prodcat.inputs.image_decoding import FORMATS
from prodcat.inputs.images import fit_image, open_image
from tests.fuzz.mutating import mutated

MODES = ("RGB", "L", "RGBA", "P", "1", "CMYK", "I;16", "LA", "YCbCr")
OPTIONS: dict[str, tuple[dict[str, object], ...]] = {
    "JPEG": ({}, {"progressive": True}, {"quality": 5, "subsampling": 2}),
    "PNG": ({}, {"compress_level": 0}),
    "TIFF": tuple(
        {"compression": name}
        for name in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
    ),
    "WEBP": ({}, {"lossless": True}),
    "GIF": ({"save_all": True},),
}
WORDS = (
    *(b"\xff\xda", b"\xff\xd9", b"\xff\xc4", b"IHDR", b"IDAT", b"IEND", b"acTL", b"zTXt", b"ICCP"),
    *(b"II*\x00", b"MM\x00*", b"RIFF", b"VP8X", b"ALPH", b"ftypavif", b"\x7f\xff\xff\xff"),
    *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x01", b"Exif\x00\x00", b"\x01\x11", b"\x01\x17"),
)


def make(draw: random.Random, folder: Path) -> None:
    """Write a picture."""
    size = draw.choice(((1, 1), (6, 8), (64, 48), (400, 300), (1, 3000), (3000, 1)))
    image = Image.effect_noise(size, 60).convert("RGB")
    image = image.convert(draw.choice(MODES)) if draw.random() < 0.6 else image
    format = draw.choice(FORMATS)
    options = draw.choice(OPTIONS.get(format, ({},)))
    stream = io.BytesIO()
    try:
        image.save(stream, format, **options)
    except (OSError, KeyError, ValueError):  # a mode that the format does not have
        image.convert("RGB").save(stream := io.BytesIO(), format)
    content = stream.getvalue()
    if draw.random() < 0.9:
        content = mutated(draw, content, words=WORDS, max_bytes=2 << 20)
    (folder / "picture").write_bytes(content)


def run(folder: Path) -> None:
    """Open it whole, and as an encoder reads it."""
    for hint in (None, (96, 128)):
        image = open_image(folder / "picture", size_hint=hint)
        assert image.mode == "RGB"
        assert fit_image(image, height=128, width=96).shape == (3, 128, 96)
