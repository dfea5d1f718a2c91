"""What is known of products that neighbours can share: category, colour, brand, pattern."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from prodcat.corpus.store import Corpus
from prodcat.errors import InputError, require
from prodcat.taxonomy.paths import join_path

LEAF = "leaf"
COLOUR = "colour"
BOTH = "leaf and colour"
PATTERN = "pattern in the name"
COLUMNS = {COLOUR: "base_colour", "brand": "brand", "season": "season", "usage": "usage"}
"""Fact → the table's column that tells it."""
PATTERNS = {
    "printed": ("printed", "print", "prints", "floral", "flower", "polka", "graphic", "animal"),
    "striped": ("striped", "stripe", "stripes"),
    "checked": ("checked", "check", "checks", "gingham", "plaid"),
    "solid": ("solid", "plain"),
}
"""Pattern → the words of a name that tell it."""

_WORD = re.compile(r"[a-z]+")
_PATTERN_OF = {word: pattern for pattern, words in PATTERNS.items() for word in words}

Fact = Mapping[str, str]
"""Id of a product → its value; products of which it is not known are missing."""


@dataclass(frozen=True)
class Facts:
    """All that is known of the products of a corpus."""

    by_name: Mapping[str, Fact]
    names: Mapping[str, str]
    """Id → the product's name."""
    pictures: Mapping[str, str]
    """Id → the hash of its picture."""


def read_facts(corpus: Corpus, table: Path) -> Facts:
    """Read what the corpus and the table that it was made of say.

    Args:
        corpus: Holds the categories and the names.
        table: A Parquet file with the columns id, base_colour, brand, season and usage.

    Raises:
        InputError: If the table cannot be read, lacks a column, or is of other products.
    """
    rows = list(corpus.rows(with_category=True))
    taxonomy = corpus.taxonomy()
    by_name: dict[str, Fact] = {
        LEAF: {
            row.id: join_path(taxonomy.path(row.category_id))
            for row in rows
            if row.category_id in taxonomy.categories
        },
        PATTERN: {row.id: found for row in rows if (found := pattern_of(row.name))},
    }
    # The corpus's ids have the source before them.
    ids = {row.id.removeprefix(f"{row.source}:"): row.id for row in rows}
    by_name |= _read_columns(table, ids)
    by_name[BOTH] = both(by_name[LEAF], by_name[COLOUR])
    return Facts(
        by_name,
        {row.id: row.name for row in rows},
        {row.id: row.image_sha256 for row in rows if row.image_sha256},
    )


def both(first: Fact, second: Fact) -> Fact:
    """Join two facts, which are shared where both are.

    >>> both({"a": "Boots", "b": "Bags"}, {"a": "Red"})
    {'a': 'Boots, Red'}
    """
    return {id: f"{value}, {second[id]}" for id, value in first.items() if id in second}


def pattern_of(name: str) -> str | None:
    """Tell the pattern that a name states; None for none, or more than one.

    >>> pattern_of("Men Checks Blue Shirt"), pattern_of("Blue Shirt"), pattern_of("Checked Print")
    ('checked', None, None)
    """
    found = {_PATTERN_OF[word] for word in _WORD.findall(name.lower()) if word in _PATTERN_OF}
    return found.pop() if len(found) == 1 else None


def _read_columns(table: Path, ids: Mapping[str, str]) -> dict[str, Fact]:
    parquet = require("pyarrow.parquet", extra="bulk")
    wanted: Sequence[str] = ("id", *COLUMNS.values())
    try:
        there = parquet.read_schema(table).names
        if missing := [column for column in wanted if column not in there]:
            raise InputError(f"{table} has no column {missing[0]}; expected {', '.join(wanted)}.")
        columns = parquet.read_table(table, columns=list(wanted)).to_pydict()
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{table} cannot be read as Parquet: {error}") from error
    known = [ids.get(str(id)) for id in columns["id"]]
    if not any(known):
        raise InputError(
            f"{table} has none of the corpus's products; give the table it is made of."
        )
    return {
        fact: {
            id: str(value)
            for id, value in zip(known, columns[column], strict=True)
            if id is not None and value
        }
        for fact, column in COLUMNS.items()
    }
