"""JSON lines."""

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

from prodcat.errors import TableError
from prodcat.tables.formats import NOT_UTF8, RawRow

SAMPLED_ROWS = 1000
"""Rows of JSON lines that are read to learn the columns."""
MAX_LINE_CHARS = 50_000_000
"""Of JSON lines; longer ones are not held."""


class JsonLinesTable:
    """A file with one JSON object per line."""

    def __init__(self, path: Path) -> None:
        self.path, self.folder = path, path.parent
        columns: dict[str, None] = {}
        for row in islice(self._objects(), SAMPLED_ROWS):
            columns |= dict.fromkeys(row.values)
        if not columns:
            raise TableError(
                f"{path} has no JSON object in its first lines; JSON lines has one on each."
            )
        self.columns = tuple(columns)

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def _objects(self) -> Iterator[RawRow]:
        with self.path.open(encoding="utf-8-sig", errors="replace") as file:
            while line := file.readline(MAX_LINE_CHARS + 1):
                if not line.strip():
                    continue
                if len(line) > MAX_LINE_CHARS:
                    # Read on to the end of the line, piece by piece, so that the next row is one.
                    while line and not line.endswith("\n"):
                        line = file.readline(MAX_LINE_CHARS)
                    yield RawRow(error=f"a line of more than {MAX_LINE_CHARS:,} characters")
                    continue
                try:
                    values = json.loads(line)
                except (ValueError, RecursionError) as error:
                    yield RawRow(error=f"no readable JSON: {error}")
                    continue
                if not isinstance(values, dict):
                    yield RawRow(error=f"no JSON object but {type(values).__name__}")
                    continue
                yield RawRow(values, (NOT_UTF8,) if "\ufffd" in line else ())

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows; blank lines are none."""
        names = set(columns)
        for row in islice(self._objects(), start, None):
            values = {c: v for c, v in row.values.items() if c in names}
            yield RawRow(values, row.problems, row.error)
