"""Finds out what kind of table a file, a folder, a pattern of names or an address is."""

from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from glob import glob, has_magic
from itertools import chain
from pathlib import Path

from prodcat.errors import TableError, require
from prodcat.tables.corpus_table import CorpusTable
from prodcat.tables.csv_files import CsvTable
from prodcat.tables.files_table import FilesTable
from prodcat.tables.json_lines import JsonLinesTable
from prodcat.tables.kaggle_folder import KaggleFolder
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.stores import find_store
from prodcat.tables.table_format import TableFormat, reading


@dataclass(frozen=True)
class FileKind:
    """A kind of file that holds a table."""

    name: str
    """As messages list it."""
    open: Callable[[Path], TableFormat]
    suffixes: tuple[str, ...] = ()
    magic: bytes = b""
    """What each file of this kind begins with; it counts before any suffix."""


def open_csv(path: Path) -> TableFormat:
    """Open a CSV file, with its pictures if it is the table of a folder in the Kaggle layout."""
    # The table named instead of its folder; the pictures lie beside it all the same.
    if path.name == "styles.csv" and (path.parent / "images").is_dir():
        return KaggleFolder(path.parent)
    return CsvTable(path)


FILE_KINDS = (
    FileKind("Parquet", ParquetTable, magic=b"PAR1"),
    FileKind(".csv", open_csv, suffixes=(".csv",)),
    FileKind(".tsv", partial(CsvTable, delimiter="\t"), suffixes=(".tsv",)),
    # Many a file of JSON lines is called .json.
    FileKind(".jsonl", JsonLinesTable, suffixes=(".jsonl", ".ndjson", ".json")),
    FileKind("a corpus", CorpusTable, magic=b"SQLite format 3\x00"),
)
MAGIC_BYTES = max(len(kind.magic) for kind in FILE_KINDS)


def open_format(path: Path) -> TableFormat:
    """Find out what kind of table this is, by its content first and then by its suffix.

    Raises:
        TableError: If it is none that we know, or cannot be read.
    """
    if path.is_dir():
        return open_folder(path)
    if is_pattern(path):
        # Path.glob takes no pattern that begins at the root.
        files = sorted(Path(name) for name in glob(str(path), recursive=True))  # noqa: PTH207
        if not files:
            raise TableError(f"No file has a name like {path}.")
        return FilesTable(fixed_folder(path), [open_format(part) for part in files])
    with reading(path):
        with path.open("rb") as file:
            beginning = file.read(MAGIC_BYTES)
        if not beginning:
            raise TableError(f"{path} is empty.")
        by_content = (k for k in FILE_KINDS if k.magic and beginning.startswith(k.magic))
        by_suffix = (k for k in FILE_KINDS if path.suffix.lower() in k.suffixes)
        for kind in chain(by_content, by_suffix):
            return kind.open(path)
    raise TableError(
        f"{path} is no table of products that we know:"
        f" {', '.join(kind.name for kind in FILE_KINDS)}, or a folder with styles.csv."
    )


def open_folder(path: Path) -> TableFormat:
    """Open a folder in the Kaggle layout, or one of Parquet files.

    Raises:
        TableError: If it is neither.
    """
    if (path / "styles.csv").is_file():
        return KaggleFolder(path)
    if parts := sorted(path.glob("*.parquet")):
        return FilesTable(path, [ParquetTable(part) for part in parts])
    raise TableError(
        f"{path} is a folder with neither styles.csv nor Parquet files. Give a file, a folder"
        " of Parquet files, or one in the layout of the Kaggle fashion set: styles.csv and"
        " images/ID.jpg."
    )


def is_pattern(path: Path) -> bool:
    """Tell a pattern of file names, such as ``parts/*.csv``, from one name."""
    return has_magic(str(path)) and not path.exists()


def fixed_folder(path: Path) -> Path:
    """Return the folder that a pattern begins in.

    >>> fixed_folder(Path("shop/2025-*/new.csv")).as_posix()
    'shop'
    """
    while has_magic(str(path)):
        path = path.parent
    return path


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
