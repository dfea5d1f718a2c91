"""The folder of an index: its files, and what is checked before one of them is used.

    shop.index/
      index.json            which folder of data counts, and what every vector in it is
      lock                  held by whoever writes
      data-<16 hex digits>/
        codes.u8            (rows, D) the first byte of each number of the vectors, see
                            prodcat/search/codes.py, in the order of the lists; later rows follow
        rests.u8            (rows, D) the second byte
        facts.bin           (rows,) of `FACTS`
        steps.npy           (2, D): what a code of 0 stands for, and one more
        centres.npy         (L, D) of the lists; no rows in an index that is scanned whole
        starts.npy          (L + 1,): where each list begins
        products.db         SQLite: ids, names, what is deleted, and how many rows count

A row never changes and no number is given twice, so whoever reads goes on with what was there.
Rows are written before the transaction that makes them count; what a killed process left behind
them is written over. Building anew makes another folder of data, and ends by naming it.
"""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from prodcat.errors import SearchError
from prodcat.files import write_json

FORMAT = 2
RECORD, LOCK = "index.json", "lock"
CODES, RESTS, FACT_ROWS = "codes.u8", "rests.u8", "facts.bin"
STEPS, CENTRES, STARTS, PRODUCTS = "steps.npy", "centres.npy", "starts.npy", "products.db"
FACTS = np.dtype([("category", "<i4"), ("list", "<i4"), ("price", "<f4"), ("lost", "<f4")])
"""What a search asks of every row: number of its category, 0 for none; of its list; its price, NaN
for none; length of what its codes lack, see prodcat/search/codes.py."""
MOST_RECORD_BYTES = 2**20
MOST_WIDTH = 2**16
MOST_LISTS = 2**16
DATA = re.compile(r"data-[0-9a-f]{16}")


@dataclass(frozen=True)
class IndexRecord:
    """What ``index.json`` says."""

    data: str
    """Name of the folder of data."""
    blocks: tuple[tuple[str, int], ...]
    """Kinds of vectors that stand side by side in a row, each with its width."""
    fingerprint: str
    """Of whatever made the vectors; those of another are strangers to these."""
    model: str = ""
    """Path of that model, for those that open the index; empty for the one that comes along."""
    images: str = ""
    """Folder of the corpus' pictures, from the index on; empty when there is none."""
    share: float = 1.0
    """Of the rows, how many a search of an index in lists looks at."""
    format: int = FORMAT

    @property
    def width(self) -> int:
        """Numbers of a row."""
        return sum(width for _, width in self.blocks)

    def write(self, folder: Path) -> None:
        """Make it count."""
        write_json(folder / RECORD, asdict(self))


def read_record(folder: Path) -> IndexRecord:
    """Read what an index is.

    Raises:
        SearchError: If there is none, or one that cannot be trusted.
    """
    file = folder / RECORD
    if not folder.is_dir():
        raise SearchError(f"No index at {folder}. Make one with `prodcat index CORPUS {folder}`.")
    if not file.is_file():
        raise SearchError(f"{folder} is no index of similar products: it has no {RECORD}.")
    check_file(file)
    if file.stat().st_size > MOST_RECORD_BYTES:
        raise SearchError(f"{file} has {file.stat().st_size:,} bytes; that is no {RECORD} of ours.")
    try:
        data = json.loads(file.read_bytes())
    except (ValueError, RecursionError) as error:
        raise SearchError(f"{file} is damaged: it is no JSON. Build the index anew.") from error
    return _record(file, data)


def _record(file: Path, data: Any) -> IndexRecord:
    if not isinstance(data, dict) or not isinstance(data.get("format"), int):
        raise SearchError(f"{file} is damaged: it names no format. Build the index anew.")
    if data["format"] != FORMAT:
        raise SearchError(
            f"The index {file.parent} has the format {data['format']}; this version of prodcat"
            f" reads {FORMAT}. Build it anew: `prodcat index CORPUS -o {file.parent}`."
        )
    try:
        blocks = tuple((str(kind), int(width)) for kind, width in data["blocks"])
        record = IndexRecord(
            str(data["data"]),
            blocks,
            str(data["fingerprint"]),
            str(data["model"]),
            str(data["images"]),
            float(data["share"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise SearchError(f"{file} is damaged: {error!r:.100}. Build the index anew.") from error
    is_sound = (
        DATA.fullmatch(record.data)
        and blocks
        and all(width > 0 for _, width in blocks)
        and len(dict(blocks)) == len(blocks)
        and record.width <= MOST_WIDTH
        and 0 < record.share <= 1
    )
    if not is_sound:
        raise SearchError(f"{file} is damaged: its values make no index. Build the index anew.")
    return record


def check_file(file: Path) -> None:
    """Refuse a file of an index that is missing, or a link that may lead anywhere.

    Raises:
        SearchError: If it is.
    """
    if file.is_symlink() or file.parent.is_symlink():
        raise SearchError(f"{file} is a link; the files of an index are files.")
    if not file.is_file():
        raise SearchError(f"The index lacks {file}. Build it anew.")


def read_array(file: Path, shape: tuple[int | None, ...], most: int) -> NDArray[Any]:
    """Read a small array of numbers.

    Args:
        file: Its file.
        shape: What it must have; None for any length.
        most: Numbers that it may have at most.

    Raises:
        SearchError: If it is missing, damaged or of another shape.
    """
    check_file(file)
    if file.stat().st_size > 8 * most + 1024:
        raise SearchError(f"{file} is larger than it can be. Build the index anew.")
    try:
        values: NDArray[Any] = np.load(file, allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise SearchError(f"{file} is damaged: it is no array. Build the index anew.") from error
    fits = isinstance(values, np.ndarray) and values.ndim == len(shape) and values.size <= most
    if not fits or any(w not in (None, g) for w, g in zip(shape, values.shape, strict=True)):
        raise SearchError(f"{file} is damaged: its shape does not fit. Build the index anew.")
    if values.dtype.kind not in "fi" or not np.isfinite(values).all():
        raise SearchError(f"{file} is damaged: it holds no numbers. Build the index anew.")
    return values


def map_rows(file: Path, dtype: Any, rows: int, width: int | None = None) -> NDArray[Any]:
    """Map rows of a file into memory, of which a search reads only what it asks for.

    Raises:
        SearchError: If the file has fewer.
    """
    check_file(file)
    shape = (rows,) if width is None else (rows, width)
    needed = rows * np.dtype(dtype).itemsize * (width or 1)
    if file.stat().st_size < needed:
        raise SearchError(
            f"{file} is cut off: {needed:,} bytes are needed for {rows:,} products, and it has"
            f" {file.stat().st_size:,}. Build the index anew."
        )
    if rows == 0:
        return np.empty(shape, dtype)
    # A plain array over the map: a slice of a memmap costs as much as the search of its rows.
    return np.asarray(np.memmap(file, dtype, mode="r", shape=shape))
