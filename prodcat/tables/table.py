"""Products out of tables: files of many kinds, folders of them, or a corpus.

`open_table` finds out what the file is and which column is what; `ProductTable.rows`
then streams the products, never more than a batch in memory. Nothing is left out:
a row that cannot be read comes with its reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from prodcat.errors import TableError
from prodcat.product import PathLike
from prodcat.tables.byte_source import STDIN
from prodcat.tables.columns import DEFAULT_COLUMNS, Columns, match_columns
from prodcat.tables.corpus_table import CorpusTable
from prodcat.tables.levels import within_levels
from prodcat.tables.opening import check_read_as, open_format, open_stdin, open_stored
from prodcat.tables.read_as import ReadAs
from prodcat.tables.rows import RowReader, TableRow
from prodcat.tables.stores import is_address
from prodcat.tables.table_format import RawRow, TableFormat, reading
from prodcat.taxonomy.paths import SEPARATOR


@dataclass(frozen=True)
class ProductTable:
    """A table whose columns are understood."""

    path: Path | str
    """Where it is; text for the address of an object store."""
    columns: dict[str, tuple[str, ...]]
    """Field → the columns that it is read from."""
    separator: str
    image_root: Path | None
    """Folder that image paths start from; None where they cannot be followed."""
    format: TableFormat
    read_as: ReadAs = ReadAs()  # noqa: RUF009  (it cannot be changed)
    """What was said of the file."""

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file is read, to be told in one line; complete once it was read."""
        return self.format.notes

    @property
    def is_corpus(self) -> bool:
        """Whether it is a corpus already."""
        return isinstance(self.format, CorpusTable)

    def count(self) -> int | None:
        """Number of rows; None where only reading to the end would tell."""
        return self.format.count()

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[TableRow]:
        """Yield the rows in order, without holding them all.

        Args:
            start: How many rows to pass over.
            stop: How many rows to go to, those passed over included; None for all.

        Raises:
            TableError: If the file stops being readable.
        """
        understand = RowReader(self.columns, self.separator, self.image_root)
        raw_rows = islice(
            self._raw_rows(understand.column_names, start), None if stop is None else stop - start
        )
        for number, raw in enumerate(raw_rows, start + 1):
            yield within_levels(understand(number, raw))

    def _raw_rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        with reading(self.path):
            yield from self.format.rows(columns, start)


def open_table(
    source: PathLike,
    *,
    columns: Columns | None = None,
    separator: str = SEPARATOR,
    image_root: PathLike | None = None,
    fields: Sequence[str] = tuple(DEFAULT_COLUMNS),
    read_as: ReadAs | None = None,
) -> ProductTable:
    """Open a table of products.

    Args:
        source: A file (Parquet, CSV and other text, JSON, Excel, Arrow, any of these gzipped or
            alone in a ZIP archive), a corpus, a folder of such files or in the Kaggle layout, or a
            pattern such as ``parts/*.csv``, whose files make one table; ``-`` for standard input.
            Of Parquet also addresses in object stores, such as ``s3://shop/parts/``.
        columns: Where the table's own names must be told: field → column. Several columns
            (``"gender,article_type"``) are the levels of a category, or parts of a text.
            An empty name leaves the field out.
        separator: What stands between the levels of a category path in one column.
        image_root: Folder that image paths start from and may not leave; where the table
            is, if not given; of a table in an object store none.
        fields: Which fields to read.
        read_as: What is known of the file, such as its encoding; None to find all of it out.

    Raises:
        TableError: If it cannot be read, or lacks a column that was asked for.
    """
    # Other processes, such as those of a cluster, may stand in another folder.
    path: Path | str = str(source) if is_address(source) else Path(source).absolute()
    read_as = read_as or ReadAs()
    with reading(path if isinstance(path, str) else Path(source)):
        if str(source) == "-":
            path, format = STDIN, open_stdin(read_as)
        else:
            format = open_stored(path) if isinstance(path, str) else open_format(path, read_as)
    check_read_as(format, path, read_as)
    if image_root is not None:
        root: Path | None = Path(image_root).absolute()
    else:
        # Pictures are read as files: a path in a store leads nowhere on this machine.
        root = None if isinstance(path, str) else format.folder
    if root is not None and not root.is_dir() and not isinstance(format, CorpusTable):
        raise TableError(f"No folder {root} to read pictures from.")
    if not separator:
        raise TableError("The separator between the levels of a category may not be empty.")
    matched = match_columns(format.columns, columns or {}, fields, path)
    return ProductTable(path, matched, separator, root, format, read_as)
