"""A small shop whose queue tests fill."""

from pathlib import Path
from typing import Any

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.review.suspicion import Suspicion
from prodcat.taxonomy.tree import Taxonomy

BOOTS, SANDALS, BAGS = "Shoes > Boots", "Shoes > Sandals", "Bags"
TREE = Taxonomy.from_paths([("Shoes", "Boots"), ("Shoes", "Sandals"), ("Bags",)])


def open_shop(path: Path, products: int, **more: Any) -> Corpus:
    """Make a corpus of bags."""
    corpus = Corpus.open(path, create=True)
    corpus.upsert_categories("a", TREE)
    corpus.upsert_products(
        NewProduct(
            source="a",
            source_id=str(number),
            **{"name": f"Product {number}", "category_id": BAGS} | more,
        )
        for number in range(products)
    )
    return corpus


def suspect(number: int, **more: Any) -> Suspicion:
    """Say that a product is rather a boot."""
    facts: dict[str, Any] = {"kind": "label", "reason": "It looks like boots.", "value": 0.5}
    return Suspicion(f"a:{number}", **facts | {"suggestion": BOOTS, "probability": 0.9} | more)
