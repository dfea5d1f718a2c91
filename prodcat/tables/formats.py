"""How each kind of file gives its rows, as dicts of whatever the cells hold."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from prodcat.errors import InputError, TableError, one_line

NOT_UTF8 = "text that is not UTF-8"


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row before its columns are understood."""

    values: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    error: str | None = None
    """Why there are no values."""


class TableFormat(Protocol):
    """A file or folder with rows."""

    path: Path
    columns: tuple[str, ...]
    folder: Path
    """Where relative image paths start."""

    def count(self) -> int | None:
        """Number of rows; None where only reading to the end would tell."""

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows from the one numbered *start*, the first being 0."""


@contextmanager
def reading(path: Path | str) -> Iterator[None]:
    """Say in one line why a file cannot be read."""
    try:
        yield
    except FileNotFoundError as error:
        raise TableError(f"No file or folder at {path}.") from error
    except (OSError, ValueError) as error:  # pyarrow's errors are of these two
        # Ours are ValueErrors too, and say already what is wrong.
        if isinstance(error, InputError):
            raise
        reason = one_line(error)
        raise TableError(f"{path} cannot be read: {reason}") from error


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
