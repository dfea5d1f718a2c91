"""A row of a table to a product, with what is wrong in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from prodcat.errors import InputError
from prodcat.tables.cells import read_category, read_image, read_plain, read_text
from prodcat.tables.columns import JOINABLE
from prodcat.tables.formats import RawRow
from prodcat.taxonomy.paths import SEPARATOR, CategoryPath


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
    image: bytes | Path | None = None
    """Encoded picture, or where the file should be."""
    split: str = ""
    group: str = ""
    url: str = ""
    brand: str = ""
    price: str = ""
    currency: str = ""
    locale: str = ""
    problems: tuple[str, ...] = ()
    """What is wrong with the row while the rest of it counts."""
    error: str | None = None
    """Why nothing of the row could be read."""


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
        cells = {name: [raw.values.get(c) for c in cs] for name, cs in self.columns.items()}
        problems = list(raw.problems)
        texts = dict.fromkeys(("name", "description"), "")
        image: bytes | Path | None = None
        category: CategoryPath = ()
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
        words = {name: read_plain(cells[name][0]) for name in self.columns if name not in JOINABLE}
        return TableRow(
            number=number,
            id=words.get("id", ""),
            **texts,
            category=category,
            image=image,
            split=words.get("split", ""),
            group=words.get("group", ""),
            url=words.get("url", ""),
            brand=words.get("brand", ""),
            price=words.get("price", ""),
            currency=words.get("currency", ""),
            locale=words.get("locale", ""),
            problems=tuple(problems),
        )
