"""Folders and patterns of files that make one table together."""

from collections import Counter
from collections.abc import Callable, Sequence
from glob import glob, has_magic
from pathlib import Path
from urllib.parse import unquote

from prodcat.errors import TableError
from prodcat.tables.files_table import FilesTable
from prodcat.tables.kaggle_folder import KaggleFolder
from prodcat.tables.picture_folder import PictureFolder
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table_format import TableFormat

TABLE_SUFFIXES = (
    *(".parquet", ".pq", ".arrow", ".feather", ".xlsx", ".xls", ".ods"),
    *(".csv", ".tsv", ".tab", ".psv", ".txt", ".jsonl", ".ndjson", ".json"),
)
"""What files of a folder are called that are its table."""
NO_PARTITION = "__HIVE_DEFAULT_PARTITION__"
OpenFile = Callable[[Path], TableFormat]


def open_folder(path: Path, open_file: OpenFile, read_as: ReadAs) -> TableFormat:
    """Open a folder in the Kaggle layout, of table files, perhaps partitioned, or of pictures.

    Raises:
        TableError: If it is none of these.
    """
    if (path / "styles.csv").is_file():
        return KaggleFolder(path, read_as)
    candidates = table_files(path)
    # Spark writes a part for each of its workers, also for those that had no row.
    gone = sum(not file.is_file() for file in candidates)
    files = [file for file in candidates if file.is_file() and file.stat().st_size]
    # Whoever writes Parquet in parts may lay a table of its statistics beside them.
    suffix = next((s for s in (".parquet", ".pq") if any(suffix_of(f) == s for f in files)), "")
    parts = [file for file in files if not suffix or suffix_of(file) == suffix]
    if not parts:
        try:
            return PictureFolder(path)
        except TableError as error:
            raise TableError(
                f"{path} is a folder with neither styles.csv nor tables nor pictures. Give a file,"
                " a folder of Parquet, CSV or JSON files, one in the layout of the Kaggle fashion"
                " set (styles.csv and images/ID.jpg), or one of pictures (Shoes/Boots/ID.jpg)."
            ) from error
    passed = Counter(suffix_of(file) for file in files if file not in parts)
    notes = [f"passed over: {count} × {kind}" for kind, count in sorted(passed.items())]
    if gone:
        notes.append(f"links that lead nowhere: {gone}")
    if empty := len(candidates) - len(files) - gone:
        notes.append(f"empty files: {empty}")
    return join_files(path, parts, open_file, notes)


def open_pattern(path: Path, open_file: OpenFile) -> TableFormat:
    """Open the files whose names fit a pattern, such as ``parts/*.csv``.

    Raises:
        TableError: If there is none.
    """
    # Path.glob takes no pattern that begins at the root.
    files = sorted(Path(name) for name in glob(str(path), recursive=True))  # noqa: PTH207
    if not files:
        raise TableError(f"No file has a name like {path}.")
    return join_files(fixed_folder(path), files, open_file)


def join_files(
    folder: Path, files: Sequence[Path], open_file: OpenFile, notes: Sequence[str] = ()
) -> FilesTable:
    """Make one table of files, with the columns that the names of their folders hold."""
    constants = [read_partition(file.relative_to(folder)) for file in files]
    return FilesTable(folder, [open_file(file) for file in files], constants, notes)


def table_files(folder: Path) -> list[Path]:
    """Return the files of a folder that may be tables, and of its partitions, in their order."""
    files = []
    for entry in sorted(folder.iterdir()):
        # As Spark and Hive do: what begins so is no data.
        if entry.name.startswith((".", "_")):
            continue
        if entry.is_dir():
            files += table_files(entry) if "=" in entry.name else []
        elif suffix_of(entry) in TABLE_SUFFIXES:
            files.append(entry)
    return files


def suffix_of(file: Path) -> str:
    """Return how a file's name ends, that of a packed one within it.

    >>> suffix_of(Path("new.CSV.gz"))
    '.csv'
    """
    name = file.with_suffix("") if file.suffix.lower() in (".gz", ".zip") else file
    return name.suffix.lower()


def read_partition(path: Path) -> dict[str, str]:
    """Return the columns that the names of folders hold.

    >>> read_partition(Path("category=Shoes%20%3E%20Boots/brand=Acme/part.parquet"))
    {'category': 'Shoes > Boots', 'brand': 'Acme'}
    """
    pairs = (name.split("=", 1) for name in path.parts[:-1] if "=" in name)
    values = {unquote(key): unquote(value) for key, value in pairs}
    return {key: "" if value == NO_PARTITION else value for key, value in values.items()}


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


def table_parts(table: TableFormat) -> list[TableFormat]:
    """Return the tables that one is made of: of a file, itself."""
    if isinstance(table, FilesTable):
        return [inner for part in table.parts for inner in table_parts(part)]
    return [table]


def table_paths(table: TableFormat) -> list[Path]:
    """Return the files that hold the rows of a table."""
    return [part.path for part in table_parts(table)]
