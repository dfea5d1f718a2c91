"""Finds out what kind of table a file, a folder or a pattern of names is."""

from fnmatch import fnmatchcase
from glob import glob, has_magic
from pathlib import Path

from prodcat.errors import TableError, require
from prodcat.tables.corpus_table import CorpusTable
from prodcat.tables.csv_files import CsvTable, KaggleFolder
from prodcat.tables.formats import FilesTable, TableFormat, reading
from prodcat.tables.json_lines import JsonLinesTable
from prodcat.tables.parquet import ParquetTable
from prodcat.tables.stores import find_store


def open_format(path: Path) -> TableFormat:
    """Find out what kind of table this is, by its content first and then by its suffix.

    Raises:
        TableError: If it is none that we know, or cannot be read.
    """
    if path.is_dir():
        if (path / "styles.csv").is_file():
            return KaggleFolder(path)
        if parts := sorted(path.glob("*.parquet")):
            return FilesTable(path, [ParquetTable(part) for part in parts])
        raise TableError(
            f"{path} is a folder with neither styles.csv nor Parquet files. Give a file, a folder"
            " of Parquet files, or one in the layout of the Kaggle fashion set: styles.csv and"
            " images/ID.jpg."
        )
    if is_pattern(path):
        # Path.glob takes no pattern that begins at the root.
        files = sorted(Path(name) for name in glob(str(path), recursive=True))  # noqa: PTH207
        if not files:
            raise TableError(f"No file has a name like {path}.")
        return FilesTable(fixed_folder(path), [open_format(part) for part in files])
    with reading(path):
        with path.open("rb") as file:
            start = file.read(16)
        if start.startswith(b"PAR1"):
            return ParquetTable(path)
        if start == b"SQLite format 3\x00":
            return CorpusTable(path)
        if not start:
            raise TableError(f"{path} is empty.")
        suffix = path.suffix.lower()
        if suffix in (".jsonl", ".ndjson", ".json"):
            return JsonLinesTable(path)
        if suffix in (".csv", ".tsv"):
            if path.name == "styles.csv" and (path.parent / "images").is_dir():
                return KaggleFolder(path.parent)
            return CsvTable(path, delimiter="\t" if suffix == ".tsv" else ",")
    raise TableError(
        f"{path} is no table of products that we know: Parquet, .csv, .tsv, .jsonl,"
        " a corpus, or a folder with styles.csv."
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
    names = sorted(info.path for info in listed if fnmatchcase(info.base_name, pattern))
    if not names:
        raise TableError(
            f"{address} has no Parquet files. Give one, a folder of them, or a pattern"
            " such as s3://shop/products/part-*.parquet; other tables are read from disk."
        )
    return FilesTable(Path(folder), [ParquetTable(Path(name), store) for name in names])
