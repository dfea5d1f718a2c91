"""Categories as shops write them: one text with any of the usual separators, or a list."""

import re
from typing import Any

from crawler.sources.reading.loose_values import MAX_LEVELS, read_word
from prodcat.inputs.text import clean_text
from prodcat.taxonomy.paths import CategoryPath, split_path

ARROWS = re.compile(r"\s*(?:»|›|→|⟩|❯|::|=>|->|\|)\s*")
SLASHES = re.compile(r"\s*/\s*")
MAX_LIST_LEVELS = 6
"""A list of more names than this is one of tags."""
NO_NAME = re.compile(r"https?://|[\d\s.,#-]*\Z", re.IGNORECASE)


def split_trail(text: str) -> CategoryPath:
    """Split a text at the separators that it uses; at slashes only where there is no other.

    >>> split_trail("Shoes » Hats / Caps"), split_trail("Shoes/Clogs"), split_trail("A/C units")
    (('Shoes', 'Hats / Caps'), ('Shoes', 'Clogs'), ('A/C units',))
    """
    text = clean_text(text)
    if ">" in text:
        levels = list(split_path(text.replace("=>", ">").replace("->", ">")))
    elif ARROWS.search(text):
        levels = ARROWS.split(text)
    else:
        levels = SLASHES.split(text)
        # A mark of an abbreviation or a fraction, such as w/o and 1/2.
        if any(len(level) == 1 or level[:1].isdigit() for level in levels if level):
            levels = [text]
    names = (clean_text(level) for level in levels)
    return tuple(name for name in names if name)[:MAX_LEVELS]


def read_category(values: list[Any]) -> CategoryPath:
    """Read the category of a product, from the entries of what it states.

    >>> read_category(["Shoes", "Clogs"]), read_category(["Shoes", "Shoes > Clogs", "Sale > New"])
    (('Shoes', 'Clogs'), ('Shoes', 'Clogs'))
    >>> read_category([{"name": "Shoes/Clogs"}]), read_category(["187", "https://a.example/"])
    (('Shoes', 'Clogs'), ())
    """
    paths: list[CategoryPath] = []
    for value in values:
        name = value.get("name", value.get("@value")) if isinstance(value, dict) else value
        if isinstance(name, list):
            name = name[0] if name else None
        word = read_word(name) if isinstance(name, str) else ""
        # An address or a number is a term of some vocabulary, and no name.
        if word and not NO_NAME.match(word) and (path := split_trail(word)):
            paths.append(path)
    if len(paths) > 1 and all(len(path) == 1 for path in paths):
        names = tuple(dict.fromkeys(path[0] for path in paths))
        return names if len(names) <= MAX_LIST_LEVELS else names[:1]
    if not paths:
        return ()
    # Of several paths the first is meant first; one that goes on from it says more.
    return max((path for path in paths if set(paths[0]) <= set(path)), key=len)
