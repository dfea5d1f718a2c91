"""Products out of tables: Parquet, CSV, JSON lines, folders of them, or a corpus.

`open_table` finds out what the file is and which column is what; `ProductTable.rows`
then streams the products, never more than a batch in memory. Nothing is left out:
a row that cannot be read comes with its reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from prodcat.errors import InputError, TableError
from prodcat.object_store import is_address, open_stored
from prodcat.product import PathLike
from prodcat.table_cells import read_category, read_image, read_plain, read_text
from prodcat.table_formats import CorpusTable, RawRow, TableFormat, reading
from prodcat.table_opening import open_format
from prodcat.taxonomy import SEPARATOR

Columns = Mapping[str, str | Sequence[str]]
"""Field → the column that holds it, or several (a list, or one string with commas)."""

DEFAULT_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "product_id", "uniq_id", "sku"),
    "name": ("name", "productDisplayName", "title", "product_name"),
    "description": ("description", "desc", "product_description"),
    "image": ("image", "image_path", "picture"),
    "category": (
        "category",
        "category_path",
        "gender,masterCategory,subCategory,articleType",
        "gender,master_category,sub_category,article_type",
    ),
    "split": ("split",),
    "group": ("group", "group_id"),
    "url": ("url", "product_url"),
    "brand": ("brand",),
    "price": ("price",),
    "currency": ("currency",),
    "locale": ("locale",),
}
"""Field → columns that are looked for, in this order, when none is named."""

PRODUCT_FIELDS = ("id", "name", "description", "image")
"""What categorizing needs."""
JOINABLE = ("category", "name", "description")
"""Fields that several columns may make together."""
EXTRA_FIELDS = ("url", "brand", "price", "currency", "locale")


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table, read but not judged: texts are as they were written."""

    number: int
    """Place in the table; the first is 1."""
    id: str = ""
    name: str = ""
    description: str = ""
    category: tuple[str, ...] = ()
    """Names from the root down; empty when the row has none."""
    image: bytes | Path | None = None
    """Encoded picture, or where the file should be."""
    split: str = ""
    group: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    """Of url, brand, price, currency and locale those that the row has."""
    problems: tuple[str, ...] = ()
    """What is wrong with the row while the rest of it counts."""
    error: str | None = None
    """Why nothing of the row could be read."""


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
            self._raw_rows(understand.wanted, start), None if stop is None else stop - start
        )
        for number, raw in enumerate(raw_rows, start + 1):
            yield understand(number, raw)

    def _raw_rows(self, wanted: Sequence[str], start: int) -> Iterator[RawRow]:
        with reading(self.path):
            yield from self.format.rows(wanted, start)


class RowReader:
    """Understands rows whose columns are known.

    Args:
        columns: Field → the columns that it is read from.
        separator: Between the levels of a category path.
        image_root: Folder that image paths start from; None for one without them.
    """

    def __init__(
        self,
        columns: Mapping[str, tuple[str, ...]],
        separator: str = SEPARATOR,
        image_root: Path | None = None,
    ) -> None:
        self.columns, self.separator = columns, separator
        self.image_root = None if image_root is None else image_root.resolve()

    @property
    def wanted(self) -> list[str]:
        """All columns that it reads, each once."""
        return list(dict.fromkeys(c for columns in self.columns.values() for c in columns))

    def __call__(self, number: int, raw: RawRow) -> TableRow:
        """Return what a row holds, with what is wrong in it."""
        if raw.error is not None:
            return TableRow(number, error=raw.error)
        try:
            return self._understand(number, raw)
        except RecursionError:
            return TableRow(number, error="lists within lists, too deep to read")

    def _understand(self, number: int, raw: RawRow) -> TableRow:
        cells = {name: [raw.values.get(c) for c in cs] for name, cs in self.columns.items()}
        problems = list(raw.problems)
        texts = dict.fromkeys(("name", "description"), "")
        image: bytes | Path | None = None
        category: tuple[str, ...] = ()
        for name in texts:
            try:
                texts[name] = " ".join(filter(None, map(read_text, cells.get(name, ()))))
            except InputError as error:
                problems.append(f"{name} {error}")
        try:
            category = read_category(cells.get("category", []), self.separator)
        except InputError as error:
            problems.append(f"category {error}")
        try:
            image = read_image(cells.get("image", [None])[0], self.image_root)
        except InputError as error:
            problems.append(str(error))
        rest = {name: read_plain(cells[name][0]) for name in self.columns if name not in JOINABLE}
        return TableRow(
            number=number,
            id=rest.get("id", ""),
            **texts,
            category=category,
            image=image,
            split=rest.get("split", ""),
            group=rest.get("group", ""),
            extra={name: rest[name] for name in EXTRA_FIELDS if rest.get(name)},
            problems=tuple(problems),
        )


def open_table(
    source: PathLike,
    *,
    columns: Columns | None = None,
    separator: str = SEPARATOR,
    image_root: PathLike | None = None,
    fields: Sequence[str] = tuple(DEFAULT_COLUMNS),
) -> ProductTable:
    """Open a table of products.

    Args:
        source: A Parquet, CSV or JSON lines file, a corpus, a folder of Parquet files or in
            the Kaggle layout, or a pattern such as ``parts/*.csv``, whose files make one table.
            Of Parquet also addresses in object stores, such as ``s3://shop/parts/``.
        columns: Where the table's own names must be told: field → column. Several columns
            (``"gender,article_type"``) are the levels of a category, or parts of a text.
            An empty name leaves the field out.
        separator: What stands between the levels of a category path in one column.
        image_root: Folder that image paths start from and may not leave; where the table
            is, if not given; of a table in an object store none.
        fields: Which fields to read.

    Raises:
        TableError: If it cannot be read, or lacks a column that was asked for.
    """
    # Other processes, such as those of a cluster, may stand in another folder.
    path: Path | str = str(source) if is_address(source) else Path(source).absolute()
    with reading(path if isinstance(path, str) else Path(source)):
        format = open_stored(path) if isinstance(path, str) else open_format(path)
    own_root = None if isinstance(path, str) else format.folder
    root = Path(image_root).absolute() if image_root is not None else own_root
    if root is not None and not root.is_dir() and not isinstance(format, CorpusTable):
        raise TableError(f"No folder {root} to read pictures from.")
    if not separator:
        raise TableError("The separator between the levels of a category may not be empty.")
    found = match_columns(format.columns, columns or {}, fields, path)
    return ProductTable(path, found, separator, root, format)


def match_columns(
    found: Sequence[str], columns: Columns, fields: Sequence[str], path: Path | str
) -> dict[str, tuple[str, ...]]:
    """Tell which columns each field is read from.

    >>> match_columns(["ID", "title", "a", "b"], {"category": "a,b"}, DEFAULT_COLUMNS, Path())
    {'id': ('ID',), 'name': ('title',), 'category': ('a', 'b')}
    """
    listed = f"It has: {', '.join(found)}."
    if unknown := [name for name in columns if name not in DEFAULT_COLUMNS]:
        raise TableError(
            f"Unknown field {unknown[0]!r} in the columns. Fields: {', '.join(DEFAULT_COLUMNS)}."
        )
    matched: dict[str, tuple[str, ...]] = {}
    for name in fields:
        if name in columns:
            asked = columns[name]
            names = split_names(asked, found)
            if missing := [column for column in names if column not in found]:
                raise TableError(f"{path} has no column {missing[0]!r} for the {name}. {listed}")
            if len(names) > 1 and name not in JOINABLE:
                raise TableError(f"The {name} is read from one column, not from {len(names)}.")
            if names:
                matched[name] = tuple(names)
        elif default := default_columns(name, found):
            matched[name] = default
    if not matched.keys() & {"name", "description", "image"}:
        raise TableError(
            f"{path} has no column that looks like a name, a description or a picture. {listed}"
            " Tell which one it is, such as name=title."
        )
    return matched


def split_names(asked: str | Sequence[str], found: Sequence[str]) -> list[str]:
    """Return the columns that a mapping names; one of the table's may have commas itself."""
    if isinstance(asked, str):
        names: Sequence[str] = [asked] if asked in found else asked.split(",")
    else:
        names = asked
    return [name.strip() for name in names if name.strip()]


def default_columns(name: str, found: Sequence[str]) -> tuple[str, ...]:
    """Find the usual columns of a field, exactly or in other case; none gives an empty tuple."""
    exact = {column: column for column in reversed(found)}
    folded = {column.casefold(): column for column in reversed(found)}
    for candidate in DEFAULT_COLUMNS[name]:
        parts = candidate.split(",")
        if all(part in exact or part.casefold() in folded for part in parts):
            return tuple(exact.get(part) or folded[part.casefold()] for part in parts)
    return ()
