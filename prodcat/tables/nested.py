"""Fields within fields, by names with dots: ``product.title``."""

from collections.abc import Collection, Mapping
from typing import Any

MAX_DEPTH = 4
MAX_NAMES = 2000
"""More fields have a name each of their own, as where ids are keys."""
PICTURE = {"bytes", "path"}
"""The fields of a picture as Hugging Face has it, which is one value."""


class FieldNames:
    """The names of all fields that the rows of a table have."""

    def __init__(self) -> None:
        self._outer: dict[str, None] = {}
        self._inner: dict[str, None] = {}
        self.are_too_many = False

    def add(self, row: Mapping[str, Any]) -> None:
        """Add the fields of one row."""
        for name, value in row.items():
            if name not in self._outer:
                self._keep(self._outer, name)
            if type(value) is dict and not value.keys() <= PICTURE:
                self._add_inner(value, name, 1)

    def _add_inner(self, fields: Mapping[str, Any], prefix: str, depth: int) -> None:
        for key, value in fields.items():
            name = f"{prefix}.{key}"
            if name not in self._inner:
                self._keep(self._inner, name)
            if type(value) is dict and depth < MAX_DEPTH and not value.keys() <= PICTURE:
                self._add_inner(value, name, depth + 1)

    def _keep(self, names: dict[str, None], name: str) -> None:
        if len(self._outer) + len(self._inner) < MAX_NAMES:
            names[name] = None
        else:
            self.are_too_many = True

    @property
    def names(self) -> tuple[str, ...]:
        """Those of the rows themselves first, then those with dots."""
        return (*self._outer, *self.inner)

    @property
    def inner(self) -> tuple[str, ...]:
        """Those of fields within fields."""
        return tuple(name for name in self._inner if name not in self._outer)


def pick(row: Mapping[str, Any], name: str) -> Any:
    """Return the value of a field; None if there is none.

    >>> pick({"a": {"b": 1}, "a.c": 2}, "a.b"), pick({"a": {"b": 1}, "a.c": 2}, "a.c")
    (1, 2)
    """
    if name in row or "." not in name:
        return row.get(name)
    # A dot may be of a name itself, so each may be where the field within begins.
    at = name.find(".")
    while at > 0:
        inner = row.get(name[:at])
        if isinstance(inner, dict) and (value := pick(inner, name[at + 1 :])) is not None:
            return value
        at = name.find(".", at + 1)
    return None


def is_read(column: str, read: Collection[str], inner: Collection[str]) -> bool:
    """Tell whether a column is read, or a field within it, or what it is a field of.

    Args:
        column: The column.
        read: Those that are read.
        inner: Those that are fields within others; elsewhere a dot says nothing.

    >>> [is_read(name, {"product.title"}, {"product.title"}) for name in ("product", "prod")]
    [True, False]
    """
    return column in read or any(
        (name in inner and name.startswith(f"{column}."))
        or (column in inner and column.startswith(f"{name}."))
        for name in read
    )
