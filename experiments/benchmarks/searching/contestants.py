"""Libraries of nearest neighbours, set up as their documentation does."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.errors import require
from prodcat.search.building import build_index
from prodcat.search.index import VectorIndex
from prodcat.search.products import IndexedProduct

Search = Callable[[Float32Array, int], IntArray]
"""From a query and a number to the places of the nearest rows."""


def products_of(count: int) -> list[IndexedProduct]:
    """Return products of a hundred categories of equal size, at a thousand prices."""
    return [
        IndexedProduct(str(n), f"Product {n}", f"Top > Leaf {n % 100}", float(n // 100 % 1000))
        for n in range(count)
    ]


def build_prodcat(rows: Float32Array, folder: Path) -> tuple[VectorIndex, float, float]:
    """Build ours, and return it with its seconds and its seconds of processor."""
    start, cpu = time.perf_counter(), time.process_time()
    build_index(folder, {"fused": rows}, products_of(len(rows)), fingerprint="benchmark")
    took = time.perf_counter() - start, time.process_time() - cpu
    return VectorIndex.open(folder), *took


def faiss_index(rows: Float32Array, kind: str) -> tuple[Search, float]:
    """Build one of faiss by its factory's words, searched by one thread."""
    faiss: Any = require("faiss", extra="dev")
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    start = time.perf_counter()
    index = faiss.index_factory(rows.shape[1], kind, faiss.METRIC_INNER_PRODUCT)
    rng = np.random.default_rng(0)
    index.train(rows[rng.choice(len(rows), min(len(rows), 100_000), replace=False)])
    index.add(rows)
    if kind.startswith("IVF"):
        index.nprobe = 16
    took = time.perf_counter() - start
    faiss.omp_set_num_threads(1)
    return lambda query, k: index.search(query[None], k)[1][0], took


def usearch_index(rows: Float32Array, dtype: str) -> tuple[Search, float]:
    """Build one of usearch at its defaults, in that kind of number."""
    library: Any = require("usearch.index", extra="dev")
    start = time.perf_counter()
    index = library.Index(ndim=rows.shape[1], metric="cos", dtype=dtype)
    index.add(np.arange(len(rows)), rows)
    took = time.perf_counter() - start
    return lambda query, k: np.asarray(index.search(query, k, threads=1).keys, np.int64), took


def hnswlib_index(rows: Float32Array) -> tuple[Search, float]:
    """Build one of hnswlib, as its README does, with ef 100."""
    library: Any = require("hnswlib", extra="dev")
    start = time.perf_counter()
    index = library.Index(space="ip", dim=rows.shape[1])
    index.init_index(max_elements=len(rows), ef_construction=200, M=16)
    index.add_items(rows)
    index.set_ef(100)
    took = time.perf_counter() - start
    index.set_num_threads(1)
    return lambda query, k: index.knn_query(query[None], k=k)[0][0].astype(np.int64), took
