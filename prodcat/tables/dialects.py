"""How a text table is laid out: what stands between its cells and around them."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from prodcat.tables.csv_records import Dialect, Records
from prodcat.tables.headers import HeaderPlace, filled_width, find_header

DELIMITERS = ",;\t|"
"""The first of several that fit equally well."""
NO_DELIMITER = "\x1f"
"""Of a table of one column, which may have any sign in its texts."""
SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?\s*', re.IGNORECASE)
"""The line by which Excel tells itself the delimiter."""
SAMPLE_CHARS = 1 << 18
SAMPLE_ROWS = 300
NAMES = {"\t": "tab", " ": "space"}


@dataclass(frozen=True)
class Layout:
    """How the cells of a file are found."""

    dialect: Dialect
    place: HeaderPlace
    has_sep_line: bool = False
    width: int = 1
    """Columns that have a name."""
    fit: float = 1.0
    """Share of the sampled rows that have as many cells."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell of it."""
        delimiter = self.dialect.delimiter
        one = delimiter == NO_DELIMITER
        notes = ["one column" if one else f"delimiter {NAMES.get(delimiter, delimiter)}"]
        if self.dialect.quote != '"':
            notes.append(f"quotes {self.dialect.quote}")
        return (*notes, *self.place.notes)


def find_layout(sample: str, delimiter: str | None = None) -> Layout:
    r"""Find out how a text table is laid out.

    Args:
        sample: Its beginning, in whole lines.
        delimiter: What stands between the cells, if that is known.

    >>> layout = find_layout("Report\n\nid;name\n1;Jeans, blue\n")
    >>> layout.dialect.delimiter, layout.place.header
    (';', 1)
    """
    lines = io.StringIO(sample, newline="").readlines()
    lines = lines[next((i for i, line in enumerate(lines) if line.strip()), 0) :]
    sep = SEP_LINE.fullmatch(lines[0]) if lines else None
    if sep:
        lines, delimiter = lines[1:], delimiter or sep[1]
    candidates = [delimiter] if delimiter else DELIMITERS
    layouts = [_try(lines, candidate) for candidate in candidates]
    best = max(layouts, key=lambda layout: layout.fit**2 * (layout.width - 1))
    if best.width < 2 and delimiter is None:
        best = _try(lines, NO_DELIMITER)
    return Layout(best.dialect, best.place, sep is not None, best.width, best.fit)


def _try(lines: Sequence[str], delimiter: str) -> Layout:
    dialect = Dialect(
        delimiter,
        # In tab-separated text a quote is mostly a letter, such as the sign of an inch.
        quotes_first=delimiter != "\t",
        skips_spaces=delimiter not in "\t " and any(f'{delimiter} "' in line for line in lines),
    )
    layout = _lay_out(lines, dialect)
    names = lines and _names(lines, layout)
    if names and all(len(name) > 1 and name[0] == name[-1] == "'" for name in names):
        return _lay_out(lines, Dialect(delimiter, "'", skips_spaces=dialect.skips_spaces))
    return layout


def _names(lines: Sequence[str], layout: Layout) -> list[str]:
    record = next(islice(Records(iter(lines), layout.dialect), layout.place.header, None), None)
    return [name.strip() for name in record.cells] if record else []


def _lay_out(lines: Sequence[str], dialect: Dialect) -> Layout:
    sampled = islice(Records(iter(lines), dialect), SAMPLE_ROWS)
    rows = [record.cells for record in sampled]
    place = find_header(rows)
    if place.header >= len(rows):
        return Layout(dialect, place)
    width = filled_width(rows[place.header])
    below = rows[place.data :]
    fitting = sum(len(row) == width or filled_width(row) == width for row in below)
    return Layout(dialect, place, width=width, fit=fitting / len(below) if below else 1.0)
