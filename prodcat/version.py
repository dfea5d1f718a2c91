"""Which version this is, and what is called otherwise since the one before."""

import importlib
import warnings
from collections.abc import Callable
from typing import Any


def installed_version() -> str:
    """Return the version of prodcat; "unknown" in a checkout that was not installed."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("prodcat")
    except PackageNotFoundError:
        return "unknown"


def renamed(old: str, new: str) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a module that has moved, which finds everything at *new*.

    The module at *new* is imported when something is asked for, so that an old name adds no
    arrow to the house.

    >>> renamed("prodcat.letters", "string")("digits")
    Traceback (most recent call last):
    DeprecationWarning: prodcat.letters is called string now. The old name goes with 0.3.
    """

    def find(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {old!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(new), name)
        message = f"{old} is called {new} now. The old name goes with 0.3."
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return value

    return find
