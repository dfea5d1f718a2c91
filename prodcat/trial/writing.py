"""An evaluation as files, each of the kind that its name says."""

from collections.abc import Callable, Iterable
from pathlib import Path

from prodcat.errors import InputError, one_line, require
from prodcat.files import write_json
from prodcat.product import PathLike
from prodcat.trial.page import write_page
from prodcat.trial.result import Evaluation
from prodcat.trial.workbook import write_workbook

NEEDS = {".xlsx": ("xlsxwriter",), ".html": ("jinja2",), ".json": ()}
"""How a file's name may end → the libraries that it takes."""


def _write_json(evaluation: Evaluation, file: Path) -> None:
    write_json(file, evaluation.to_dict())


WRITERS: dict[str, Callable[[Evaluation, Path], None]] = {
    ".xlsx": write_workbook,
    ".html": write_page,
    ".json": _write_json,
}


def check_outputs(outputs: Iterable[PathLike], table: PathLike) -> None:
    """Say what stands against writing these files, before anything is answered.

    Raises:
        InputError: If a name is of no kind that we write, or a file cannot be there.
        MissingDependencyError: If a library that a kind takes is not installed.
    """
    for output in outputs:
        file = Path(output)
        for module in NEEDS[_kind(file)]:
            require(module, extra="analyze")
        if file.is_dir():
            raise InputError(f"{output} is a folder; name a file to write.")
        if not file.parent.is_dir():
            raise InputError(f"{output} cannot be written: there is no folder {file.parent}.")
        if file.resolve() == Path(table).resolve():
            raise InputError(f"{output} is the table to read; name another file to write.")


def write_evaluation(evaluation: Evaluation, output: PathLike) -> None:
    """Write an evaluation as a workbook, a page or JSON, by the name of the file.

    A file that is there already is replaced.

    Args:
        evaluation: What `evaluate` found.
        output: A file named .xlsx, .html or .json.

    Raises:
        InputError: If the name is another one, or the file cannot be written.
        MissingDependencyError: If the library that it takes is not installed.
    """
    file = Path(output)
    write = WRITERS[_kind(file)]
    try:
        write(evaluation, file)
    except OSError as error:
        reason = error.strerror or one_line(error)
        raise InputError(f"{output} cannot be written: {reason}.") from error


def _kind(file: Path) -> str:
    kind = file.suffix.lower()
    if kind not in WRITERS:
        raise InputError(f"{file} is named neither .xlsx, .html nor .json, so what to write?")
    return kind
