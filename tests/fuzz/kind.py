"""The kinds of input that are fuzzed: one module of ``tests/fuzz/kinds`` each, found by its name.

A module has two functions::

    def make(draw: random.Random, folder: Path) -> None:
        '''Write an input into an empty folder; the same one for the same state of *draw*.'''

    def run(folder: Path) -> None:
        '''Give the input to the program. A typed error is an answer; whatever else it raises,
        an AssertionError of its own checks included, is a finding.'''

Both run in a process of their own, which may be killed.
"""

import importlib
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

KINDS_FOLDER = Path(__file__).with_name("kinds")
KINDS = {
    file.stem.replace("_", "-"): f"tests.fuzz.kinds.{file.stem}"
    for file in sorted(KINDS_FOLDER.glob("[a-z]*.py"))
}
"""Modules by the name of their kind."""


@dataclass(frozen=True)
class Kind:
    """How inputs of one kind are made, and what they are given to."""

    make: Callable[[random.Random, Path], None]
    run: Callable[[Path], None]


def load_kind(module: str) -> Kind:
    """Load the module of a kind."""
    loaded = importlib.import_module(module)
    return Kind(loaded.make, loaded.run)


def make_input(kind: Kind, seed: int, folder: Path) -> None:
    """Make the input of a seed."""
    folder.mkdir(parents=True)
    kind.make(random.Random(seed), folder)
