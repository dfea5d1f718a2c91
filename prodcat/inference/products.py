"""What is not many products though it can be iterated over, and the line to write instead."""

from collections.abc import Iterable, Mapping
from typing import Any

from prodcat.errors import InputError
from prodcat.product import Product

OF_TABLES = ("__arrow_c_stream__", "__dataframe__", "iterrows"), ("columns", "schema")
"""What data frames and Arrow tables have one each of, whichever library they are of."""


def check_products(products: Any) -> None:
    """Refuse what would be taken apart into something else than products, or into nothing.

    A data frame iterates over the names of its columns, a dict over its keys, a text over its
    letters: each would be answered, and nothing said.

    Raises:
        InputError: If it is such; it says what to write instead.

    >>> check_products([{"name": "Blue jeans"}])
    """
    if advice := _advice(products):
        kind = type(products).__name__
        raise InputError(f"predict_many takes many products, not {_article(kind)} {kind}. {advice}")


def _advice(products: Any) -> str | None:
    if isinstance(products, Product):
        return "For one product: predict_many([product])."
    if all(any(hasattr(products, name) for name in names) for names in OF_TABLES):
        return (
            "For a table: prodcat.categorize(frame), which gives it back with the answers; or"
            " predict_many(frame.to_dict('records')) for pandas, frame.to_dicts() for polars,"
            " table.to_pylist() for Arrow."
        )
    if isinstance(products, Mapping):
        # A picture may be an array, which is no column for that.
        if any(_is_column(value) for key, value in products.items() if key != "image"):
            return (
                "For columns of a table: predict_many({'name': n, 'description': d} for n, d in"
                " zip(columns['name'], columns['description']))."
            )
        return "For one product: predict_many([product])."
    if isinstance(products, str | bytes | bytearray):
        return "For names: predict_many({'name': name} for name in names)."
    if not isinstance(products, Iterable):
        return "Give a list of prodcat.Product or of dicts."
    return None


def _is_column(value: Any) -> bool:
    return not isinstance(value, str | bytes | bytearray | Mapping) and isinstance(value, Iterable)


def _article(word: str) -> str:
    return "an" if word[:1].lower() in "aeiou" else "a"
