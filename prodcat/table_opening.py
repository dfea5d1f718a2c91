"""Finds out what kind of table a file, a folder or a pattern of names is."""

from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from pathlib import Path

from prodcat.errors import TableError
from prodcat.table_csv import CsvTable, KaggleFolder
from prodcat.table_formats import (
    CorpusTable,
    JsonLinesTable,
    ParquetTable,
    RawRow,
    TableFormat,
    reading,
)


def open_format(path: Path) -> TableFormat:
    """Find out what kind of table this is, by its content first and then by its suffix.

    Raises:
        TableError: If it is none that we know, or cannot be read.
    """
    if path.is_dir():
        if (path / "styles.csv").is_file():
            return KaggleFolder(path)
        if parts := sorted(path.glob("*.parquet")):
            return PartsTable(path, [ParquetTable(part) for part in parts])
        raise TableError(
            f"{path} is a folder with neither styles.csv nor Parquet files. Give a file, a folder"
            " of Parquet files, or one in the layout of the Kaggle fashion set: styles.csv and"
            " images/ID.jpg."
        )
    if is_pattern(path):
        # Path.glob takes no pattern that begins at the root.
        found = sorted(Path(name) for name in glob(str(path), recursive=True))  # noqa: PTH207
        if not found:
            raise TableError(f"No file has a name like {path}.")
        return PartsTable(fixed_folder(path), [open_format(part) for part in found])
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


class PartsTable:
    """Several tables of the same columns, one after the other."""

    def __init__(self, folder: Path, parts: Sequence[TableFormat]) -> None:
        self.path = self.folder = folder
        self.parts = parts
        self.columns = parts[0].columns
        for part in parts:
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
