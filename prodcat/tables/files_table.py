"""Several files of the same columns, read as one table."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from prodcat.errors import TableError
from prodcat.tables.table_format import RawRow, TableFormat

MAX_NOTES = 5


class FilesTable:
    """Several tables of the same columns, one after the other.

    Args:
        folder: Where relative image paths start.
        parts: The tables.
        constants: Of each part, the columns that the names of its folders hold, as in
            ``category=Shoes/part.parquet``; empty for parts without.
        notes: What to tell beside the notes of the parts.
    """

    has_own_fields = False

    def __init__(
        self,
        folder: Path,
        parts: Sequence[TableFormat],
        constants: Sequence[Mapping[str, str]] = (),
        notes: Sequence[str] = (),
    ) -> None:
        self.path = self.folder = folder
        self.parts = parts
        self.constants = constants or [{} for _ in parts]
        self._notes = tuple(notes)
        self.class_names: dict[str, list[str]] = getattr(parts[0], "class_names", {})
        first = (*parts[0].columns, *self.constants[0])
        self.columns = tuple(dict.fromkeys(first))
        # Of JSON not all rows have all fields, and so neither have all files.
        fields: dict[str, None] = dict.fromkeys(self.columns)
        for part, constant in zip(parts, self.constants, strict=True):
            columns = (*part.columns, *constant)
            # In whatever order: a row is a dict.
            if set(columns) != set(self.columns) and not part.has_own_fields:
                raise TableError(
                    f"{part.path} has the columns {', '.join(columns)}, but"
                    f" {parts[0].path} has {', '.join(self.columns)}; parts must have the same."
                )
            fields |= dict.fromkeys(columns)
        self.columns = tuple(fields)
        self.inner_columns = frozenset().union(*(part.inner_columns for part in parts))

    @property
    def notes(self) -> tuple[str, ...]:
        """How the files are read; where they differ, how each kind of them is."""
        told = Counter(" · ".join(part.notes) for part in self.parts if part.notes)
        count = f"{len(self.parts):,} file{'s' * (len(self.parts) > 1)}"
        if len(told) == 1:
            return (count, *next(part.notes for part in self.parts if part.notes), *self._notes)
        kinds = [f"{files} × {notes}" for notes, files in told.most_common(MAX_NOTES)]
        more = [f"{len(told) - MAX_NOTES} other kinds"] if len(told) > MAX_NOTES else []
        return (count, *kinds, *more, *self._notes)

    def count(self) -> int | None:
        """Number of rows, where all parts tell theirs."""
        counts = [part.count() for part in self.parts]
        return None if None in counts else sum(filter(None, counts))

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows, passing over whole parts before *start* where they tell their number."""
        for part, constant in zip(self.parts, self.constants, strict=True):
            # Parquet tells its rows without being read; of CSV, each row is passed over.
            count = part.count()
            if count is not None and start >= count:
                start -= count
                continue
            skipped = start if count is not None else 0
            own = [name for name in columns if name in part.columns and name not in constant]
            same = {name: constant[name] for name in columns if name in constant}
            for row in part.rows(own, skipped):
                if start > skipped:
                    skipped += 1
                    continue
                yield RawRow({**row.values, **same}, row.problems, row.error) if same else row
            start -= skipped
