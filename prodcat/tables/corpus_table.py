"""A corpus read as a table of products."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from prodcat.corpus.row_reading import read_one
from prodcat.corpus.store import Corpus
from prodcat.tables.table_format import RawRow

MORE_COLUMNS = ("url", "brand", "price", "currency")
"""Columns of the products that `Corpus.rows` does not read, as training has no use for them."""


class CorpusTable:
    """The products of a corpus."""

    notes: tuple[str, ...] = ("corpus",)
    has_own_fields = False
    inner_columns: frozenset[str] = frozenset()

    columns: tuple[str, ...] = (
        "id",
        "name",
        "description",
        "category",
        "image",
        "split",
        "group",
        *MORE_COLUMNS,
    )

    def __init__(self, path: Path) -> None:
        self.path = path
        with Corpus.open(path, read_only=True) as corpus:
            self.folder = corpus.images.root
            self.products = corpus.count()

    def count(self) -> int | None:
        """Number of products."""
        return self.products

    def rows(self, columns: Sequence[str], start: int) -> Iterator[RawRow]:
        """Yield the products ordered by id."""
        with Corpus.open(self.path, read_only=True) as corpus:
            # What answering needs nothing of, and a file of answers shows.
            extra = [column for column in columns if column in MORE_COLUMNS]
            more = f"select {', '.join(extra)} from products where id = ?"  # noqa: S608
            tree = corpus.taxonomy() if "category" in columns else None
            for row in islice(corpus.rows(), start, None):
                values: dict[str, Any] = {
                    "id": row.id,
                    "name": row.name,
                    "description": row.description,
                }
                values |= {"split": row.split, "group": row.group_id}
                if extra:
                    stored = read_one(corpus.db, more, row.id) or [None] * len(extra)
                    values |= dict(zip(extra, stored, strict=True))
                if row.image_sha256 is not None:
                    picture = corpus.images.path(row.image_sha256)
                    # Relative, as in any table: no path may lead out of the folder of pictures.
                    values["image"] = str(picture.relative_to(corpus.images.root))
                if tree is not None and row.category_id is not None:
                    # A label that the tree does not have is a path of one name, as it stands.
                    in_tree = row.category_id in tree
                    values["category"] = (
                        list(tree.path(row.category_id)) if in_tree else [row.category_id]
                    )
                yield RawRow(values, (row.problem,) if row.problem else ())
