"""Answers beside the rows of a data frame, given back as the kind of frame that came in."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.frame_kinds import OURS, Frame, open_frame
from prodcat.errors import InputError
from prodcat.inference.cached import cached_predictor
from prodcat.inference.predictor import Predictor
from prodcat.inference.threads import in_batches
from prodcat.inputs.picture_sources import is_text_of_picture
from prodcat.product import PathLike, Prediction, Product
from prodcat.tables.columns import PRODUCT_FIELDS, match_columns
from prodcat.tables.rows import RowReader
from prodcat.tables.stores import is_address
from prodcat.tables.table_format import RawRow
from prodcat.taxonomy.paths import join_path

if TYPE_CHECKING:
    from prodcat.bulk.categorizing import CategorizeResult

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
SUFFIX = "_input"
"""Added to the name of a column of the input that has the name of one of ours."""


def categorize_either(
    source: Any,
    output: PathLike | None,
    model: "Predictor | PathLike | None",
    options: CategorizeOptions,
) -> "CategorizeResult | Any":
    """Categorize a data frame, which is given back, or a table by its path, into *output*.

    Raises:
        InputError: If *output* is missing, or given with a frame, or *source* is neither.
    """
    if isinstance(source, str | Path) or hasattr(source, "__fspath__"):
        if output is None:
            raise InputError(
                f"Where shall the answers to {source} go? Name an output, such as"
                f" categorize({str(source)!r}, 'answers.parquet')."
            )
        if not isinstance(model, Predictor):
            model = Predictor.load(model, threads=1)
        return categorize(source, output, predictor=model, options=options)
    frame = open_frame(source)
    if output is not None:
        raise InputError(
            "A data frame is given back with its answers; leave output out, and write what comes"
            f" back{'' if is_address(output) else f' to {output}'} yourself."
        )
    return categorize_frame(
        frame, model if isinstance(model, Predictor) else cached_predictor(model), options
    )


def categorize_frame(frame: Frame, predictor: Predictor, options: CategorizeOptions) -> Any:
    """Return the frame's rows with the answers to them, in the same order.

    Raises:
        TableError: If no column looks like a name, a description or a picture.
    """
    columns = match_columns(frame.columns, options.columns, PRODUCT_FIELDS, "The data frame")
    named = list(dict.fromkeys(name for names in columns.values() for name in names))
    logger.info(
        "%s; not read: %s",
        ", ".join(f"{field} ← {' + '.join(names)}" for field, names in columns.items()),
        ", ".join(name for name in frame.columns if name not in named) or "none",
    )
    names = free_names(frame.columns)
    if renamed := [pair for pair in zip(frame.columns, names, strict=True) if pair[0] != pair[1]]:
        logger.warning(
            "Columns that have the names of ours are renamed: %s",
            ", ".join(f"{old} → {new}" for old, new in renamed),
        )
    # Wrong options are told now, and not when the first rows of a stream are taken.
    predictor.predict_many([], **options.rule)
    root = Path.cwd() if options.image_root is None else Path(options.image_root).absolute()
    if not root.is_dir():
        raise InputError(f"No folder {root} to read pictures from.")
    reader = FrameReader(columns, root)

    def answer(rows: Iterator[Row]) -> Iterator[dict[str, Any]]:
        for batch in in_batches(rows, options.batch_size):
            yield from answer_rows(predictor, reader, batch, options)

    return frame.with_answers(answer, named, names)


class FrameReader:
    """Reads rows of a frame as those of a table, but for pictures that only Python can have.

    Args:
        columns: Field → the columns that it is read from.
        root: Folder that paths of pictures start from and may not leave.
    """

    def __init__(self, columns: Mapping[str, tuple[str, ...]], root: Path) -> None:
        self._image = columns.get("image", ("",))[0]
        self._read = RowReader(dict(columns), image_root=root)

    def __call__(self, row: Row) -> tuple[Product, tuple[str, ...]]:
        """Return the product, and what is wrong with it already."""
        values, image = dict(row), row.get(self._image)
        in_memory = image is not None and not isinstance(image, str | bytes | float | dict)
        if in_memory or (isinstance(image, str) and is_text_of_picture(image)):
            values[self._image] = None
        else:
            image = None
        read = self._read(0, RawRow(values))
        problems = (*read.problems, *((read.error,) if read.error else ()))
        picture = read.image if image is None else image
        return Product(read.name, read.description, picture, read.id), problems


def answer_rows(
    predictor: Predictor, reader: FrameReader, rows: Sequence[Row], options: CategorizeOptions
) -> Iterator[dict[str, Any]]:
    """Yield our columns of each row."""
    read = [reader(row) for row in rows]
    answers = predictor.predict_many(
        [product for product, _ in read], batch_size=len(rows), **options.rule
    )
    for (_, problems), answer in zip(read, answers, strict=True):
        said = [*problems, *([answer.error] if answer.error else [])]
        yield answer_cells(replace(answer, error="; ".join(said) or None))


def answer_cells(answer: Prediction) -> dict[str, Any]:
    """Return our columns of one row.

    >>> answer_cells(Prediction(("Bags",), 0.9))["category"]
    'Bags'
    """
    alternatives = [
        {"path": join_path(a.path), "probability": a.probability} for a in answer.alternatives
    ]
    # Of a product without any readable part there is no probability, not one of 0.
    unread = answer.abstained and not alternatives
    return {
        "category": join_path(answer.path) if answer.path else None,
        "probability": None if unread else answer.probability,
        "abstained": answer.abstained,
        "reason": answer.reason,
        "leaf": alternatives[0]["path"] if alternatives else None,
        "leaf_probability": answer.leaf_probability,
        "alternatives": alternatives,
        "error": answer.error,
    }


def free_names(columns: Sequence[str]) -> list[str]:
    """Return what the input's columns are called beside ours.

    >>> free_names(["id", "category", "category_input"])
    ['id', 'category_input_2', 'category_input']
    """
    taken, names = {*columns, *OURS}, []
    for column in columns:
        name, number = column, 1
        while name in OURS or (number > 1 and name in taken):
            name = column + SUFFIX + ("" if number == 1 else f"_{number}")
            number += 1
        taken.add(name)
        names.append(name)
    return names
