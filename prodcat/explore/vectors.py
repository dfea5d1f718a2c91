"""The vectors that a map is laid out by: made by a model, or given."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from prodcat.arrays import BoolArray, Float32Array
from prodcat.errors import InputError
from prodcat.explore.catalogue import Catalogue
from prodcat.inference.threads import in_batches
from prodcat.product import PathLike
from prodcat.screen import OnProgress
from prodcat.vectors.corpus import CACHE, default_folder, embed_corpus
from prodcat.vectors.product_vectors import VectorMaker

Vectors = dict[str, tuple[Float32Array, BoolArray]]
"""Name of a kind → the vectors, (N, D), and which products have one, (N,)."""
OF = {
    "fused": "names, descriptions and pictures together",
    "text": "names and descriptions",
    "picture": "pictures, as the model sees them",
    "look": "looks: colours and shapes",
    "colour": "the colours that names name",
}
"""What the kinds are of, in sentences."""
GIVEN = "the given vectors"
AT_ONCE = 256


def vectors_of(
    catalogue: Catalogue,
    corpus: Path | None,
    kinds: Sequence[str],
    model: PathLike | None,
    *,
    on_progress: OnProgress | None = None,
) -> Vectors:
    """Make the vectors of products by a model.

    Args:
        catalogue: The products.
        corpus: Of all of them, beside which vectors are kept; None for a frame.
        kinds: Which vectors, in the order of the map's tabs.
        model: The model directory; None for the model that comes with prodcat.
        on_progress: Is told of products done.

    Raises:
        InputError: If the model has no such kind of vectors.
        ModelError: If the model cannot be used.
    """
    folder = None if corpus is None else default_folder(corpus)
    maker = VectorMaker.load(
        model,
        kinds=tuple(kinds),
        cache=None if folder is None else folder / CACHE,
    )
    if corpus is not None and len(catalogue) == catalogue.total:
        stored = embed_corpus(corpus, maker, on_progress=on_progress)
        # As the corpus was when it was read: another may have changed it meanwhile.
        if list(stored.ids) == list(catalogue.ids):
            return {
                kind: (np.asarray(stored.by_kind[kind], dtype=np.float32), stored.present[kind])
                for kind in kinds
            }
    count = len(catalogue)
    vectors = {kind: np.zeros((count, maker.widths[kind]), dtype=np.float32) for kind in kinds}
    present = {kind: np.zeros(count, dtype=np.bool_) for kind in kinds}
    for rows in in_batches(range(count), AT_ONCE):
        made = maker.make([catalogue.product(row) for row in rows])
        for kind in kinds:
            vectors[kind][rows[0] : rows[-1] + 1] = made.by_kind[kind]
            present[kind][rows[0] : rows[-1] + 1] = made.present[kind]
        if on_progress is not None:
            on_progress(rows[-1] + 1, count)
    return {kind: (vectors[kind], present[kind]) for kind in kinds}


def given_vectors(vectors: ArrayLike | Mapping[str, ArrayLike], catalogue: Catalogue) -> Vectors:
    """Check vectors that a caller has; a row of zeros is that of a product without one.

    Raises:
        InputError: If they are not of these products, or no numbers.
    """
    by_name = vectors if isinstance(vectors, Mapping) else {GIVEN: vectors}
    if not by_name:
        raise InputError("No vectors are given; leave them out to have them made by a model.")
    found: Vectors = {}
    for name, values in by_name.items():
        try:
            array = np.asarray(values, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise InputError(f"Vectors {name!r} are no table of numbers: {error}.") from error
        expected = catalogue.total
        if array.ndim != 2 or len(array) != expected or not array.shape[1]:
            raise InputError(
                f"Expected vectors {name!r} of shape ({expected}, D), one row for each product,"
                f" found {array.shape}."
            )
        if catalogue.rows is not None:
            array = array[catalogue.rows]
        if not np.isfinite(array).all():
            raise InputError(f"Vectors {name!r} hold NaN or infinite numbers.")
        found[name] = (array, np.asarray(array.any(axis=1)))
    return found
