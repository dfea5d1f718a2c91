"""A row of a table to a product, with what is wrong in it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prodcat.errors import InputError
from prodcat.tables.category_forms import CategoryForm
from prodcat.tables.encodings import LOST
from prodcat.tables.picture_cells import PictureFinder
from prodcat.tables.table_format import RawRow
from prodcat.tables.words import is_null_word, is_rounded, read_id, read_plain, read_text
from prodcat.taxonomy.paths import CategoryPath

TEXTS = ("name", "description")
WORDS = ("split", "group", "url", "brand", "price", "currency", "locale")
"""Fields of one word each."""
WEB_ADDRESS = "picture is a web address, which is not fetched"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of a table, read but not judged: texts are as they were written."""

    number: int
    """Place in the table; the first is 1."""
    id: str = ""
    name: str = ""
    description: str = ""
    category: CategoryPath = ()
    """Names from the root down; empty when the row has none."""
    listings: tuple[CategoryPath, ...] = ()
    """Further paths that the product is listed under."""
    image: bytes | Path | None = None
    """Encoded picture, or where the file should be."""
    further_images: tuple[bytes | Path, ...] = ()
    """More pictures of the product, for where the first one cannot be read."""
    image_url: str = ""
    """Web address of its picture."""
    split: str = ""
    group: str = ""
    url: str = ""
    brand: str = ""
    price: str = ""
    currency: str = ""
    locale: str = ""
    continues: int | None = None
    """The row above that it belongs to, as another variant or picture of the same product."""
    null_words: tuple[str, ...] = ()
    """Fields that held a word for nothing, such as NULL, and are taken as absent."""
    problems: tuple[str, ...] = ()
    """What is wrong with the row while the rest of it counts."""
    error: str | None = None
    """Why nothing of the row could be read."""


@dataclass(frozen=True)
class RowReader:
    """Understands rows whose columns are known."""

    columns: Mapping[str, tuple[str, ...]]
    """Field → the columns that it is read from."""
    form: CategoryForm = field(default_factory=CategoryForm)
    """How the column of categories is written."""
    image_root: Path | None = None
    """Folder that image paths start from; None for one without them."""
    keep_null_words: bool = False
    """Whether NULL, nan and the like are words as any others."""
    class_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Column of numbers → the names that they stand for."""

    _pictures: PictureFinder = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_pictures", PictureFinder(self.image_root))

    @property
    def column_names(self) -> list[str]:
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
        cells = {
            name: [self.cell(raw, column) for column in columns]
            for name, columns in self.columns.items()
        }
        problems = list(raw.problems)
        null_words: list[str] = []
        texts = dict.fromkeys(TEXTS, "")
        paths: tuple[CategoryPath, ...] = ()
        # One part that cannot be read is no reason to lose the others.
        for name in texts:
            try:
                written = [read_text(cell) for cell in cells.get(name, ())]
            except InputError as error:
                problems.append(f"{name} {error}")
                continue
            kept = [text for text in written if not self._is_null(text)]
            if len(kept) < len(written):
                null_words.append(name)
            texts[name] = " ".join(filter(None, kept))
        category = cells.get("category", [])
        try:
            paths = self.form.read(category)
        except InputError as error:
            problems.append(f"category {error}")
        whole = tuple(path for path in paths if not any(LOST in name for name in path))
        if len(whole) < len(paths):
            # It would be taught as a category of its own, and answered.
            problems.append("category in which a letter was lost before")
            paths = whole
        if not paths and any(isinstance(c, str) and self._is_null(c) for c in category):
            null_words.append("category")
        pictures = self._pictures.read(cells.get("image", []))
        problems += pictures.problems
        if pictures.addresses and not pictures.pictures:
            problems.append(WEB_ADDRESS)
        product_id = read_id(cells["id"][0]) if "id" in cells else ""
        if self._is_null(product_id):
            product_id = ""
            null_words.append("id")
        if is_rounded(product_id):
            problems.append("id was rounded by a spreadsheet")
        words = dict.fromkeys(WORDS, "")
        for name in WORDS:
            word = read_plain(cells[name][0]) if name in cells else ""
            words[name] = "" if self._is_null(word) else word
        return TableRow(
            number=number,
            id=product_id,
            name=texts["name"],
            description=texts["description"],
            category=paths[0] if paths else (),
            listings=paths[1:],
            image=pictures.pictures[0] if pictures.pictures else None,
            further_images=pictures.pictures[1:],
            image_url=pictures.addresses[0] if pictures.addresses else "",
            split=words["split"],
            group=words["group"],
            url=words["url"],
            brand=words["brand"],
            price=words["price"],
            currency=words["currency"],
            locale=words["locale"],
            null_words=tuple(null_words),
            problems=tuple(problems),
        )

    def cell(self, raw: RawRow, column: str) -> Any:
        """Return what a column holds; of class labels, the name."""
        value = raw.values.get(column)
        names = self.class_names.get(column)
        if names is not None and isinstance(value, int) and 0 <= value < len(names):
            return names[value]
        return value

    def _is_null(self, text: str) -> bool:
        return not self.keep_null_words and is_null_word(text)
