"""Several files of the same columns, read as one table."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from prodcat.errors import TableError
from prodcat.tables.table_format import RawRow, TableFormat


class FilesTable:
    """Several tables of the same columns, one after the other."""

    def __init__(self, folder: Path, parts: Sequence[TableFormat]) -> None:
        self.path = self.folder = folder
        self.parts = parts
        self.columns = parts[0].columns
        for part in parts:
            # In whatever order: a row is a dict.
            if set(part.columns) != set(self.columns):
                raise TableError(
                    f"{part.path} has the columns {', '.join(part.columns)}, but"
                    f" {parts[0].path} has {', '.join(self.columns)}; parts must have the same."
                )

    def count(self) -> int | None:
        """Number of rows, where all parts tell theirs."""
        counts = [part.count() for part in self.parts]
        return None if None in counts else sum(filter(None, counts))

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, passing over whole parts before *start* where they tell their number."""
        for part in self.parts:
            # Parquet tells its rows without being read; of CSV and JSON lines, each row is passed
            # over.
            count = part.count()
            if count is not None and start >= count:
                start -= count
                continue
            skipped = start if count is not None else 0
            for row in part.rows(columns, skipped):
                if start > skipped:
                    skipped += 1
                    continue
                yield row
            start -= skipped
