"""Building an index: a folder of data is written, and then takes the old one's place."""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO
from uuid import uuid4

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.errors import SearchError
from prodcat.files import lock_file, whole
from prodcat.screen import OnProgress
from prodcat.search.codes import Codes, fit_codes
from prodcat.search.layout import (
    CENTRES,
    CODES,
    DATA,
    FACT_ROWS,
    FACTS,
    LOCK,
    PRODUCTS,
    RECORD,
    RESTS,
    STARTS,
    STEPS,
    IndexRecord,
)
from prodcat.search.lists import SAMPLE, fit_centres, nearest_lists, order_centres
from prodcat.search.products import IndexedProduct, ProductTable
from prodcat.search.tuning import choose_share

EXACT = 200_000
"""Up to so many products all are scanned; more are kept in lists."""
LARGEST = 1.001
CHUNK = 16_384
"""Rows that are written at once."""


class Vectors:
    """The vectors of products, kind by kind, side by side as an index has them.

    Args:
        by_kind: (N, width) of each kind: rows of unit length, or zeros.
    """

    def __init__(self, by_kind: Mapping[str, Float32Array]) -> None:
        self.by_kind = dict(by_kind)
        counts = {len(rows) for rows in self.by_kind.values()}
        if len(counts) != 1 or any(rows.ndim != 2 for rows in self.by_kind.values()):
            shapes = {kind: rows.shape for kind, rows in self.by_kind.items()}
            raise SearchError(f"Expected as many vectors of each kind, but found {shapes}.")
        self.blocks = tuple((kind, rows.shape[1]) for kind, rows in self.by_kind.items())
        self.width = sum(width for _, width in self.blocks)

    def __len__(self) -> int:
        return len(next(iter(self.by_kind.values())))

    def __getitem__(self, rows: slice | IntArray) -> Float32Array:
        joined = np.concatenate([block[rows] for block in self.by_kind.values()], axis=1)
        joined = joined.astype(np.float32, copy=False)
        if not (np.abs(joined) <= LARGEST).all():
            raise SearchError(
                "A vector holds NaN or a number above 1; its blocks have unit length."
            )
        return joined

    def split(self, rows: IntArray) -> dict[str, Float32Array]:
        """Return some rows, kind by kind."""
        return {kind: np.asarray(block[rows]) for kind, block in self.by_kind.items()}


def build_index(
    folder: Path,
    by_kind: Mapping[str, Float32Array],
    products: Sequence[IndexedProduct],
    *,
    fingerprint: str,
    model: str = "",
    images: str = "",
    exact: int = EXACT,
    timeout_s: float = 10.0,
    on_progress: OnProgress | None = None,
) -> None:
    """Build an index, or build it anew; until the last moment the old one is what is read.

    Args:
        folder: Of the index; made where it is missing.
        by_kind: The vectors of each kind, (N, width): of unit length, or zeros.
        products: What they are of, (N,).
        fingerprint: Of what made the vectors.
        model: Path of that model.
        images: Folder of the products' pictures, from the index on.
        exact: Up to so many products are not put in lists.
        timeout_s: How long to wait for another process that writes.
        on_progress: Called with the rows that are done, of twice as many as there are.

    Raises:
        SearchError: If they do not fit together, an id is there twice, or it cannot be written.
    """
    vectors = Vectors(by_kind)
    _check(vectors, products)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / RECORD).exists() and any(p.name != LOCK for p in folder.iterdir()):
            leftovers = [p for p in folder.iterdir() if p.name != LOCK]
            if not all(DATA.fullmatch(p.name) for p in leftovers):
                raise SearchError(
                    f"{folder} is no index, and not empty. Give a folder that is not there yet."
                )
        with locked(folder, timeout_s):
            data = folder / f"data-{uuid4().hex[:16]}"
            data.mkdir()
            try:
                share = _write_data(data, vectors, products, exact, on_progress)
                record = IndexRecord(data.name, vectors.blocks, fingerprint, model, images, share)
                record.write(folder)
            except BaseException:
                shutil.rmtree(data, ignore_errors=True)
                raise
            for old in folder.iterdir():
                if DATA.fullmatch(old.name) and old != data and not old.is_symlink():
                    shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise SearchError(f"Cannot build the index {folder}: {error.strerror}.") from error


def locked(folder: Path, timeout_s: float) -> IO[bytes]:
    """Return the open lock of an index, held until it is closed.

    Raises:
        SearchError: If another process does not let go of it in time.
    """
    if (folder / LOCK).is_symlink():
        raise SearchError(f"{folder / LOCK} is a link; the files of an index are files.")
    end = time.monotonic() + timeout_s
    while (lock := lock_file(folder / LOCK)) is None:
        if time.monotonic() >= end:
            raise SearchError(
                f"The index {folder} is being written to by another process."
                " Try again when it is done."
            )
        time.sleep(0.02)
    return lock


def _check(vectors: Vectors, products: Sequence[IndexedProduct]) -> None:
    if len(vectors) != len(products):
        raise SearchError(f"There are {len(vectors):,} vectors of {len(products):,} products.")
    ids = {product.id for product in products}
    if len(ids) != len(products):
        raise SearchError(f"{len(products) - len(ids):,} products have the id of another one.")


def _write_data(
    data: Path,
    vectors: Vectors,
    products: Sequence[IndexedProduct],
    exact: int,
    on_progress: OnProgress | None,
) -> float:
    """Write a folder of data and return the share of its rows that a search has to look at."""
    count, steps = len(vectors), 2 * len(vectors)
    lists = 0 if count <= exact else round(count**0.5)
    centres = np.empty((0, vectors.width), np.float32)
    if lists:
        rng = np.random.default_rng(0)
        sample = vectors[np.sort(rng.choice(count, min(count, SAMPLE * lists), replace=False))]
        centres = fit_centres(sample, sample[rng.choice(len(sample), lists, replace=False)])
        centres = centres[order_centres(centres)]
    low = np.full(vectors.width, np.inf, np.float32)
    high = -low
    nearest = np.zeros(count, np.int64)
    for start in range(0, count, CHUNK):
        rows = vectors[start : start + CHUNK]
        low, high = np.minimum(low, rows.min(axis=0)), np.maximum(high, rows.max(axis=0))
        if lists:
            nearest[start : start + CHUNK] = nearest_lists(rows, centres)
        _tell(on_progress, start + len(rows), steps)
    if not count:
        low, high = np.full(vectors.width, -1, np.float32), np.ones(vectors.width, np.float32)
    codes = fit_codes(low, high)
    order = np.argsort(nearest, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(nearest, minlength=lists))])[: lists + 1]
    for name, values in ((STEPS, np.stack([codes.low, codes.step])), (CENTRES, centres)):
        _save(data / name, values)
    _save(data / STARTS, starts.astype(np.int64))
    numbers = _write_products(data, [products[row] for row in order])
    _write_rows(data, vectors, codes, order, nearest, products, numbers, on_progress)
    return choose_share(data, vectors.blocks) if lists else 1.0


def _save(file: Path, values: np.ndarray) -> None:
    with whole(file) as temporary, temporary.open("xb") as stream:
        np.save(stream, values, allow_pickle=False)


def _write_products(data: Path, products: Sequence[IndexedProduct]) -> dict[str, int]:
    table = ProductTable.create(data / PRODUCTS)
    try:
        with table.transaction(write=True):
            codes = table.codes()
            numbers = [table.code_of(product.category, codes) for product in products]
            table.insert(0, products, numbers)
        table.db.execute("pragma wal_checkpoint(truncate)")
    finally:
        table.close()
    return codes


def _write_rows(
    data: Path,
    vectors: Vectors,
    codes: Codes,
    order: IntArray,
    nearest: IntArray,
    products: Sequence[IndexedProduct],
    numbers: Mapping[str, int],
    on_progress: OnProgress | None,
) -> None:
    count = len(vectors)
    with (
        whole(data / CODES) as code_file,
        whole(data / RESTS) as rest_file,
        whole(data / FACT_ROWS) as fact_file,
        code_file.open("xb") as code_stream,
        rest_file.open("xb") as rest_stream,
        fact_file.open("xb") as fact_stream,
    ):
        for start in range(0, count, CHUNK):
            places = order[start : start + CHUNK]
            packed = codes.pack(vectors[places])
            chosen = [products[place] for place in places]
            facts = pack_facts(
                chosen,
                [numbers[product.category] for product in chosen],
                nearest[places],
                codes.lost(packed),
            )
            code_stream.write(packed.codes.tobytes())
            rest_stream.write(packed.rests.tobytes())
            fact_stream.write(facts.tobytes())
            _tell(on_progress, count + start + len(places), 2 * count)
        for stream in (code_stream, rest_stream, fact_stream):
            stream.flush()
            with suppress(OSError):
                os.fsync(stream.fileno())


def pack_facts(
    products: Sequence[IndexedProduct],
    categories: Sequence[int],
    lists: IntArray,
    lost: Float32Array,
) -> np.ndarray:
    """Return what a search asks of rows, one of `FACTS` for each."""
    facts = np.empty(len(products), FACTS)
    facts["category"], facts["list"], facts["lost"] = categories, lists, lost
    facts["price"] = [np.nan if p.price is None else p.price for p in products]
    return facts


def _tell(on_progress: OnProgress | None, done: int, total: int) -> None:
    if on_progress is not None:
        on_progress(done, total)
