"""Which kind of file the answers are written as, by its name, and what that kind can hold."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from prodcat.bulk.answers import OURS
from prodcat.bulk.joining import JoinedRows
from prodcat.bulk.outputs.about import About
from prodcat.bulk.outputs.csv_file import write_csv
from prodcat.bulk.outputs.json_lines_file import write_json_lines
from prodcat.bulk.outputs.parquet_file import write_parquet
from prodcat.bulk.outputs.workbook import MAX_COLUMNS, write_workbook
from prodcat.errors import InputError, require
from prodcat.excel.cells import MAX_ROWS
from prodcat.product import PathLike
from prodcat.tables.stores import is_address


@dataclass(frozen=True)
class OutputKind:
    """A kind of file."""

    suffixes: tuple[str, ...]
    write: Callable[[Path, Sequence[str], Iterator[JoinedRows], About], None]
    needs: tuple[str, ...] = ()
    """Libraries that it takes beside pyarrow."""
    as_arrow: bool = False
    """It takes the input's cells in Arrow's types."""
    shows_pictures: bool = False
    max_rows: int | None = None
    max_columns: int | None = None


KINDS = (
    OutputKind((".parquet", ".pq"), write_parquet, as_arrow=True),
    OutputKind((".csv",), write_csv),
    OutputKind((".jsonl", ".ndjson"), write_json_lines),
    OutputKind(
        (".xlsx",),
        write_workbook,
        needs=("xlsxwriter",),
        shows_pictures=True,
        max_rows=MAX_ROWS,
        max_columns=MAX_COLUMNS,
    ),
)


def output_suffix(output: PathLike) -> str:
    """Return how the name of OUT ends; an address may have options behind its path.

    >>> output_suffix("s3://shop/answers.CSV?region=eu-west-1")
    '.csv'
    """
    path = urlsplit(str(output)).path if is_address(output) else str(output)
    return Path(path).suffix.lower()


def output_kind(output: PathLike) -> OutputKind:
    """Return the kind of file that OUT is named as.

    Raises:
        InputError: If there is none of that name.
        MissingDependencyError: If a library that it takes is not installed.
    """
    suffix = output_suffix(output)
    for kind in KINDS:
        if suffix in kind.suffixes:
            for module in kind.needs:
                require(module, extra="bulk")
            return kind
    endings = ", ".join(kind.suffixes[0] for kind in KINDS)
    raise InputError(
        f"The answers are written as what OUT is named, one of {endings}, but {output} is not"
        " named so."
    )


def check_size(kind: OutputKind, output: PathLike, *, rows: int | None, columns: int) -> None:
    """Refuse an input that OUT cannot hold, before any work is done.

    Args:
        kind: Of OUT.
        output: OUT.
        rows: Of the input; None where they are not counted before the end.
        columns: Of the input.

    Raises:
        InputError: If they are too many.
    """
    advice = "Write .parquet or .csv, or cut the input into several."
    if kind.max_rows is not None and rows is not None and rows > kind.max_rows:
        raise InputError(
            f"{output} cannot hold {rows:,} rows: a sheet has room for {kind.max_rows:,}. {advice}"
        )
    most = kind.max_columns
    if most is not None and columns + len(OURS) + kind.shows_pictures > most:
        raise InputError(
            f"{output} cannot hold {columns:,} columns: a sheet has room for {most:,}. {advice}"
        )
