"""An index brought up to date: only what is new, changed or gone is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from prodcat.arrays import Float32Array, IntArray
from prodcat.errors import SearchError
from prodcat.screen import OnProgress
from prodcat.search.building import EXACT, Vectors, build_index
from prodcat.search.index import VectorIndex
from prodcat.search.layout import RECORD, IndexRecord
from prodcat.search.products import IndexedProduct

AT_ONCE = 4096
MOST_LATE = 0.2
"""Of the rows, so many may be deleted ones or have come later; beyond it an index is built anew."""


@dataclass(frozen=True)
class IndexChange:
    """What became of an index."""

    folder: Path
    products: int
    """That it has now."""
    built: str = ""
    """Why all of it was built; empty where only what follows was written."""
    added: int = 0
    replaced: int = 0
    """Products of which a part, the category, the price or the near-duplicates changed."""
    deleted: int = 0


def bring_up_to_date(
    folder: Path,
    by_kind: Mapping[str, Float32Array],
    products: Sequence[IndexedProduct],
    *,
    fingerprint: str,
    model: str = "",
    images: str = "",
    exact: int = EXACT,
    anew: bool = False,
    on_progress: OnProgress | None = None,
) -> IndexChange:
    """Write into an index what is new, changed or gone, or build it, where that is not enough.

    Whoever is killed meanwhile leaves a whole index, and the same again goes on.

    Args:
        folder: Of the index.
        by_kind: See `prodcat.search.building.build_index`.
        products: What the index is to have.
        fingerprint: Of what made the vectors.
        model: Path of that model.
        images: Folder of the products' pictures, from the index on.
        exact: Up to so many products are not put in lists.
        anew: Build it anew in any case.
        on_progress: Is told how many products are done, of how many.

    Raises:
        SearchError: If they do not fit together, or the index cannot be written.
    """
    vectors = Vectors(by_kind)
    wanted = IndexRecord("", vectors.blocks, fingerprint, model, images)
    reason = "it was asked for" if anew else ""
    if not (folder / RECORD).exists():
        reason = "there was none"
    if not reason:
        try:
            opened = VectorIndex.open(folder)
        except SearchError as error:
            reason = str(error)
        else:
            with opened as index:
                reason = _unlike(index.record, wanted)
                if not reason and len(vectors) == len(products):
                    found = _update(index, vectors, products, exact, on_progress)
                    if isinstance(found, IndexChange):
                        return found
                    reason = found
    build_index(
        *(folder, by_kind, products),
        fingerprint=fingerprint,
        model=model,
        images=images,
        exact=exact,
        on_progress=on_progress,
    )
    return IndexChange(folder, len(products), built=reason)


def _unlike(record: IndexRecord, wanted: IndexRecord) -> str:
    """Say what of an index does not fit what is wanted; nothing where all does."""
    pairs = {
        "it was made by another model": (record.fingerprint, wanted.fingerprint),
        "it had other kinds of vectors": (record.blocks, wanted.blocks),
        "its model lay elsewhere": (record.model, wanted.model),
        "its pictures lay elsewhere": (record.images, wanted.images),
    }
    return next((reason for reason, (one, other) in pairs.items() if one != other), "")


def _update(
    index: VectorIndex,
    vectors: Vectors,
    products: Sequence[IndexedProduct],
    exact: int,
    on_progress: OnProgress | None,
) -> IndexChange | str:
    """Return what was done, or why to build anew, and nothing is."""
    there = set(index.ids())
    gone = there - {product.id for product in products}
    changed: list[IntArray] = []
    for start in range(0, len(products), AT_ONCE):
        batch = products[start : start + AT_ONCE]
        same = index.has_just(batch, vectors[start : start + AT_ONCE])
        changed.append(start + np.flatnonzero(~same))
        if on_progress is not None:
            on_progress(start + len(batch), len(products))
    places = np.concatenate(changed) if changed else np.empty(0, np.int64)
    late = index.late_rows() + len(places) + len(gone)
    if late > MOST_LATE * max(len(products), 1):
        return f"{late:,} rows were deleted or came later"
    if not index.in_lists() and len(products) > exact:
        return f"of more than {exact:,} products it is in lists"
    replaced = 0
    for start in range(0, len(places), AT_ONCE):
        part = places[start : start + AT_ONCE]
        batch = [products[place] for place in part]
        replaced += sum(product.id in there for product in batch)
        index.add(batch, vectors.split(part))
    if gone:
        index.delete(gone)
    return IndexChange(
        index.folder,
        len(products),
        added=len(places) - replaced,
        replaced=replaced,
        deleted=len(gone),
    )
