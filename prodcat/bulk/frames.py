"""Answers beside the rows of a data frame, given back as the kind of frame that came in."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prodcat.bulk.answering import CategorizeOptions
from prodcat.bulk.answers import answer_row, output_names
from prodcat.bulk.categorizing import categorize
from prodcat.bulk.frame_kinds import Frame, open_frame
from prodcat.bulk.pictures_ahead import with_pictures
from prodcat.errors import InputError
from prodcat.inference.cached import cached_predictor
from prodcat.inference.predictor import Predictor
from prodcat.inference.threads import in_batches
from prodcat.inputs.picture_sources import is_text_of_picture
from prodcat.product import PathLike, Product
from prodcat.tables.category_forms import CategoryForm
from prodcat.tables.columns import PRODUCT_FIELDS, match_columns
from prodcat.tables.rows import TableRow
from prodcat.tables.stores import is_address
from prodcat.tables.table import ProductTable
from prodcat.tables.table_format import RawRow

if TYPE_CHECKING:
    from prodcat.bulk.categorizing import CategorizeResult

logger = logging.getLogger(__name__)

Row = Mapping[str, Any]
ReadRow = tuple[TableRow, Any]
IN_TABLES = (bytes, bytearray, memoryview, float, dict, list, tuple)
"""What a cell of a table's file may hold as a picture, but for text."""
THE_FRAME = "The data frame"
"""What messages call it."""


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
    columns = match_columns(frame.columns, options.columns, PRODUCT_FIELDS, THE_FRAME)
    named = list(dict.fromkeys(name for names in columns.values() for name in names))
    root = Path.cwd() if options.image_root is None else Path(options.image_root).absolute()
    if not root.is_dir():
        raise InputError(f"No folder {root} to read pictures from.")
    for line in FrameRows(frame.columns, root).understood(columns).told:
        logger.info("%s", line)
    names = output_names(frame.columns)
    if renamed := [pair for pair in zip(frame.columns, names, strict=True) if pair[0] != pair[1]]:
        logger.warning(
            "Columns that have the names of ours are renamed: %s",
            ", ".join(f"{old} → {new}" for old, new in renamed),
        )
    # Wrong options are told now, and not when the first rows of a stream are taken.
    predictor.predict_many([], **options.rule)

    def answer(rows: Iterator[Row]) -> Iterator[dict[str, Any]]:
        read = FrameRows(frame.columns, root, rows).read(columns)
        for batch in in_batches(read, options.batch_size):
            if options.fetch_picture is not None:
                fetched = with_pictures((row for row, _ in batch), options.fetch_picture)
                own = (picture for _, picture in batch)
                batch = tuple(zip(fetched, own, strict=True))
            yield from answer_rows(predictor, batch, options)

    return frame.with_answers(answer, named, names)


class FrameRows:
    """A frame's rows as a kind of table, but for pictures that only Python can have.

    Args:
        columns: Of the frame.
        folder: That paths of pictures start from and may not leave.
        rows: They are taken once.
    """

    has_own_fields = False
    inner_columns: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()

    def __init__(self, columns: Sequence[str], folder: Path, rows: Iterable[Row] = ()) -> None:
        self.path, self.folder, self.columns = Path(THE_FRAME), folder, tuple(columns)
        self._given = rows
        self._image_columns: Sequence[str] = ()
        self._pictures: deque[Any] = deque()
        """Of the rows that were taken and not yet understood; None where a table's way will do."""

    def understood(self, columns: Mapping[str, tuple[str, ...]]) -> ProductTable:
        """Return the table that it is when columns are understood so."""
        return ProductTable(THE_FRAME, dict(columns), CategoryForm(), self.folder, self)

    def read(self, columns: Mapping[str, tuple[str, ...]]) -> Iterator[ReadRow]:
        """Yield the rows, understood, each with the picture that only Python can have."""
        self._image_columns = columns.get("image", ())
        for row in self.understood(columns).rows():
            yield row, self._pictures.popleft()

    def count(self) -> int | None:
        """Not known."""
        return None

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows from the one numbered *start*, the first being 0."""
        for row in islice(self._given, start, None):
            picture = None
            values = {column: row[column] for column in columns}
            for column in self._image_columns:
                if picture is None and only_python_has(values[column]):
                    picture, values[column] = values[column], None
            self._pictures.append(picture)
            yield RawRow(values)


def only_python_has(picture: Any) -> bool:
    """Tell pictures that no file of a table can hold, or whose text is short for one."""
    if isinstance(picture, str):
        return is_text_of_picture(picture)
    return picture is not None and not isinstance(picture, IN_TABLES)


def answer_rows(
    predictor: Predictor, rows: Sequence[ReadRow], options: CategorizeOptions
) -> Iterator[dict[str, Any]]:
    """Yield our columns of each row."""
    products = [
        Product(row.name, row.description, row.image if picture is None else picture, row.id)
        for row, picture in rows
    ]
    answers = predictor.predict_many(products, batch_size=len(rows), **options.rule)
    for (row, _), answer in zip(rows, answers, strict=True):
        said = [row.error, *row.problems, answer.error] if row.error is None else [row.error]
        yield answer_row(replace(answer, error="; ".join(filter(None, said)) or None))
