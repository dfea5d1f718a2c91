"""A small table of products, some of them twice."""

import csv
import io
from pathlib import Path

import numpy as np
from PIL import Image

HEADINGS = ("id", "name", "description", "category", "image")
TEXT = "Soft leather, hand sewn, with a sole of natural rubber that lasts for many years."


def picture(seed: int, *, quality: int = 90, size: tuple[int, int] = (60, 80)) -> bytes:
    """Draw a picture that no other seed gives."""
    pixels = np.random.default_rng(seed).integers(0, 255, (6, 5, 3), dtype=np.uint8)
    out = io.BytesIO()
    image = Image.fromarray(pixels).resize((60, 80), Image.Resampling.BICUBIC)
    image.resize(size).save(out, "JPEG", quality=quality)
    return out.getvalue()


def write_shop(folder: Path, rows: list[tuple[str, ...]], **pictures: bytes) -> Path:
    """Write a CSV of `HEADINGS`, with pictures beside it as ``<name>.jpg``."""
    for name, data in pictures.items():
        (folder / f"{name}.jpg").write_bytes(data)
    file = folder / "shop.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADINGS)
        writer.writerows(rows)
    return file
