"""What a run over a table depends on, so that a later one knows whether it may go on."""

import hashlib
from dataclasses import asdict
from pathlib import Path
from typing import Any

from prodcat.bulk.answering import CategorizeOptions
from prodcat.corpus.store import Corpus
from prodcat.inference.predictor import Predictor
from prodcat.inputs.plain_files import open_plain
from prodcat.tables.byte_source import STDIN
from prodcat.tables.files_table import FilesTable
from prodcat.tables.folders import table_paths
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.picture_folder import PictureFolder
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import TableFormat

BLOCK_BYTES = 1 << 16
BLOCKS = 33
"""Read of a file, the first and the last among them. A copy may keep the time and the size of what
it replaces; somewhere in these it mostly differs, and they cost a few milliseconds."""


def manifest(
    table: ProductTable, predictor: Predictor, options: CategorizeOptions
) -> dict[str, Any]:
    """Return all that the answers depend on, as plain data."""
    return {
        "format": 4,
        "input": input_state(table),
        "model": predictor.fingerprint,
        # Of workers, batches and parts there is nothing here: no answer depends on them, bit for
        # bit, so a run may go on with others.
        "options": {
            **options.rule,
            "read_as": asdict(table.read_as),
            "device": predictor.engine.device,
            "columns": table.columns,
            "image_root": table.image_root and str(table.image_root.resolve()),
            "fetch_pictures": options.fetch_picture is not None,
            "pictures": options.pictures,
        },
    }


def input_state(table: ProductTable) -> dict[str, Any]:
    """Tell a table's state from any later one, without reading all of a large file."""
    if isinstance(table.path, str):
        return {"path": table.path, "parts": stored_states(table.format)}
    path = table.path.resolve()
    if table.is_corpus:  # whose newest rows may be in a file beside it
        with Corpus.open(path, read_only=True) as corpus:
            return {"path": str(path), "fingerprint": corpus.fingerprint()}
    if table.path == STDIN:
        # Its copy is elsewhere each time, and is read here anyway.
        with table.format.path.open("rb") as stream:
            return {"path": "-", "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}
    if isinstance(table.format, PictureFolder):
        return {"path": str(path), "fingerprint": table.format.fingerprint()}
    if isinstance(table.format, FilesTable):
        return {"path": str(path), "parts": [file_state(p) for p in table_paths(table.format)]}
    return file_state(table.format.path.resolve())


def file_state(path: Path) -> dict[str, Any]:
    """Tell a file's state by its size, its time, and blocks of it from its beginning to its end."""
    status = path.stat()
    digest = hashlib.sha256()
    with open_plain(path) as stream:
        for place in block_places(status.st_size):
            stream.seek(place)
            digest.update(stream.read(BLOCK_BYTES))
    return {
        "path": str(path),
        "bytes": status.st_size,
        "mtime_ns": status.st_mtime_ns,
        "blocks": digest.hexdigest(),
    }


def block_places(size: int) -> list[int]:
    """Return where in a file the blocks begin that it is known by; all of a small one.

    >>> block_places(100_000), len(block_places(10**9)), block_places(10**9)[-1] + BLOCK_BYTES
    ([0, 65536], 33, 1000000000)
    """
    if size <= BLOCKS * BLOCK_BYTES:
        return list(range(0, size, BLOCK_BYTES))
    last = size - BLOCK_BYTES
    return [last * number // (BLOCKS - 1) for number in range(BLOCKS)]


def stored_states(table: TableFormat) -> list[dict[str, Any]]:
    """Tell the state of a table from `open_stored` from any later one."""
    files = table.parts if isinstance(table, FilesTable) else [table]
    stores = [file.store for file in files if isinstance(file, ParquetTable)]
    infos = stores[0].get_file_info([file.path.as_posix() for file in files])
    return [{"path": i.path, "bytes": i.size, "mtime_ns": i.mtime_ns} for i in infos]
