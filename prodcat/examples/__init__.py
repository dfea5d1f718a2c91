"""A few example products, with pictures drawn for it, to see a model at work."""

import json
from pathlib import Path

from prodcat.product import Product

FOLDER = Path(__file__).parent


def example_products() -> list[Product]:
    """Return products of which one part or another is missing, and one that is nonsense.

    >>> example_products()[0].name
    'Men Red Running Shoes'
    """
    products = []
    for line in (FOLDER / "products.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if "image" in row:
            row["image"] = FOLDER / row["image"]
        products.append(Product.from_mapping(row))
    return products
