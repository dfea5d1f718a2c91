"""What a caller says of products and of where to look, checked."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

import numpy as np

from prodcat.errors import InputError
from prodcat.inputs.images import load_image
from prodcat.product import ImageSource
from prodcat.search.products import IndexedProduct
from prodcat.taxonomy.paths import join_path


def as_path(category: str | Sequence[str] | None) -> str | None:
    """Return a category's path as an index has it."""
    return category if category is None or isinstance(category, str) else join_path(category)


def as_range(
    price: tuple[float | None, float | None] | None,
) -> tuple[float | None, float | None] | None:
    """Check the bounds of a price.

    Raises:
        InputError: If they hold no price.
    """
    if price is None:
        return None
    low, high = price
    if any(isinstance(bound, float) and np.isnan(bound) for bound in price):
        raise InputError("A bound of a price is NaN; give None for no bound.")
    if low is not None and high is not None and low > high:
        raise InputError(f"No price is from {low} to {high}; give the lower one first.")
    return low, high


def facts(product_id: str, row: Mapping[str, Any]) -> IndexedProduct:
    """Return what an index keeps of a product that is added.

    Raises:
        InputError: If its price is no number.
    """
    price = row.get("price")
    if price is not None and (
        isinstance(price, bool) or not isinstance(price, int | float) or not np.isfinite(price)
    ):
        raise InputError(f"The price of {product_id!r:.100} is {price!r:.40}; expected a number.")
    picture = picture_hash(row.get("image"))
    return IndexedProduct(
        product_id,
        str(row.get("name") or ""),
        as_path(row.get("category")) or "",
        None if price is None else float(price),
        picture,
        str(row.get("family") or ""),
    )


def picture_hash(image: ImageSource | None) -> str:
    """Return the hash that a corpus knows a picture by; empty for one that is no file."""
    encoded = None if image is None else load_image(image)
    return "" if encoded is None else sha256(encoded).hexdigest()
