"""Text tables: rows of cells under a line of column names, and what can be wrong with them."""

from collections.abc import Iterator, Sequence
from itertools import islice

from prodcat.errors import TableError
from prodcat.tables.byte_source import ByteSource
from prodcat.tables.csv_records import Record, Records, bounded_lines
from prodcat.tables.damage import mend
from prodcat.tables.dialects import SAMPLE_CHARS, SEP_LINE, find_layout
from prodcat.tables.encodings import TextEncoding, find_encoding
from prodcat.tables.headers import clean_name, filled_width
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import RawRow


class CsvTable:
    """A text table with a line of column names.

    Args:
        source: Where it is.
        read_as: What is known of it; the rest is found out.
        encoding: How its text is written, if that was found out already.
        surplus_to_last: Give the cells beyond the last column to it, as unquoted delimiters of
            its text.

    Raises:
        TableError: If it has no line of column names.
    """

    has_own_fields = False
    inner_columns: frozenset[str] = frozenset()

    def __init__(
        self,
        source: ByteSource,
        read_as: ReadAs = ReadAs(),  # noqa: B008  (it cannot be changed)
        *,
        encoding: TextEncoding | None = None,
        surplus_to_last: bool = False,
    ) -> None:
        self.source, self.path, self.folder = source, source.path, source.path.parent
        self.encoding = encoding or find_encoding(source, read_as)
        self.surplus_to_last = surplus_to_last
        self.layout = find_layout(read_sample(self.encoding, source), read_as.delimiter)
        self.repeated = 0
        """Lines with the column names again, in what was read last."""
        records = islice(self._records(), self.layout.place.header, None)
        header = next(records, Record([])).cells
        # A name that nothing follows is of a delimiter at the end of each line.
        self.header = header[: filled_width(header)]
        if not any(sign.isalnum() for name in self.header for sign in name):
            raise TableError(f"{self.path} does not begin with a line of column names.")
        self.columns = tuple(map(clean_name, self.header))

    @property
    def notes(self) -> tuple[str, ...]:
        """How it is read; when it was read, what was passed over too."""
        repeated = (
            f"{self.repeated} more line{'s' * (self.repeated > 1)} of column names passed over"
        )
        return (
            *self.source.notes,
            *self.layout.notes,
            f"encoding {self.encoding.label}",
            *self.encoding.notes,
            *([repeated] if self.repeated else []),
        )

    def count(self) -> int | None:
        """Not known before the end."""
        return None

    def all_cells(self) -> Iterator[list[str]]:
        """Yield the cells of all rows, those that were taken for column names too."""
        return (record.cells for record in self._records())

    def _records(self) -> Iterator[Record]:
        """Yield all records that are not blank, those above the column names too."""
        with self.encoding.open(self.source) as file:
            lines = bounded_lines(file)
            if self.encoding.has_nul or self.encoding.ends_in_ctrl_z:
                lines = _without_signs(lines, nul=self.encoding.has_nul)
            if self.layout.has_sep_line:
                lines = _without_sep_line(lines)
            records = Records(lines, self.layout.dialect)
            for number, record in enumerate(records):
                if number == self.layout.place.header:
                    records.width = filled_width(record.cells)
                yield record

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the rows; blank lines are none, and column names again neither."""
        return islice(self._rows(columns), start, None)

    def _rows(self, columns: Sequence[str]) -> Iterator[RawRow]:
        self.repeated = 0
        # Of several columns of a name the first.
        places = {name: self.columns.index(name) for name in columns if name in self.columns}
        width, header, is_clean = len(self.header), self.header, self.encoding.is_clean
        last_name = header[-1]
        for record in islice(self._records(), self.layout.place.data, None):
            cells = record.cells
            if len(cells) == width and not record.problem and not record.error:
                if cells[-1] == last_name and self._is_header(cells):
                    self.repeated += 1
                elif is_clean:
                    yield RawRow({name: cells[place] for name, place in places.items()})
                else:
                    yield self._row(record, places)
            elif len(cells) > width and self._is_header(cells[:width]):
                self.repeated += 1
            else:
                yield self._row(record, places)

    def _is_header(self, cells: list[str]) -> bool:
        # A file that was put behind another one may bring its byte-order mark.
        return cells == self.header or tuple(map(clean_name, cells)) == self.columns

    def _row(self, record: Record, places: dict[str, int]) -> RawRow:
        if record.error:
            return RawRow(error=record.error)
        cells, width = record.cells, len(self.header)
        if len(cells) > width and self.surplus_to_last:
            cells = [*cells[: width - 1], self.layout.dialect.delimiter.join(cells[width - 1 :])]
        if len(cells) > width and filled_width(cells) > width:
            # Which cell is one too many is not known; what stands there is shown all the same.
            shown = {name: cells[place] for name, place in places.items()}
            return RawRow(shown, error=f"{len(cells)} cells under {width} column names")
        problems = [record.problem] if record.problem else []
        if len(cells) < width:
            problems.append("fewer cells than columns")
        if not self.encoding.is_clean:
            cells, damage = mend(cells, self.encoding.label)
            problems += damage
        values = {name: cells[place] for name, place in places.items() if place < len(cells)}
        return RawRow(values, tuple(problems))


def read_sample(encoding: TextEncoding, source: ByteSource) -> str:
    """Return the beginning of a text, in whole lines if it has any."""
    with encoding.open(source) as file:
        sample = file.read(SAMPLE_CHARS)
    sample = sample.replace("\0", "") if encoding.has_nul else sample
    if len(sample) < SAMPLE_CHARS:
        return sample
    return sample[: 1 + max(sample.rfind("\n"), sample.rfind("\r"))] or sample


def _without_signs(lines: Iterator[str], *, nul: bool) -> Iterator[str]:
    """Leave out the characters NUL, and the Ctrl-Z at the end."""
    ending = ""
    for line in lines:
        # A Ctrl-Z within the file stays, as any other sign.
        if ending:
            yield ending
        ending = line.replace("\0", "") if nul else line
        if "\x1a" not in ending:
            if ending:
                yield ending
            ending = ""
    if ending := ending.rstrip().removesuffix("\x1a"):
        yield ending


def _without_sep_line(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        if line.strip():
            if not SEP_LINE.fullmatch(line):
                yield line
            break
    yield from lines
