"""What tells a table that is imported from any other, and what it is called."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

from prodcat.errors import InputError, TableError
from prodcat.tables.folders import is_pattern, table_paths
from prodcat.tables.picture_folder import PictureFolder
from prodcat.tables.read_as import ReadAs
from prodcat.tables.table import ProductTable


def name_source(table: ProductTable) -> str:
    """Name a source after its file, or the folder of its files."""
    assert isinstance(table.path, Path)
    # A pattern is no name.
    path = table.format.path if is_pattern(table.path) else table.path
    path = path.resolve()
    if path.suffix.lower() == ".gz":
        path = path.with_suffix("")
    # In an id, the first colon ends the source.
    return path.stem.replace(":", "_")


def check_source(table: ProductTable, source_name: str | None) -> str:
    """Return the first part of the ids of a table's products, if it can be imported.

    Raises:
        TableError: If it is a corpus, or in an object store.
        InputError: If *source_name* is none.
    """
    if table.is_corpus:
        raise TableError(
            f"{table.path} is a corpus already; import the table that it was made from."
        )
    if isinstance(table.path, str):
        raise TableError(
            f"{table.path} is in an object store; copy it to this machine to import it."
        )
    name = name_source(table) if source_name is None else source_name.strip()
    if not name or ":" in name:
        raise InputError(f"A source is named by a word without colons, not {source_name!r}.")
    return name


def import_id(table: ProductTable, source: str) -> str:
    """Return what tells one import from another: the table's content and how it is read."""
    assert isinstance(table.path, Path)
    assert table.image_root is not None
    paths = table_paths(table.format)
    digest = sha256()
    if isinstance(table.format, PictureFolder):
        digest.update(table.format.fingerprint().encode())
    # Of a folder only its tables. Its pictures are told apart by their own content, one by one.
    for path in [] if isinstance(table.format, PictureFolder) else paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    # Of several files with their folders, whose names may hold columns.
    is_folder = table.format.path.is_dir()
    names = [p.relative_to(table.format.path).as_posix() if is_folder else p.name for p in paths]
    how = [
        source,
        names if is_folder else names[0],
        table.columns,
        asdict(table.form),
        str(table.image_root.resolve()),
    ]
    if table.read_as != ReadAs():
        how.append(asdict(table.read_as))
    digest.update(json.dumps(how, sort_keys=True).encode())
    return digest.hexdigest()[:16]


def make_id(name: str, description: str, picture: str | None) -> str:
    """Return an id that the same product gets again.

    >>> make_id("Boots", "", None) == make_id("Boots", "", None) != make_id("Boots", "x", None)
    True
    """
    return "~" + sha256(json.dumps([name, description, picture]).encode()).hexdigest()[:16]
