"""What the pictures of a catalogue are like: size, main colour, and grey pixels for a layout.

Each picture is opened once.
"""

from dataclasses import dataclass

import numpy as np

from prodcat.arrays import BoolArray, Float32Array, IntArray, UInt8Array
from prodcat.errors import ImageError, InputError
from prodcat.explore.colour_names import main_colour
from prodcat.explore.map_data import Pictures
from prodcat.inference.cores import count_cores
from prodcat.inference.threads import Threads, in_batches
from prodcat.inputs.images import fit_image, open_image
from prodcat.screen import OnProgress

HEIGHT, WIDTH = 32, 24
"""Of the pictures that colours and pixels are read from."""
AT_ONCE = 256
LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
"""Grey of red, green and blue (ITU-R BT.601)."""


@dataclass(frozen=True, eq=False)
class PictureFacts:
    """Of N products."""

    present: BoolArray
    """Whether the picture could be opened, (N,)."""
    sizes: IntArray
    """Width and height, (N, 2); 0 for none."""
    colours: IntArray
    """Index of `prodcat.explore.colour_names.COLOURS`, (N,); -1 for none."""
    grey: Float32Array | None
    """Grey pixels, 0 to 1, row by row, (N, 768), where they were asked for."""
    broken: int
    """Pictures that could not be opened."""


def read_picture_facts(
    pictures: Pictures,
    has_picture: BoolArray,
    *,
    grey: bool = False,
    threads: int | None = None,
    on_progress: OnProgress | None = None,
) -> PictureFacts:
    """Open each picture once, and tell what it is like.

    Args:
        pictures: Of the products.
        has_picture: Which have one, (N,).
        grey: Keep the grey pixels.
        threads: That open pictures; None for one of each core.
        on_progress: Is told of pictures done.
    """
    count = len(pictures)
    sizes = np.zeros((count, 2), dtype=np.int64)
    colours = np.full(count, -1, dtype=np.int64)
    kept = np.zeros((count, HEIGHT * WIDTH), dtype=np.float32) if grey else None
    rows = np.flatnonzero(has_picture).tolist()
    done = broken = 0
    workers = Threads(count_cores() if threads is None else threads)
    for batch in in_batches(rows, AT_ONCE):
        read = workers.map(lambda row: _read(pictures[row]), batch)
        for row, fact in zip(batch, read, strict=True):
            if fact is None:
                broken += 1
                continue
            sizes[row], pixels, colours[row] = fact
            if kept is not None:
                kept[row] = np.tensordot(LUMA, pixels, axes=1).ravel() / 255
        done += len(batch)
        if on_progress is not None:
            on_progress(done, len(rows))
    return PictureFacts(sizes[:, 0] > 0, sizes, colours, kept, broken)


def _read(picture: bytes | None) -> tuple[tuple[int, int], UInt8Array, int] | None:
    if picture is None:
        return None
    try:
        image = open_image(picture)
        pixels = fit_image(image, height=HEIGHT, width=WIDTH)
    except (ImageError, InputError):
        return None
    return image.size, pixels, main_colour(pixels)
