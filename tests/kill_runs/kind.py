"""The kinds of work that are killed: one module of ``tests/kill_runs/kinds`` each.

A module has these functions; each is called in a process of its own::

    def prepare(inputs: Path) -> None:
        '''Write what the work reads.'''

    def run(inputs: Path, out: Path) -> int | None:
        '''Do the work, or go on with it: the same command, whatever is in the folder *out*.'''

    def outcome(inputs: Path, out: Path) -> Any:
        '''Return what it came to, as plain data that is equal where it came to the same.'''

and may have ``IMPORTS``, the modules to import only once, ``around(inputs)``, a context in which
all of it runs, and ``begin(inputs, out)``, which makes *out* as the work finds it.
"""

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KINDS = {
    file.stem.replace("_", "-").rstrip("-"): f"tests.kill_runs.kinds.{file.stem}"
    for file in sorted(Path(__file__).with_name("kinds").glob("[a-z]*.py"))
}
"""Modules by the name of their kind."""


@dataclass(frozen=True)
class Kind:
    """One kind of work."""

    prepare: Callable[[Path], Any]
    run: Callable[[Path, Path], int | None]
    outcome: Callable[[Path, Path], Any]
    imports: tuple[str, ...]
    around: Callable[[Path], AbstractContextManager[Any]]
    begin: Callable[[Path, Path], Any]


def make_folder(inputs: Path, out: Path) -> None:
    """Begin with an empty folder."""
    out.mkdir()


def load_kind(module: str) -> Kind:
    """Load the module of a kind."""
    loaded = importlib.import_module(module)
    return Kind(
        loaded.prepare,
        loaded.run,
        loaded.outcome,
        getattr(loaded, "IMPORTS", ()),
        getattr(loaded, "around", lambda inputs: nullcontext()),
        getattr(loaded, "begin", make_folder),
    )
