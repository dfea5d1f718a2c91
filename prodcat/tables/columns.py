"""Which column of a table is what."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from prodcat.errors import TableError

Columns = Mapping[str, str | Sequence[str]]
"""Field → the column that holds it, or several (a list, or one string with commas)."""
DEFAULT_COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "product_id", "uniq_id", "sku"),
    "name": ("name", "productDisplayName", "title", "product_name"),
    "description": ("description", "desc", "product_description"),
    "image": ("image", "image_path", "picture"),
    "category": (
        "category",
        "category_path",
        "gender,masterCategory,subCategory,articleType",
        "gender,master_category,sub_category,article_type",
    ),
    "split": ("split",),
    "group": ("group", "group_id"),
    "url": ("url", "product_url"),
    "brand": ("brand",),
    "price": ("price",),
    "currency": ("currency",),
    "locale": ("locale",),
}
"""Field → columns that are looked for, in this order, when none is named."""
PRODUCT_FIELDS = ("id", "name", "description", "image")
"""What categorizing needs."""
JOINABLE = ("category", "name", "description")
"""Fields that several columns may make together."""


def match_columns(
    header: Sequence[str], columns: Columns, fields: Sequence[str], path: Path | str
) -> dict[str, tuple[str, ...]]:
    """Tell which columns each field is read from.

    >>> match_columns(["ID", "title", "a", "b"], {"category": "a,b"}, DEFAULT_COLUMNS, Path())
    {'id': ('ID',), 'name': ('title',), 'category': ('a', 'b')}
    """
    listed = f"It has: {', '.join(header)}."
    if unknown := [name for name in columns if name not in DEFAULT_COLUMNS]:
        raise TableError(
            f"Unknown field {unknown[0]!r} in the columns. Fields: {', '.join(DEFAULT_COLUMNS)}."
        )
    matched: dict[str, tuple[str, ...]] = {}
    for name in fields:
        if name in columns:
            names = split_names(columns[name], header)
            if missing := [column for column in names if column not in header]:
                raise TableError(f"{path} has no column {missing[0]!r} for the {name}. {listed}")
            if len(names) > 1 and name not in JOINABLE:
                raise TableError(f"The {name} is read from one column, not from {len(names)}.")
            if names:
                matched[name] = tuple(names)
        elif default := default_columns(name, header):
            matched[name] = default
    if not matched.keys() & {"name", "description", "image"}:
        raise TableError(
            f"{path} has no column that looks like a name, a description or a picture. {listed}"
            " Tell which one it is, such as name=title."
        )
    return matched


def split_names(columns: str | Sequence[str], header: Sequence[str]) -> list[str]:
    """Return the columns that a mapping names; one of the table's may have commas itself."""
    names = columns
    if isinstance(columns, str):
        names = [columns] if columns in header else columns.split(",")
    return [name.strip() for name in names if name.strip()]


def default_columns(name: str, header: Sequence[str]) -> tuple[str, ...]:
    """Find the usual columns of a field, exactly or in other case; none gives an empty tuple."""
    # Reversed, so that of columns that differ in case alone the first stays.
    exact = {column: column for column in reversed(header)}
    folded = {column.casefold(): column for column in reversed(header)}
    for candidate in DEFAULT_COLUMNS[name]:
        parts = candidate.split(",")
        if all(part in exact or part.casefold() in folded for part in parts):
            return tuple(exact.get(part) or folded[part.casefold()] for part in parts)
    return ()
