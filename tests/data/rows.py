"""Rows of a corpus, by the few fields that matter to a test."""

from typing import Any

from prodcat.corpus.product_row import ProductRow

EMPTY = {
    "source": "shop",
    "name": "",
    "description": "",
    "category_id": None,
    "image_sha256": None,
    "split": "",
    "group_id": "",
}


def row(id: str, **fields: Any) -> ProductRow:
    return ProductRow(**{**EMPTY, "id": id, **fields})
