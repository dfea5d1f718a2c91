"""CSV, and the folder of the Kaggle fashion set, whose table is one."""

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from prodcat.errors import TableError
from prodcat.tables.formats import NOT_UTF8, RawRow, reading

MAX_CELL_CHARS = 50_000_000
MAX_ROW_LINES = 1000
"""A row of CSV with more lines than this has a quote that nobody closed."""


class RecordLines:
    """The lines of a CSV file, to read one record after the other.

    A quote that nobody closes would swallow all rows to the end of the file; so the lines
    of such a record, but for its first, can be given back.
    """

    def __init__(self, file: Iterator[str]) -> None:
        self._file = file
        self._again: deque[str] = deque()
        self._record: list[str] = []
        self.unclosed = False
        """Whether the record asked for more lines than there are, or than a row may have."""

    def begin(self) -> bool:
        """Go on to the next record; False if there is none."""
        self._record, self.unclosed = [], False
        if not self._again and (line := next(self._file, None)) is not None:
            self._again.append(line)
        return bool(self._again)

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = None
        if len(self._record) < MAX_ROW_LINES:
            line = self._again.popleft() if self._again else next(self._file, None)
        if line is None:
            self.unclosed = True
            raise StopIteration
        self._record.append(line)
        return line

    def give_back(self) -> None:
        """Let what follows the record's first line be read anew."""
        self._again.extendleft(reversed(self._record[1:]))


class CsvTable:
    """A CSV file with a header line."""

    def __init__(self, path: Path, *, delimiter: str = ",", surplus_to_last: bool = False) -> None:
        self.path, self.folder = path, path.parent
        self.delimiter = delimiter
        self.surplus_to_last = surplus_to_last
        """Give the cells beyond the last column to it, as unquoted delimiters of its text."""
        header = next(self._cells(), None)
        if not isinstance(header, list) or not any(cell.strip() for cell in header):
            raise TableError(f"{path} does not begin with a line of column names.")
        self.columns = tuple(cell.strip() for cell in header)

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def _cells(self) -> Iterator[list[str] | str]:
        # The module has one limit for the whole process, too low for a long description.
        csv.field_size_limit(max(MAX_CELL_CHARS, csv.field_size_limit()))
        # Bytes that are not UTF-8 show as U+FFFD and are reported with their row.
        with self.path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
            lines = RecordLines(file)
            while lines.begin():
                try:
                    cells = next(csv.reader(lines, delimiter=self.delimiter), [])
                except csv.Error as error:
                    yield f"no readable line of CSV: {error}"
                    continue
                if lines.unclosed:
                    lines.give_back()
                    yield "a quote is not closed"
                elif cells:
                    yield cells

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows; blank lines are none."""
        for cells in islice(self._cells(), start + 1, None):
            yield self._row(cells, set(columns))

    def _row(self, cells: list[str] | str, columns: set[str]) -> RawRow:
        if isinstance(cells, str):
            return RawRow(error=cells)
        width = len(self.columns)
        if len(cells) > width and self.surplus_to_last:
            cells = [*cells[: width - 1], self.delimiter.join(cells[width - 1 :])]
        if len(cells) > width:
            return RawRow(error=f"{len(cells)} cells under {width} column names")
        problems = ["fewer cells than columns"] if len(cells) < width else []
        if any("\ufffd" in cell for cell in cells):
            problems.append(NOT_UTF8)
        values = {c: v for c, v in zip(self.columns, cells, strict=False) if c in columns}
        return RawRow(values, tuple(problems))


class KaggleFolder:
    """A folder with ``styles.csv`` and ``images/ID.jpg``, as the Kaggle fashion set."""

    def __init__(self, folder: Path) -> None:
        self.path, self.folder = folder / "styles.csv", folder
        with reading(self.path):
            self.csv = CsvTable(self.path, surplus_to_last=True)
        self.columns = (*self.csv.columns, "image")

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, each with the path that its picture should have."""
        for row in self.csv.rows([*columns, "id"], start):
            if product_id := str(row.values.get("id", "")).strip():
                row.values["image"] = f"images/{product_id}.jpg"
            yield row
