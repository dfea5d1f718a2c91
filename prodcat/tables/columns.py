"""Which column of a table is what."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from prodcat.errors import TableError
from prodcat.tables.known_headers import PLAIN_HEADERS, PLAIN_LEVELS, plain_header, shown_header

Columns = Mapping[str, str | Sequence[str]]
"""Field → the column that holds it, or several (a list, or one string with commas)."""
FIELDS = tuple(PLAIN_HEADERS)
"""All that can be read of a product."""
PRODUCT_FIELDS = ("id", "name", "description", "image")
"""What categorizing needs."""
JOINABLE = ("category", "name", "description")
"""Fields that several columns may make together."""
MANY = (*JOINABLE, "image")
"""Fields that several columns may be named for; of pictures the first that can be read counts."""
FURTHER_IMAGE = re.compile(
    r"(additional|other|further|more|variant|weitere)?"
    r"(image|picture|photo|bild|img|foto|imagen|immagine|imagem)(s|url|link|src|path)*\d*"
)
"""Plain headers of columns with more pictures of the product."""
LISTED = 20
"""Columns that a message names at most."""


def match_columns(
    header: Sequence[str], columns: Columns, fields: Sequence[str], path: Path | str
) -> dict[str, tuple[str, ...]]:
    """Tell which columns each field is read from.

    Args:
        header: The table's columns.
        columns: What was told of them.
        fields: Those that are looked for.
        path: Of the table, for messages.

    Returns:
        Field → its columns; without the fields that there is no column for.

    Raises:
        TableError: If a column that was named is not there, one that is read has another of the
            same name, or there is nothing to tell a product by.

    >>> match_columns(["ID", "title", "a", "b"], {"category": "a,b"}, FIELDS, Path())
    {'id': ('ID',), 'name': ('title',), 'category': ('a', 'b')}
    """
    listed = f"It has: {list_headers(header)}."
    if unknown := [name for name in columns if name not in FIELDS]:
        raise TableError(
            f"Unknown field {unknown[0]!r} in the columns. Fields: {', '.join(FIELDS)}."
        )
    matched: dict[str, tuple[str, ...]] = {}
    for name in fields:
        if name in columns:
            names = split_names(columns[name], header)
            found = [find_column(column, header) for column in names]
            if None in found:
                missing = shown_header(names[found.index(None)])
                raise TableError(f"{path} has no column {missing!r} for the {name}. {listed}")
            if len(names) > 1 and name not in MANY:
                raise TableError(f"The {name} is read from one column, not from {len(names)}.")
            if names:
                matched[name] = tuple(filter(None, found))
        elif default := default_columns(name, header):
            matched[name] = default
    if not matched.keys() & {"name", "description", "image"}:
        # Where no header at all is known, there may be none.
        known = any(default_columns(name, header) for name in FIELDS)
        hint = "" if known else " If its first row is a product, put column names above it."
        raise TableError(
            f"{path} has no column that looks like a name, a description or a picture. {listed}"
            f" Name it, such as --column name=title.{hint}"
        )
    _refuse_doubled(header, matched, path)
    return matched


def _refuse_doubled(
    header: Sequence[str], matched: Mapping[str, tuple[str, ...]], path: Path | str
) -> None:
    times = Counter(header)
    for field, names in matched.items():
        for name in names:
            if times[name] > 1:
                raise TableError(
                    f"{path} has {times[name]} columns called {shown_header(name)!r}, and the"
                    f" {field} cannot be read from them all. Rename those that are not it."
                )


def split_names(columns: str | Sequence[str], header: Sequence[str]) -> list[str]:
    """Return the columns that a mapping names; one of the table's may have commas itself."""
    names = columns
    if isinstance(columns, str):
        names = [columns] if find_column(columns, header) else columns.split(",")
    return [name.strip() for name in names if name.strip()]


def find_column(name: str, header: Sequence[str]) -> str | None:
    """Return the column of that name, or else the only one that reads like it.

    >>> find_column("image src", ["Image Src", "Title"]), find_column("x", ["X", "x "])
    ('Image Src', None)
    """
    if name in header:
        return name
    alike = [column for column in header if plain_header(column) == plain_header(name)]
    return alike[0] if len(alike) == 1 and plain_header(name) else None


def default_columns(field: str, header: Sequence[str]) -> tuple[str, ...]:
    """Find the usual columns of a field; none gives an empty tuple.

    >>> default_columns("image", ["Variant Image", "Image Src", "Price"])
    ('Image Src', 'Variant Image')
    >>> default_columns("category", ["Category", "Sub Category", "Sub_Sub_Category"])
    ('Category', 'Sub Category', 'Sub_Sub_Category')
    """
    named = _by_plain_header(header)
    if field == "category":
        for levels in PLAIN_LEVELS:
            if all(level in named for level in levels):
                return tuple(named[level] for level in levels)
    found = [named[plain] for plain in dict.fromkeys(PLAIN_HEADERS[field]) if plain in named]
    if field != "image":
        return tuple(found[:1])
    further = [named[plain] for plain in named if FURTHER_IMAGE.fullmatch(plain)]
    return tuple(dict.fromkeys([*found, *further]))


def columns_passed_over(
    header: Sequence[str], matched: Mapping[str, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """Return the columns that a field could have been read from as well, by field.

    >>> columns_passed_over(["name", "Title", "x"], {"name": ("name",)})
    {'name': ('Title',)}
    """
    read = {column for columns in matched.values() for column in columns}
    others: dict[str, tuple[str, ...]] = {}
    for field in matched:
        plain = set(PLAIN_HEADERS[field])
        alike = [c for c in header if c not in read and plain_header(c) in plain]
        if alike:
            others[field] = tuple(dict.fromkeys(alike))
    return others


def list_headers(header: Sequence[str]) -> str:
    r"""Write down columns, the first ones of many.

    >>> list_headers(["id", "na\x1bme"])
    'id, na me'
    """
    shown = ", ".join(map(shown_header, header[:LISTED]))
    more = len(header) - LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _by_plain_header(header: Sequence[str]) -> dict[str, str]:
    """Return plain header → column; of several, one that is written plainly, or the first."""
    named: dict[str, str] = {}
    for column in header:
        plain = plain_header(column)
        if plain and (plain not in named or (column == plain and named[plain] != plain)):
            named[plain] = column
    return named
