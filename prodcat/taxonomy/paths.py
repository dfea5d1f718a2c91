"""A category's path, and how it is written on one line."""

from collections.abc import Sequence

CategoryPath = tuple[str, ...]
SEPARATOR = " > "


def join_path(names: Sequence[str]) -> str:
    r"""Write a path as one string that `split_path` reads back.

    >>> join_path(["Women", "Shoes"])
    'Women > Shoes'
    >>> join_path(["Toys", "Ages > 3"])
    'Toys > Ages \\> 3'
    """
    # Backslashes first, or those that are put before a `>` would be doubled.
    return SEPARATOR.join(name.replace("\\", "\\\\").replace(">", "\\>") for name in names)


def split_path(path: str) -> CategoryPath:
    r"""Read a path written by `join_path`.

    >>> split_path("Women > Shoes")
    ('Women', 'Shoes')
    >>> split_path("Toys > Ages \\> 3")
    ('Toys', 'Ages > 3')
    """
    names, current, escaped = [], "", False
    for character in path:
        if escaped:
            current, escaped = current + character, False
        elif character == "\\":
            escaped = True
        elif character == ">":
            names.append(current)
            current = ""
        else:
            current += character
    names.append(current)
    # Stripped, so that `Women>Shoes` is read like `Women > Shoes`.
    return tuple(name.strip() for name in names)
