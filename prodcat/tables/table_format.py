"""What each kind of table is to the rest: columns, and rows of whatever the cells hold.

A kind of table is a class like `TableFormat` in a file of its own, and a line in
`prodcat.tables.opening`.
"""

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
    """Why there are no values, or none to rely on: they are shown, but nothing is read of them."""


class TableFormat(Protocol):
    """A file or folder with rows."""

    path: Path
    """The file that holds the rows, by whose content one import is told from another; of
    several files their folder."""
    columns: tuple[str, ...]
    """Names of the columns, as they are written."""
    folder: Path
    """Where relative image paths start."""
    inner_columns: frozenset[str]
    """Those of the columns that are fields within others, ``product.title``."""
    has_own_fields: bool
    """Whether its rows need not have all columns, as objects of JSON, so that of several files
    each may have others."""

    @property
    def notes(self) -> tuple[str, ...]:
        """How it is read, to be told in one line; what was passed over once it was read."""

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
