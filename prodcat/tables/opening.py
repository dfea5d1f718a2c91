"""Finds out what kind of table a file, a folder, a pattern of names or an address is."""

import io
import os
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from glob import has_magic
from itertools import chain
from pathlib import Path
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile

from prodcat.errors import InputError, TableError, require
from prodcat.inputs.plain_files import NotPlainError, open_plain
from prodcat.product import PathLike
from prodcat.tables.arrow_files import FILE_MAGIC, STREAM_MAGIC, ArrowTable
from prodcat.tables.byte_source import GZIP, STDIN, ZIP, ByteSource, find_member, keep
from prodcat.tables.corpus_table import CorpusTable
from prodcat.tables.csv_files import CsvTable
from prodcat.tables.files_table import FilesTable
from prodcat.tables.folders import is_pattern, open_folder, open_pattern, table_parts
from prodcat.tables.json_files import JsonTable
from prodcat.tables.kaggle_folder import KaggleFolder
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.read_as import ReadAs
from prodcat.tables.stores import find_store, is_address
from prodcat.tables.table_format import TableFormat, reading
from prodcat.tables.text_files import TEXT_SUFFIXES, open_text
from prodcat.tables.workbooks import OLE, WorkbookTable

OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class FileKind:
    """A kind of file that holds a table."""

    name: str
    """As messages list it."""
    open: Callable[[Path, ReadAs], TableFormat]
    suffixes: tuple[str, ...] = ()
    magic: tuple[bytes, ...] = ()
    """What files of this kind begin with; it counts before any suffix."""


def open_gzip(path: Path, read_as: ReadAs) -> TableFormat:
    """Open a gzipped table."""
    return open_packed(ByteSource(path, "gzip"), read_as)


def open_zip(path: Path, read_as: ReadAs) -> TableFormat:
    """Open a workbook, which is an archive, or an archive with one table."""
    try:
        with ZipFile(path) as archive:
            names = set(archive.namelist())
            is_workbook = "[Content_Types].xml" in names or (
                "mimetype" in names and archive.read("mimetype").startswith(OPEN_DOCUMENT)
            )
    except BadZipFile as error:
        raise TableError(f"{path} cannot be read: {error}.") from error
    if is_workbook:
        return WorkbookTable(path, read_as)
    return open_packed(ByteSource(path, "zip", find_member(path).filename), read_as)


def open_packed(source: ByteSource, read_as: ReadAs) -> TableFormat:
    """Open what is packed: text as it is unpacked, other tables from a temporary file."""
    with source.open() as file:
        beginning = file.read(MAGIC_BYTES)
        if not any(beginning.startswith(kind.magic) for kind in FILE_KINDS if kind.magic):
            return open_text(source, read_as)
        unpacked = keep(io.BytesIO(beginning), source.name.name, more=file)
    if unpacked.suffix == "" and beginning.startswith((GZIP, ZIP)):
        raise TableError(f"{source.path} is packed twice; unpack it once.")
    return open_format(unpacked, read_as)


FILE_KINDS = (
    FileKind("Parquet", lambda path, _: ParquetTable(path), magic=(b"PAR1",)),
    FileKind(
        "text (.csv, .tsv, .txt, .jsonl, .json)",
        lambda path, read_as: open_text(ByteSource(path), read_as),
        suffixes=TEXT_SUFFIXES,
    ),
    FileKind("Excel or OpenDocument (.xlsx, .xls, .ods)", WorkbookTable, magic=(OLE,)),
    FileKind("Arrow", lambda path, _: ArrowTable(path), magic=(FILE_MAGIC, STREAM_MAGIC)),
    FileKind("one of these in .gz", open_gzip, magic=(GZIP,)),
    FileKind("or .zip", open_zip, magic=(ZIP,)),
    FileKind("a corpus", lambda path, _: CorpusTable(path), magic=(b"SQLite format 3\x00",)),
)
MAGIC_BYTES = max(len(magic) for kind in FILE_KINDS for magic in kind.magic)


def open_source(source: PathLike, read_as: ReadAs) -> tuple[Path | str, TableFormat]:
    """Open whatever a user names, and return where it is too: text for an address.

    Raises:
        TableError: If it is no table that we know, cannot be read, or is not of the kind that
            was said.
        InputError: If an address cannot be reached.
    """
    if not isinstance(source, str | os.PathLike):
        raise InputError(
            f"A table is read from a path, not from a {type(source).__name__}; write it to a file,"
            " such as .parquet, first."
        )
    # Other processes, such as those of a cluster, may stand in another folder.
    path: Path | str = str(source) if is_address(source) else Path(source).absolute()
    with reading(path if isinstance(path, str) else Path(source)):
        if str(source) == "-":
            path, table = STDIN, open_stdin(read_as)
        elif isinstance(path, str):
            table = open_stored(path)
        else:
            table = open_format(path, read_as)
    check_read_as(table, path, read_as)
    return path, table


def open_format(path: Path, read_as: ReadAs = ReadAs()) -> TableFormat:  # noqa: B008
    """Find out what kind of table this is, by its content first and then by its suffix.

    Raises:
        TableError: If it is none that we know, or cannot be read.
    """
    open_file = partial(open_format, read_as=read_as)
    if path.is_dir():
        return open_folder(path, open_file, read_as)
    if is_pattern(path):
        return open_pattern(path, open_file)
    if is_shell_pipe(path):
        # Such as of `<(zcat new.gz)`; it can be read but once.
        with path.open("rb") as file:
            return open_kept(keep(file, path.name), read_as)
    with reading(path):
        with _opened(path) as file:
            beginning = file.read(MAGIC_BYTES)
        if not beginning:
            raise TableError(f"{path} is empty.")
        by_content = (k for k in FILE_KINDS if k.magic and beginning.startswith(k.magic))
        by_suffix = (k for k in FILE_KINDS if path.suffix.lower() in k.suffixes)
        for kind in chain(by_content, by_suffix):
            return kind.open(path, read_as)
        # Whatever it is called: a text that is a table is one.
        if (table := open_text(ByteSource(path), read_as, is_sure=False)) is not None:
            return table
    raise TableError(
        f"{path} is no table of products that we know:"
        f" {', '.join(kind.name for kind in FILE_KINDS)}, or a folder with styles.csv or pictures."
    )


def _opened(path: Path) -> BinaryIO:
    try:
        return open_plain(path)
    except NotPlainError as error:
        advice = ""
        if path.is_fifo():
            advice = f" Hand it on from a program that writes it, as - : cat {path} | prodcat … -"
        raise TableError(f"{path} is no table: {error.strerror}.{advice}") from error


def is_shell_pipe(path: Path) -> bool:
    """Tell the pipe that a shell lays between two programs from one with a name in a folder.

    Nobody may ever write to the latter, and whoever reads it would wait for ever.
    """
    if not path.is_fifo():
        return False
    real = os.path.realpath(path)
    return real.startswith("/dev/fd/") or re.match(r"/proc/\d+/fd/", real) is not None


def check_read_as(table: TableFormat, path: Path | str, read_as: ReadAs) -> None:
    """Refuse what was said of a file that has nothing of the kind: nobody would notice.

    Raises:
        TableError: If a sheet was named of what is no workbook, or the like.
    """
    parts = table_parts(table)
    for name, kinds, what in (
        ("delimiter", (CsvTable, KaggleFolder), "cells between delimiters"),
        ("encoding", (CsvTable, KaggleFolder, JsonTable), "text with an encoding of its own"),
        ("sheet", (WorkbookTable,), "sheets"),
    ):
        if getattr(read_as, name) is not None and not any(isinstance(p, kinds) for p in parts):
            raise TableError(f"{path} has no {what}; leave out --{name} ({name}).")


def open_stdin(read_as: ReadAs) -> TableFormat:
    """Open standard input, which is kept in a temporary file: a table is read more than once."""
    if sys.stdin is None or sys.stdin.isatty():
        raise TableError("There is nothing on standard input, for which - stands.")
    path = keep(sys.stdin.buffer, STDIN.name)
    try:
        return open_kept(path, read_as)
    except TableError as error:
        raise TableError(str(error).replace(str(path), "Standard input")) from error


def open_kept(path: Path, read_as: ReadAs) -> TableFormat:
    """Open a temporary copy of what has no place of its own."""
    table = open_format(path, read_as)
    # Pictures are where whoever asked is, not where the copy is.
    table.folder = Path.cwd()
    return table


def open_stored(address: str) -> TableFormat:
    """Open a Parquet file, a folder of them, or those whose names fit a pattern.

    Raises:
        TableError: If there are no such files.
        InputError: If the store cannot be reached.
    """
    store, path = find_store(address)
    folder, _, pattern = path.rpartition("/")
    if not has_magic(pattern):
        folder, pattern = path, "*.parquet"
    fs = require("pyarrow.fs", extra="bulk")
    if store.get_file_info(path).type == fs.FileType.File:
        return ParquetTable(Path(path), store)
    listed = store.get_file_info(fs.FileSelector(folder))
    # Sorted: rows are numbered through all files, and stores list them in any order.
    names = sorted(info.path for info in listed if fnmatchcase(info.base_name, pattern))
    if not names:
        raise TableError(
            f"{address} has no Parquet files. Give one, a folder of them, or a pattern"
            " such as s3://shop/products/part-*.parquet; other tables are read from disk."
        )
    return FilesTable(Path(folder), [ParquetTable(Path(name), store) for name in names])
