"""A data frame as a kind of table, whose rows can be imported."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from prodcat.bulk.frame_kinds import ArrowFrame, ArrowStream, open_frame
from prodcat.bulk.frames import THE_FRAME, only_python_has
from prodcat.errors import ImageError, TableError
from prodcat.inputs.images import load_image, open_image
from prodcat.product import PathLike
from prodcat.tables.category_forms import CategoryForm
from prodcat.tables.columns import FIELDS, Columns, match_columns
from prodcat.tables.table import ProductTable, kind_of_images, understand_categories
from prodcat.tables.table_format import RawRow


class FrameTable:
    """The rows of a data frame of pandas, polars or Arrow, as often as they are asked for.

    Args:
        frame: The frame; a stream of Arrow is read to its end.
        folder: Where relative paths of pictures start.
        image_columns: Columns of pictures, which may be what only Python has.
    """

    inner_columns: frozenset[str] = frozenset()
    has_own_fields = False

    def __init__(self, frame: Any, folder: Path, image_columns: Sequence[str] = ()) -> None:
        opened = open_frame(frame)
        self._frame = ArrowFrame(frame.read_all()) if isinstance(opened, ArrowStream) else opened
        self.path, self.folder = Path(THE_FRAME), folder
        self.columns = tuple(self._frame.columns)
        self.image_columns = tuple(image_columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """Nothing: a frame was read by its library."""
        return ()

    def count(self) -> int | None:
        """Not known beforehand."""
        return None

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows from the one numbered *start*, the first being 0."""
        for row in islice(self._frame.rows(columns), start, None):
            values, problems = dict(row), []
            for column in self.image_columns:
                if column in values and only_python_has(values[column]):
                    try:
                        values[column] = encoded(values[column])
                    except ImageError as error:
                        values[column] = None
                        problems.append(str(error))
            yield RawRow(values, tuple(problems))

    def identity(self, table: ProductTable, source: str) -> str:
        """Return what tells the import of this frame from that of another one, or of its columns.

        Args:
            table: What is read of it.
            source: The source's name.
        """
        columns = sorted({name for names in table.columns.values() for name in names})
        digest = sha256(repr((source, sorted(table.columns.items()), table.form)).encode())
        for row in self.rows(columns, 0):
            for column in columns:
                value = row.values[column]
                plain = value if isinstance(value, bytes) else repr(value).encode(errors="replace")
                digest.update(sha256(plain).digest())
        return digest.hexdigest()[:16]


def open_frame_table(
    frame: Any,
    *,
    columns: Columns | None = None,
    separator: str | None = None,
    image_root: PathLike | None = None,
    keep_null_words: bool = False,
) -> ProductTable:
    """Open a data frame as `open_table` opens a file; the arguments are that one's.

    Paths of pictures start in the working folder where *image_root* is not given.

    Raises:
        InputError: If it is no data frame.
        TableError: If it lacks a column that was asked for.
    """
    root = Path.cwd() if image_root is None else Path(image_root).absolute()
    if not root.is_dir():
        raise TableError(f"No folder {root} to read pictures from.")
    format = FrameTable(frame, root)
    matched = match_columns(format.columns, columns or {}, FIELDS, THE_FRAME)
    format.image_columns = matched.get("image", ())
    table = ProductTable(
        format.path, matched, CategoryForm(), root, format, keep_null_words=keep_null_words
    )
    table = understand_categories(table, separator, named="category" in (columns or {}))
    return replace(table, image_kind=kind_of_images(table))


def encoded(picture: Any) -> bytes:
    """Return a picture that only Python has as a file's bytes; pixels become a PNG.

    Raises:
        ImageError: If it cannot be read.
    """
    data = load_image(picture)
    if data is None:
        stream = io.BytesIO()
        open_image(picture).save(stream, "PNG")
        data = stream.getvalue()
    return data


def is_frame(data: Any) -> bool:
    """Tell a data frame from the path of a table."""
    return not (isinstance(data, str | Path) or hasattr(data, "__fspath__"))
