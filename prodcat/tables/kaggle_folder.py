"""The folder of the Kaggle fashion set: a CSV file, and a picture for each of its ids."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from prodcat.tables.byte_source import ByteSource
from prodcat.tables.csv_files import CsvTable
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import RawRow, reading


class KaggleFolder:
    """A folder with ``styles.csv`` and ``images/ID.jpg``, as the Kaggle fashion set."""

    has_own_fields = False
    inner_columns: frozenset[str] = frozenset()

    def __init__(self, folder: Path, read_as: ReadAs = ReadAs()) -> None:  # noqa: B008
        self.path, self.folder = folder / "styles.csv", folder
        with reading(self.path):
            self.csv = CsvTable(ByteSource(self.path), read_as, surplus_to_last=True)
        self.columns = (*self.csv.columns, "image")

    @property
    def notes(self) -> tuple[str, ...]:
        """How its table is read."""
        return self.csv.notes

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, each with the path that its picture should have."""
        for row in self.csv.rows([*columns, "id"], start):
            # Whether the file is there shows only when the picture is read.
            if product_id := str(row.values.get("id", "")).strip():
                row.values["image"] = f"images/{product_id}.jpg"
            yield row
