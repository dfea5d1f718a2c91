"""One product of the corpus, as training reads it."""

from dataclasses import dataclass
from typing import Any

from prodcat.inputs.image_store import is_hash


@dataclass(frozen=True, slots=True)
class ProductRow:
    """One product of the corpus, as training reads it."""

    id: str
    source: str
    name: str
    description: str
    category_id: str | None
    """The gold label, a leaf, an internal node, or unknown to the tree: what a person decided on,
    else what the source states."""
    image_sha256: str | None
    split: str
    """The split that the source names, such as ``train``; empty when it names none."""
    group_id: str
    """Products of one group belong on the same side of a split; empty when not known."""
    problem: str = ""
    """What of the stored row is none of these, and left out."""
    is_decided: bool = False
    """Whether the label is what a person decided on, and not the source's own."""


COLUMNS = (
    *("id", "source", "name", "description", "category_id", "image_sha256", "split", "group_id"),
)
"""Of the table ``products``, in the order of a row's fields; whether it is decided comes behind."""
MOST_CHARS = 1_000_000
"""Of a text; what a person wrote of a product has some thousands."""
MAY_BE_NULL = {"category_id", "image_sha256"}


def product_row(values: tuple[Any, ...]) -> ProductRow:
    """Return a stored row; what in it is no text is left out, and told.

    Whoever wrote to a corpus by other means may have put anything into it.

    >>> product_row(("a:1", "a", b"Boots", "", None, "../x", "", "")).problem
    'name is no text, image_sha256 is no hash of a picture'
    """
    # The usual case first, in one look: there may be millions.
    is_decided = values[len(COLUMNS) :] == (1,)
    values = values[: len(COLUMNS)]
    texts = (*values[:4], *values[6:])
    if all(type(text) is str for text in texts) and sum(map(len, texts)) <= MOST_CHARS:
        category, digest = values[4], values[5]
        if (category is None or type(category) is str) and (digest is None or is_hash(digest)):
            return ProductRow(*(*values, "", is_decided))
    sound: dict[str, str | None] = {}
    wrong: list[str] = []
    for column, value in zip(COLUMNS, values, strict=True):
        sound[column] = value
        if column == "image_sha256" and value is not None and not is_hash(value):
            wrong.append(f"{column} is no hash of a picture")
        elif isinstance(value, str) and len(value) > MOST_CHARS // len(COLUMNS):
            wrong.append(f"{column} has {len(value):,} characters")
        elif isinstance(value, str) or (value is None and column in MAY_BE_NULL):
            continue
        else:
            wrong.append(f"{column} is no text")
        sound[column] = None if column in MAY_BE_NULL else ""
    if not sound["id"]:
        raw = values[0]
        sound["id"] = (raw.hex() if isinstance(raw, bytes) else str(raw))[:200]
    return ProductRow(**sound, problem=", ".join(wrong), is_decided=is_decided)  # type: ignore[arg-type]
