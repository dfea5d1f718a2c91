"""A drawn index: unit vectors in heaps, with facts that follow from their numbers."""

from pathlib import Path

import numpy as np

from prodcat.arrays import Float32Array
from prodcat.search.building import build_index
from prodcat.search.index import VectorIndex
from prodcat.search.products import IndexedProduct

WIDTHS = {"fused": 16, "look": 8}


def draw_vectors(count: int, *, seed: int = 0) -> dict[str, Float32Array]:
    rng = np.random.default_rng(seed)
    heaps = np.random.default_rng(99)
    by_kind = {}
    for kind, width in WIDTHS.items():
        centres = heaps.normal(size=(12, width))
        rows = centres[rng.integers(12, size=count)] + 0.4 * rng.normal(size=(count, width))
        by_kind[kind] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return by_kind


def draw_product(number: int) -> IndexedProduct:
    return IndexedProduct(
        id=f"p{number}",
        name=f"Product {number}",
        category=("Shoes > Boots", "Shoes > Sandals", "Bags", "")[number % 4],
        price=None if number % 10 == 9 else float(number),
        family=f"pair {number // 2}" if number < 10 else "",
    )


def draw_index(folder: Path, count: int = 300, *, exact: int = 200_000) -> VectorIndex:
    products = [draw_product(number) for number in range(count)]
    build_index(folder, draw_vectors(count), products, fingerprint="drawn", exact=exact)
    return VectorIndex.open(folder)


def joined(by_kind: dict[str, Float32Array]) -> Float32Array:
    return np.concatenate(list(by_kind.values()), axis=1)
