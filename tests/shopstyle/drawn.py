"""A small shop with ShopStyle's own ids, to hold the compatible server against."""

import io
from pathlib import Path

from PIL import Image

from prodcat.corpus.new_product import NewProduct
from prodcat.corpus.store import Corpus
from prodcat.taxonomy.tree import Category

PARENTS = {
    "women": ("Women's Fashion", None),
    "womens-clothes": ("Clothing", "women"),
    "jeans": ("Jeans", "womens-clothes"),
    "bootcut-jeans": ("Bootcut Denim", "jeans"),
    "skinny-jeans": ("Skinny Denim", "jeans"),
    "sweaters": ("Sweaters", "womens-clothes"),
    "cardigan-sweaters": ("Cardigans", "sweaters"),
    "men": ("Men's Fashion", None),
    "mens-dress-shirts": ("Dress Shirts", "men"),
}
BOOTCUT = range(700_000_001, 700_000_088)
SKINNY, INTERNAL, UNKNOWN, IN_TWO = 700_000_100, 700_000_200, 700_000_300, 700_000_400
IN_BOOTCUT = [*BOOTCUT, UNKNOWN, IN_TWO]
"""The unknown label is shown under some leaf, always the same."""
DESCRIPTION = "Mid-rise jeans. 98% cotton & 2% elastane. Slight flare."


def draw_picture() -> bytes:
    """Draw a picture of 600 × 800 pixels."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((600, 800)).convert("RGB").save(out, "JPEG", quality=60)
    return out.getvalue()


def draw_jeans(path: Path) -> Path:
    """Draw the corpus: 89 bootcut jeans, one in two leaves, and three odd ones."""
    labels = dict.fromkeys(BOOTCUT, "bootcut-jeans")
    labels |= {SKINNY: "skinny-jeans", INTERNAL: "sweaters", UNKNOWN: "turtle-and-mock-necks"}
    labels |= {IN_TWO: "bootcut-jeans"}
    with Corpus.open(path, create=True) as corpus:
        corpus.upsert_categories(
            "shopstyle",
            [Category(i, name, parent, f"Women's {name}") for i, (name, parent) in PARENTS.items()],
        )
        picture = corpus.images.put(draw_picture())
        corpus.upsert_products(
            NewProduct(
                source="shopstyle",
                source_id=str(number),
                name=f"Hollis Mid-Rise Jeans {number}",
                description=DESCRIPTION,
                brand="Northfield" if number % 2 else "Ashlane",
                category_id=label,
                image_sha256=picture if number != SKINNY else None,
            )
            for number, label in labels.items()
        )
        corpus.link_categories([(f"shopstyle:{IN_TWO}", "skinny-jeans")], role="listed")
    return path
