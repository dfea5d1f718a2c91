"""Products out of tables: files of many kinds, folders of them, or a corpus.

`open_table` finds out what the file is and which column is what; `ProductTable.rows`
then streams the products, never more than a batch in memory. Nothing is left out:
a row that cannot be read comes with its reason.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any

from prodcat.errors import TableError
from prodcat.product import PathLike
from prodcat.tables.category_forms import CategoryForm
from prodcat.tables.category_learning import KINDS_OF_ARTICLE, learn_form
from prodcat.tables.columns import (
    FIELDS,
    Columns,
    columns_passed_over,
    list_headers,
    match_columns,
)
from prodcat.tables.corpus_table import CorpusTable
from prodcat.tables.joining import join_product
from prodcat.tables.known_headers import shown_header
from prodcat.tables.levels import within_levels
from prodcat.tables.nested import is_read
from prodcat.tables.opening import open_source
from prodcat.tables.picture_cells import PictureFinder
from prodcat.tables.picture_folder import PictureFolder
from prodcat.tables.read_as import ReadAs
from prodcat.tables.rows import WEB_ADDRESS, RowReader, TableRow
from prodcat.tables.table_format import RawRow, TableFormat, reading
from prodcat.tables.words import read_plain

FIRST_ROWS = 20
LOOK_BACK = 2048
"""Rows above in which the beginning of a product is looked for; shops allow fewer variants."""


@dataclass(frozen=True)
class ProductTable:
    """A table whose columns are understood."""

    path: Path | str
    """Where it is; text for the address of an object store."""
    columns: dict[str, tuple[str, ...]]
    """Field → the columns that it is read from."""
    form: CategoryForm
    """How its categories are written."""
    image_root: Path | None
    """Folder that image paths start from; None where they cannot be followed."""
    format: TableFormat
    read_as: ReadAs = ReadAs()  # noqa: RUF009  (it cannot be changed)
    """What was said of the file."""
    keep_null_words: bool = False
    image_kind: str = ""
    """What its pictures are where they are no files: ``addresses``."""
    remarks: tuple[str, ...] = field(default=())
    """What was found out of the table beside its columns, for people."""

    @property
    def notes(self) -> tuple[str, ...]:
        """How the file is read, to be told in one line; complete once it was read."""
        return self.format.notes

    @property
    def is_corpus(self) -> bool:
        """Whether it is a corpus already."""
        return isinstance(self.format, CorpusTable)

    @property
    def not_read(self) -> tuple[str, ...]:
        """Columns that nothing is read from."""
        read = {column for columns in self.columns.values() for column in columns}
        inner = self.format.inner_columns
        return tuple(dict.fromkeys(c for c in self.format.columns if not is_read(c, read, inner)))

    @property
    def told(self) -> tuple[str, ...]:
        """What became of its columns, a line or two for people.

        Such as ``name ← Title, image ← Image Src; not read: Vendor, Tags``.
        """
        kinds = {"category": self.form.told, "image": self.image_kind}
        mapping = ", ".join(
            f"{name} ← {' + '.join(map(shown_header, columns))}"
            + (f" ({kinds[name]})" if kinds.get(name) else "")
            for name, columns in self.columns.items()
        )
        if self.not_read:
            mapping += f"; not read: {list_headers(self.not_read)}"
        lines = [mapping]
        for name, others in columns_passed_over(self.not_read, self.columns).items():
            read = " + ".join(map(shown_header, self.columns[name]))
            lines.append(
                f"{list_headers(others)} could be the {name} as well as {read};"
                f" another is chosen by --column {name}={shown_header(others[0])}."
            )
        return (*lines, *self.remarks)

    def describe(self) -> dict[str, Any]:
        """Return the same as plain data, for ``--json``."""
        return {
            "columns": {name: list(columns) for name, columns in self.columns.items()},
            "not_read": list(self.not_read),
            "category_form": self.form.told,
            "image_kind": self.image_kind,
            "remarks": list(self.remarks),
            "read_as": list(self.notes),
        }

    def count(self) -> int | None:
        """Number of rows; None where only reading to the end would tell."""
        return self.format.count()

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[TableRow]:
        """Yield the rows in order, without holding them all.

        A row that continues the product of the row above, such as a further variant in an
        export of Shopify, has that one's texts, category and pictures, and that one its pictures.

        Args:
            start: How many rows to pass over.
            stop: How many rows to go to, those passed over included; None for all.

        Raises:
            TableError: If the file stops being readable.
        """
        understand = self._reader()
        begin = start
        if start and any(map(self._may_continue, islice(self._understood(understand, start), 1))):
            # Resumed within a product: its beginning is looked for above.
            begin = max(0, start - LOOK_BACK)
        for row in self._joined(self._understood(understand, begin)):
            if stop is not None and row.number > stop:
                return
            if row.number > start:
                yield row

    def _joined(self, rows: Iterator[TableRow]) -> Iterator[TableRow]:
        """Join rows that continue a product to the first one, which gets their pictures."""
        product: list[TableRow] = []
        for row in rows:
            continues = bool(product) and self._continues(row, product[0])
            # Of a product of endless rows the memory is not filled.
            if product and not (continues and len(product) < LOOK_BACK):
                done = join_product(product)
                yield from done[product[0].continues is not None :]
                product = done[-1:] if continues else []
            product.append(row)
        if product:
            yield from join_product(product)[product[0].continues is not None :]

    def _reader(self) -> RowReader:
        return RowReader(
            self.columns,
            self.form,
            self.image_root,
            self.keep_null_words,
            getattr(self.format, "class_names", {}),
        )

    def _may_continue(self, row: TableRow) -> bool:
        """Tell whether a row has nothing of a product but its id, where names could stand."""
        # That a further picture is on the web is what rows of pictures are for.
        problems = set(row.problems) - {WEB_ADDRESS}
        nothing = not (row.name or row.description or row.category or row.error or problems)
        return bool(row.id) and nothing and {"id", "name"} <= self.columns.keys()

    def _continues(self, row: TableRow, head: TableRow) -> bool:
        return row.id == head.id and self._may_continue(row)

    def _understood(self, understand: RowReader, start: int) -> Iterator[TableRow]:
        for number, raw in enumerate(self._raw_rows(understand.column_names, start), start + 1):
            yield within_levels(understand(number, raw))

    def _raw_rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        with reading(self.path):
            yield from self.format.rows(columns, start)


def open_table(
    source: PathLike,
    *,
    columns: Columns | None = None,
    separator: str | None = None,
    image_root: PathLike | None = None,
    fields: Sequence[str] = FIELDS,
    keep_null_words: bool = False,
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
        separator: What stands between the levels of a category path in one column; None to
            find it out from all its cells.
        image_root: Folder that image paths start from and may not leave; where the table
            is, if not given; of a table in an object store none.
        fields: Which fields to read.
        read_as: What is known of the file, such as its encoding; None to find all of it out.
        keep_null_words: Take NULL, nan and the like for words as any others.

    Raises:
        TableError: If it cannot be read, or lacks a column that was asked for.
    """
    read_as = read_as or ReadAs()
    path, format = open_source(source, read_as)
    if image_root is not None:
        root: Path | None = Path(image_root).absolute()
    else:
        # Pictures are read as files: a path in a store leads nowhere on this machine.
        root = None if isinstance(path, str) else format.folder
    if root is not None and not root.is_dir() and not isinstance(format, CorpusTable):
        raise TableError(f"No folder {root} to read pictures from.")
    if separator is not None and not separator:
        raise TableError("The separator between the levels of a category may not be empty.")
    matched = match_columns(format.columns, columns or {}, fields, path)
    table = ProductTable(path, matched, CategoryForm(), root, format, read_as, keep_null_words)
    table = understand_categories(table, separator, named="category" in (columns or {}))
    return replace(table, image_kind=kind_of_images(table))


def kind_of_images(table: ProductTable) -> str:
    """Tell from the first rows whether a table has addresses for pictures; empty if not."""
    columns = table.columns.get("image", ())
    if not columns or isinstance(table.format, CorpusTable):
        return ""
    found = PictureFinder(None)
    for raw in islice(table._raw_rows(columns, 0), FIRST_ROWS):
        for column in columns:
            cell = raw.values.get(column)
            if isinstance(cell, str | list) and found.read([cell]).addresses:
                return "addresses"
    return ""


def understand_categories(
    table: ProductTable, separator: str | None, *, named: bool
) -> ProductTable:
    """Find out how a table's categories are written, from all of them.

    Args:
        table: The table.
        separator: What stands between levels; None to find it out.
        named: Whether its column was named, and not guessed.
    """
    columns = table.columns.get("category", ())
    if not columns:
        return table
    if isinstance(table.format, CorpusTable) or len(columns) > 1:
        # Each level stands alone, and may have any sign in its name.
        return replace(table, form=CategoryForm(levels=()))
    if isinstance(table.format, PictureFolder):
        return replace(table, form=CategoryForm(levels=(">",)))
    if separator is not None:
        return replace(table, form=CategoryForm(levels=(separator.strip() or separator,)))
    reader = table._reader()
    kinds: set[str] | None = set()

    def cells() -> Iterator[Any]:
        nonlocal kinds
        for raw in table._raw_rows(columns, 0):
            cell = reader.cell(raw, columns[0])
            if kinds is not None and cell is not None and cell != "":
                kinds.add(read_plain(cell).casefold() if isinstance(cell, str) else "")
                kinds = kinds if len(kinds) <= len(KINDS_OF_ARTICLE) else None
            yield cell

    form = learn_form(cells())
    if kinds and kinds <= KINDS_OF_ARTICLE and not named:
        remark = (
            f"{shown_header(columns[0])} tells how articles are sold"
            f" ({', '.join(sorted(kinds))}), and is no category."
        )
        others = {name: found for name, found in table.columns.items() if name != "category"}
        return replace(table, columns=others, remarks=(*table.remarks, remark))
    return replace(table, form=form)
