"""Tables in object stores, such as ``s3://shop/products/``, through pyarrow's filesystems.

Credentials come from where the store's own tools find them: the environment, its
configuration files, or the machine's role.
"""

import re
from pathlib import Path
from typing import Any

from prodcat.errors import InputError, one_line, require
from prodcat.product import PathLike

# At least two letters: one is a drive of Windows.
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_address(place: PathLike) -> bool:
    """Tell an address, such as ``s3://shop/new.parquet``, from a path.

    >>> is_address("s3://shop/new.parquet"), is_address("shop/new.parquet")
    (True, False)
    """
    return ADDRESS.match(str(place)) is not None


def find_store(address: str) -> tuple[Any, str]:
    """Return pyarrow's filesystem of an address, and the path within it.

    Raises:
        InputError: If there is none for it.
    """
    fs = require("pyarrow.fs", extra="bulk")
    try:
        store, path = fs.FileSystem.from_uri(address)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these two
        reason = one_line(error)
        raise InputError(f"{address} cannot be reached: {reason}.") from error
    return store, path.rstrip("/")


def is_stored(address: str) -> bool:
    """Tell whether there is a file or folder at an address."""
    store, path = find_store(address)
    fs = require("pyarrow.fs", extra="bulk")
    try:
        return bool(store.get_file_info(path).type != fs.FileType.NotFound)
    except OSError as error:
        raise InputError(f"{address} cannot be looked up: {error}.") from error


def upload(file: Path, address: str) -> None:
    """Copy a file to an address, where it appears once it is whole.

    Raises:
        InputError: If it cannot be written there.
    """
    store, path = find_store(address)
    fs = require("pyarrow.fs", extra="bulk")
    # Object stores show nothing before the end; these would show the half of it.
    slowly = store.type_name in {"local", "hdfs"}
    try:
        fs.copy_files(str(file), path + ".tmp" * slowly, fs.LocalFileSystem(), store)
        if slowly:
            store.move(path + ".tmp", path)
    except OSError as error:
        raise InputError(f"{address} cannot be written: {error}.") from error
