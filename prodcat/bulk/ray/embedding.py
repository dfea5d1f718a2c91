"""Vectors of the products of a Ray Dataset, made by actors that each hold the model.

They are those that one machine makes, bit for bit. Write them as Parquet parts with the Dataset's
own ``write_parquet``, or hand them on to a vector database.
"""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from prodcat.bulk.arrow_cells import without_bytes
from prodcat.bulk.ray.actors import map_by_actors, read_files, write_files
from prodcat.bulk.ray.dataset import raw_to_rows
from prodcat.errors import InputError, require
from prodcat.product import PathLike, Product
from prodcat.tables.columns import PRODUCT_FIELDS, Columns, match_columns
from prodcat.tables.rows import RowReader
from prodcat.vectors.product_vectors import VectorMaker

ERROR = "vector_error"
"""Column that says what of a product could not be read; null where all could."""


def embed(
    dataset: Any,
    *,
    model: PathLike | None = None,
    kinds: tuple[str, ...] | None = None,
    columns: Columns | None = None,
    image_root: PathLike | None = None,
    workers: int | None = None,
    batch_size: int = 256,
) -> Any:
    """Make the vectors of every product of a Ray Dataset, when they are asked for.

    Args:
        dataset: A ``ray.data.Dataset`` with columns for some of id, name, description and
            image (encoded bytes, or a path).
        model: A run or a model directory, on this machine; None for the bundled model.
        kinds: Which vectors, of `prodcat.vectors.kinds.KINDS`; None for all that the model has.
        columns: Field → column, for those that `prodcat.tables.table` does not find by itself.
        image_root: Folder that image paths start from and may not leave, the same on every
            node; None where there are no paths.
        workers: Actors; None for one on each core that the cluster has now.
        batch_size: Products that an actor takes at once.

    Returns:
        A Dataset of one row for each row in, in the same order: the columns that came, pictures'
        bytes apart, then ``vector_`` and the kind for each of them, (D,) of float32, null where
        the product lacks what it takes, and ``vector_error``.

    Raises:
        TableError: If no column looks like a name, a description or a picture.
        InputError: If an option does not fit, or the Dataset has a column of one of our names.
    """
    ray = require("ray", extra="ray")
    if batch_size < 1 or (workers is not None and workers < 1):
        raise InputError(f"batch_size is {batch_size}, workers {workers}; give 1 or more.")
    maker = VectorMaker.load(model, kinds=kinds, threads=1)
    header = dataset.columns() or []
    if taken := sorted({*map(column_of, maker.kinds), ERROR} & set(header)):
        raise InputError(f"The dataset has a column {taken[0]} already; rename it.")
    matched = match_columns(header, columns or {}, PRODUCT_FIELDS, "The dataset")
    reader = RowReader(matched, image_root=None if image_root is None else Path(image_root))
    return map_by_actors(
        dataset,
        VectorActor,
        {"files": ray.put(read_files(maker.model)), "kinds": maker.kinds, "reader": reader},
        workers=workers,
        batch_size=batch_size,
    )


def column_of(kind: str) -> str:
    """Name the column of a kind of vectors."""
    return f"vector_{kind}"


class VectorActor:
    """An actor's work: holds the model, and makes the vectors of one batch after the other.

    Args:
        files: Ray's reference to the model's files, by their names.
        kinds: Which vectors.
        reader: Understands the rows.
    """

    def __init__(self, files: Any, kinds: tuple[str, ...], reader: RowReader) -> None:
        self.reader = reader
        self.maker = load_maker(require("ray", extra="ray").get(files), kinds)

    def __call__(self, batch: Any) -> Any:
        """Return a batch with its vectors."""
        return with_vectors(batch, self.maker, self.reader)


def load_maker(
    files: Mapping[str, bytes], kinds: tuple[str, ...], cache: Path | None = None
) -> VectorMaker:
    """Load a model from its files' contents, and leave nothing on the disk."""
    with TemporaryDirectory(prefix="prodcat-") as folder:
        write_files(files, Path(folder))
        maker = VectorMaker.load(folder, kinds=kinds, threads=1, cache=cache)
        # A killed actor cleans nothing up, so the files are read now and removed.
        maker.open()
    return maker


def with_vectors(table: Any, maker: VectorMaker, reader: RowReader) -> Any:
    """Return an Arrow table with the vectors of its rows, and without its pictures' bytes."""
    arrow = require("pyarrow", extra="bulk")
    rows = raw_to_rows(reader, table)
    made = maker.make([Product(row.name, row.description, row.image, row.id) for row in rows])
    cells = without_bytes(table, reader.columns.get("image", ()))
    arrays, names = [*cells.columns], [*cells.column_names]
    for kind in maker.kinds:
        vectors = np.ascontiguousarray(made.by_kind[kind], dtype=np.float32)
        arrays.append(
            arrow.FixedSizeListArray.from_arrays(
                arrow.array(vectors.ravel()),
                maker.widths[kind],
                mask=arrow.array(~made.present[kind]),
            )
        )
        names.append(column_of(kind))
    problems = [
        "; ".join([row.error] if row.error else [*row.problems, *map(str, errors)]) or None
        for row, errors in zip(rows, made.errors, strict=True)
    ]
    return arrow.Table.from_arrays(
        [*arrays, arrow.array(problems, arrow.string())], [*names, ERROR]
    )
