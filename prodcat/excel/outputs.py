"""Which kind of file an output is, by its name, before any work is done for it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from prodcat.errors import InputError, require

LIBRARIES: Mapping[str, str] = {".xlsx": "xlsxwriter", ".parquet": "pyarrow.parquet"}
"""What it takes to write files of a kind."""


def output_suffix(output: str | os.PathLike[str], suffixes: Sequence[str], *, what: str) -> str:
    """Return the kind of a file that shall be written.

    Args:
        output: The file; it may be there already.
        suffixes: The kinds there are.
        what: What is written, and how one says so, such as ``A mapping is``.

    Raises:
        InputError: If it is none of them, or its folder is not there.
        MissingDependencyError: If a library that it takes is not installed.
    """
    file = Path(output)
    suffix = file.suffix.lower()
    if suffix not in suffixes:
        raise InputError(
            f"{what} written as what the output is named, one of {', '.join(suffixes)}, but"
            f" {output} is not named so."
        )
    if not file.absolute().parent.is_dir():
        raise InputError(f"No folder {file.parent} to write {file.name} to.")
    if suffix in LIBRARIES:
        require(LIBRARIES[suffix], extra="bulk")
    return suffix
